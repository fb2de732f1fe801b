"""Keeps: the bytes as served (WARC, ISO 28500), their fixity, and the text taken from them."""
