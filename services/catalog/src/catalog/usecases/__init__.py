"""What catalog does, in its own verbs."""
