"""Payment providers: each module adapts one SDK to the port."""
