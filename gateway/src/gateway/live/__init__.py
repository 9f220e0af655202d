"""Seats as they change, for those who watch them: by Socket.IO and by server-sent events."""
