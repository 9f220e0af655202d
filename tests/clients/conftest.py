"""Tests that need what npm installs are collected where it is there: `make setup` says so where it is not."""

from pathlib import Path

INSTALLED = Path(__file__).parent / "node_modules"
collect_ignore = [] if INSTALLED.is_dir() else ["test_checkout.py", "test_linters.py"]
