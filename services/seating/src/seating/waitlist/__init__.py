"""Waiting lists: who waits for seats of a showtime, and how what comes free is offered to them first."""
