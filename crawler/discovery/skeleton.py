"""What `gxcrawl sites new` writes: a site file with every key explained, and a check that fails until it is filled in."""

SKELETON = """\
# The site {name}: where to look, and what to expect there. Every key is explained in CONTRIBUTING.md.
# Try it at any time, without keeping anything: gxcrawl sites check {name}

name = "{name}"
# The region's or the body's name.
title = "REPLACE ME"
# GB/T 2260 code of the region, from config/divisions.
region = "000000"
publisher = "Who publishes on these portals, in a sentence."
notes = "What is odd, and what was only inferred."
# Of which day what this file says of the portals is: set it when you have looked at them.
checked = {day}

# Below this floor a full run fails: the fewest reports, and the first report year.
[expect]
reports = 1
first_year = 2019

[manners]
# Seconds between two requests to one host; the hours (Asia/Shanghai) in which the scheduler may start.
delay = 2.0
# window = "20:00-07:00"

# The share of the pages that each harvest fetches whole, though their portals say that they have not changed.
# [refetch]
# sample = 0.1

[agencies]
source = "Where the list of bodies was taken from"
date = {day}

# One block for each public body whose reports are expected. The slug never changes.
[[agency]]
slug = "{name}-zf"
name = "REPLACE ME人民政府"
# aliases = ["other names in titles"]
region = "000000"
# province, prefecture, county or township
level = "county"
function = "政府"

# One block for each host. family is the CMS: gxcrawl sites discover URL recognises it.
[[portal]]
host = "www.example.invalid"
# also = ["example.invalid"]
scheme = "http"
family = "trs"
# seen or inferred, honestly
evidence = "inferred"
# What the portal needs of the network, if anything:
# network = {{ legacy_tls = true, sni = false, referer = true, conditional = false }}

# One block for each list of reports. Leave agency out where the list holds the reports of several bodies.
[[portal.column]]
path = "/zfxxgk/zfxxgknb/"
agency = "{name}-zf"
evidence = "inferred"

# A trouble that you know of and accept:
# [[known]]
# host = "www.example.invalid"
# verdict = "waf"
# until = 2027-06-30
# why = "…"
"""

SKELETON_CHECK = """\
# What gxcrawl sites check {name} holds the lists of {name} against: a few reports of each column that you saw yourself,
# the newest and the oldest of each body. The check fails while one of them is not listed.

[[report]]
url = "http://www.example.invalid/zfxxgk/zfxxgknb/202401/t20240123_1.html"
agency = "{name}-zf"
year = 2023
"""
