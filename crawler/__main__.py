"""`python -m crawler` is the `gxcrawl` command."""

from crawler.cli import main

main()
