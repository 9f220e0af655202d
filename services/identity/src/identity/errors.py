"""What identity refuses, with status and stable code."""

from chassis.problems import NotAuthenticated, Problem


class EmailTaken(Problem):
    """Another user has this e-mail address."""

    status, code = 409, "email_taken"


class InvalidCredentials(Problem):
    """E-mail and password do not belong together; whether the e-mail is known is not said."""

    status, code = 401, "invalid_credentials"


class LastAdmin(Problem):
    """There would be no admin any more, and nobody who could make one."""

    status, code = 409, "last_admin"


class TokenReused(NotAuthenticated):
    """A spent refresh token came again: someone else may have it, so the session has ended."""

    code = "token_reused"


class UserNotFound(Problem):
    """No user has this id."""

    status, code = 404, "user_not_found"
