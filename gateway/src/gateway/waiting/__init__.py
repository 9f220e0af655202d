"""The waiting room of a showtime: who waits, who is let in when, and what a hold needs meanwhile."""
