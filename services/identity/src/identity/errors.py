"""What identity refuses, with status and stable code."""

from chassis.problems import NotAuthenticated, Problem


class EmailTaken(Problem):
    """Another user has this e-mail address."""

    status, code = 409, "email_taken"


class InvalidCredentials(Problem):
    """E-mail and password do not belong together; whether the e-mail is known is not said."""

    status, code = 401, "invalid_credentials"


class InvalidLink(Problem):
    """The token of a link is unknown, too old, or void: it was used, or a newer one was sent."""

    status, code = 400, "invalid_token"


class InvalidOtp(Problem):
    """The code is wrong, or its challenge is spent, expired or unknown."""

    status, code = 401, "invalid_otp"


class OtpAttempts(Problem):
    """Five wrong codes were sent: no code of this challenge works any more."""

    status, code = 429, "otp_attempts"


class OtpTooSoon(Problem):
    """A code was sent to this phone within 30 s, or five within the hour; `Retry-After` says when the next may go."""

    status, code = 429, "otp_too_soon"


class PhoneTaken(Exception):
    """Another user has verified this phone meanwhile."""


class NoAccount(Problem):
    """A guest without an account, or somebody who was erased, is given no rights: nobody signs in as them."""

    status, code = 409, "no_account"


class LastAdmin(Problem):
    """There would be no admin any more, and nobody who could make one."""

    status, code = 409, "last_admin"


class SessionNotFound(Problem):
    """The caller has no session with this id, or no longer."""

    status, code = 404, "session_not_found"


class TokenReused(NotAuthenticated):
    """A spent refresh token came again: someone else may have it, so the session has ended."""

    code = "token_reused"


class ForbiddenOrigin(Problem):
    """A refresh token comes in a cookie, from a page that is not ours."""

    status, code = 403, "forbidden_origin"


class UpcomingBookings(Problem):
    """There are tickets for shows to come, `bookingIds`; with `keepTickets` they stay valid, and no message tells what
    becomes of their shows."""

    status, code = 409, "upcoming_bookings"
    booking_ids: list[str]


class UserBlocked(Problem):
    """An admin has blocked the account."""

    status, code = 403, "user_blocked"


class UserNotFound(Problem):
    """No user has this id."""

    status, code = 404, "user_not_found"
