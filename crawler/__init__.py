"""Goes out and gets: site files, portals, harvests, the schedule and the `gxcrawl` command."""
