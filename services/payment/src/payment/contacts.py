"""The one call to identity: does it know where a guest's ticket is to be sent?"""

from chassis.calls import Peer
from chassis.problems import NotAuthenticated, Unavailable
from chassis.unavailable import PeerTimeout, PeerUnavailable

_UNKNOWN = "it cannot be found out just now where the ticket goes"


class HttpContacts:
    """The port `Contacts`."""

    def __init__(self, identity: Peer) -> None:
        self._identity = identity

    async def has_contact(self, token: str) -> bool:
        """By the caller as identity shows them to themselves."""
        try:
            answer = await self._identity.call("GET", "/api/users/me", token=token)
        except (PeerUnavailable, PeerTimeout):
            raise Unavailable(_UNKNOWN) from None
        if answer.status == 401:
            raise NotAuthenticated("this guest is linked to an account, or signed out")
        if answer.status != 200 or not isinstance(answer.body, dict):
            raise Unavailable(_UNKNOWN)
        user = answer.body
        return bool(user.get("email") or (user.get("phone") and user.get("phoneVerified")))
