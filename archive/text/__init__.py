"""Takes the text out of served bytes: every file format becomes one kind of `Document`."""
