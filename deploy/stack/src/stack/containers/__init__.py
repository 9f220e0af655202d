"""The system in containers, proved: images built, brought up, sold in, scaled, restarted and taken down."""
