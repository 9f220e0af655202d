"""Providers of payment: a folder for each, in which alone its words stand, and a line in `payment.registry`."""
