"""Whether a ticket admits: one rule for gates with and without a network, and their signed list of tickets."""
