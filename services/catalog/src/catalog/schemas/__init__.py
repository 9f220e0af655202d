"""HTTP bodies that come in, validated to the last seat, and views that go out."""
