"""Backups of all databases as they were at one instant, and how an empty system is made from one."""
