"""Load on a running stack through its gateway: buyers, races, chaos and ratios."""
