"""What identity does, in its own verbs."""
