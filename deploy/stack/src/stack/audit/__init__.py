"""The audit: our books against the provider's own, and the seat maps against the ledgers."""
