"""What seating does, in the domain's verbs."""
