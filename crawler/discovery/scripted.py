"""Links that a page writes in its scripts or beside its links: a tree of departments given as objects, rows written by
`document.write`, addresses in `data-url`. Pure.

Portals draw the tree of their bodies so (zTree: `{id: 3, name: "教育局", url: "/zwgk/jyj/"}`), in the page, or in a file that its
script loads. Scripts are read as text, none is run.
"""

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup, Tag

# Bounded, and within one tag: a script may hold thousands of beginnings of a link that never ends.
_WRITTEN = re.compile(
    r"<a\b[^<>]{0,300}?\bhref\s{0,9}=\s{0,9}[\"']?(?P<to>[^\"'\s<>]{1,2000})[^<>]{0,300}>(?P<name>.{1,80}?)</a>",
    re.IGNORECASE | re.DOTALL,
)
_OBJECT = re.compile(r"\{[^{}]{1,600}\}")
_FIELD = re.compile(r"[\"']?(?P<key>\w+)[\"']?\s*:\s*(?P<quote>[\"'])(?P<value>.*?)(?P=quote)")
_NAMES = (
    "name",
    "title",
    "text",
    "label",
    "deptname",
    "orgname",
    "nodename",
    "channelname",
    "chnlname",
    "columnname",
)
_ADDRESSES = ("url", "href", "link", "linkurl", "path", "chnlurl", "channelurl", "columnurl")
_BORNE = ("data-url", "data-href", "data-link", "data-src")
_LOADED = re.compile(r"[\"']([^\"'\s<>]+\.json(?:\?[^\"'\s<>]*)?)[\"']")
_TREE_FILE = re.compile(
    r"(?:tree|dept|depart|organ|bumen|bm|jg|znodes|catalog|mulu|channel)[\w-]*\.js(?:\?|$)", re.IGNORECASE
)
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_TAGS = re.compile(r"<[^>]*>")


def scripted_links(text: str) -> Iterator[tuple[str, str | None]]:
    """Names and addresses in the source of a script or in a JSON reply; the address is None where an object names something
    and says not where."""
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    plain = plain.replace('\\"', '"').replace("\\'", "'").replace("\\/", "/")
    for found in _WRITTEN.finditer(plain):
        yield _TAGS.sub("", found["name"]).strip(), found["to"]
    for whole in _OBJECT.finditer(plain):
        fields = {field["key"].lower(): field["value"] for field in _FIELD.finditer(whole[0])}
        name = next((fields[key] for key in _NAMES if fields.get(key)), "")
        if name:
            yield name, next((fields[key] for key in _ADDRESSES if fields.get(key)), None)


def borne_links(soup: BeautifulSoup) -> Iterator[tuple[Tag, str]]:
    """The elements that bear an address for a script to open, and the address: `<li data-url="/zwgk/nb/">`."""
    for element in soup.find_all(True):
        address = next((str(element[key]) for key in _BORNE if element.has_attr(key)), "")
        if re.search(r"[/.]", address) and element.name not in ("img", "iframe", "script"):
            yield element, address


def scripts_in(soup: BeautifulSoup) -> str:
    """The source of all scripts that stand in a page."""
    return "\n".join(str(script.string or "") for script in soup.find_all("script"))


def loaded_by(soup: BeautifulSoup) -> Iterator[str]:
    """The addresses of what may be a tree of bodies, and that the page loads: JSON that a script asks for, and scripts that
    are named so."""
    for found in _LOADED.finditer(scripts_in(soup)):
        yield found[1]
    for script in soup.find_all("script", src=True):
        if _TREE_FILE.search(str(script["src"])):
            yield str(script["src"])
