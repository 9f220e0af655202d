"""Partners' webhooks: who is told what, and each delivery from the event to the partner's answer."""
