"""The ticket code, a signed text that a gate checks offline (`docs/ticket-code.md`), and its QR code."""
