"""The commands of `gxcrawl`, one file for each kind of thing that a person does."""
