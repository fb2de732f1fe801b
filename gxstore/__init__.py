"""Knows: what a report says, whose it is, which versions were shown, and how to ask for a number."""
