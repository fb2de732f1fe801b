"""The replica: an HTTP server on loopback that answers for every host of a site file as the real portals do."""
