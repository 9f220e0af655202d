"""Twilio: messages with their states, status callbacks, and numbers that sent STOP."""
