"""From a portal's home page to a site file: where its report columns are, whose they are, and which CMS serves them."""
