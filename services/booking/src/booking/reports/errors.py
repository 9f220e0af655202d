"""Failures of the reports as a client sees them."""

from chassis.problems import Problem


class MixedCurrencies(Problem):
    """The sales are in several currencies, `currencies`, which cannot be added up: name one as `currency`."""

    status, code = 422, "mixed_currencies"
    currencies: list[str]


class ScreenNotFound(Problem):
    """No screen has this id, or not in this theater."""

    status, code = 404, "screen_not_found"
