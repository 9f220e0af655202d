"""Links in messages. They begin at the configured public address, never at a request's."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode


@dataclass(frozen=True, slots=True)
class Links:
    """Where messages lead to, under `public_url`. A token opens its booking, or its one step, without a login."""

    public_url: str

    def home(self) -> str:
        """The storefront."""
        return self.public_url.rstrip("/")

    def account(self) -> str:
        """The account's page."""
        return self._url("/account")

    def showtime(self, showtime_id: str) -> str:
        """A show's page, with its seat map."""
        return self._url(f"/showtimes/{quote(showtime_id)}")

    def booking(self, booking_id: str, token: str | None) -> str:
        """A booking's page."""
        return self._url(f"/bookings/{quote(booking_id)}", token)

    def ticket(self, booking_id: str, token: str | None, suffix: str) -> str:
        """A booking's ticket as `pdf` or `ics`."""
        return self._url(f"/api/bookings/{quote(booking_id)}/ticket.{suffix}", token)

    def verify_email(self, token: str) -> str:
        """Where an address is verified."""
        return self._url("/account/verify-email", token)

    def reset_password(self, token: str) -> str:
        """Where a new password is chosen."""
        return self._url("/account/reset-password", token)

    def _url(self, path: str, token: str | None = None) -> str:
        query = f"?{urlencode({'token': token})}" if token else ""
        return f"{self.home()}{path}{query}"
