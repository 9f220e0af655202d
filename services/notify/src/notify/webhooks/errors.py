"""What is refused of webhooks, with status and stable code."""

from chassis.problems import Problem


class WebhookNotFound(Problem):
    """No webhook has this id, or it is of theaters that are not yours."""

    status, code = 404, "webhook_not_found"


class DeliveryNotFound(Problem):
    """The webhook has no delivery of this id; they are kept for 30 days."""

    status, code = 404, "delivery_not_found"


class WebhookDisabled(Problem):
    """Nothing is sent to a webhook that is disabled; enable it first."""

    status, code = 409, "webhook_disabled"
