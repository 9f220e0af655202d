"""Simulators are stood in for as services are."""

import runpy

runpy.run_module("chassis", run_name="__main__")
