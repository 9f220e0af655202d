"""Load on a running stack through its gateway: visitors, races, chaos and ratios."""
