"""The published language of Marquee: events, who subscribes to what, ids and money. Pure pydantic, no I/O."""
