"""Reads a report out of documents: pure functions, no input or output, no clock, no database."""
