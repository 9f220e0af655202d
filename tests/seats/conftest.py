"""Tests that run under Node are collected where it is there: `make setup` says so where it is not."""

import shutil

collect_ignore = [] if shutil.which("node") else ["test_node.py"]
