"""catalog's rules: pure, with the clock as an argument."""
