"""A mail server that keeps everything it is sent, shows it over HTTP, and fails on request."""
