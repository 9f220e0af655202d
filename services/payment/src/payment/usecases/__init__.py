"""What the service does, in the verbs of its domain."""
