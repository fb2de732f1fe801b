"""The styles of a Word file, as far as they say what a paragraph is: heading of which level, item of which list."""

from collections.abc import Iterator

from lxml.etree import _Element as Element

from archive.text.package import attribute, child, children, local

_LONGEST_CHAIN = 20


class Styles:
    """Answers for a paragraph from its own properties, else from its style and those that it is based on.

    Args:
        root: the root of the styles part, None where the file has none.
    """

    def __init__(self, root: Element | None) -> None:
        self._by_id: dict[str, Element] = {}
        self._standard: str | None = None
        self._defaults = child(root, "docDefaults", "rPrDefault", "rPr")
        for style in children(root, "style"):
            name = attribute(style, "styleId") or ""
            self._by_id.setdefault(name, style)
            if attribute(style, "type") == "paragraph" and attribute(style, "default") in ("1", "true"):
                self._standard = name

    def outline_level(self, properties: Element | None) -> int | None:
        """The level of a heading from 0, None for running text. A title is a heading of level 0."""
        for chain in self._chain(properties):
            written = attribute(child(chain, "outlineLvl"))
            if written is not None:
                return int(written) if written.isascii() and written.isdigit() and int(written) < 9 else None
        style = self._by_id.get(attribute(child(properties, "pStyle")) or "")
        return 0 if (attribute(child(style, "name")) or "").lower() == "title" else None

    def numbering(self, properties: Element | None) -> tuple[str | None, int]:
        """The id of the list that a paragraph belongs to, None for none, and its level from 0."""
        number: str | None = None
        level: str | None = None
        for chain in self._chain(properties):
            own = child(chain, "numPr")
            number = number if number is not None else attribute(child(own, "numId"))
            level = level if level is not None else attribute(child(own, "ilvl"))
            if number is not None:
                break
        at = int(level) if level is not None and level.isascii() and level.isdigit() else 0
        return (number if number not in (None, "0") else None), at

    def number_of_style(self, name: str) -> str | None:
        """The list of a numbering style."""
        return attribute(child(self._by_id.get(name), "pPr", "numPr", "numId"))

    def looks(self, run: str, paragraph: str) -> list[Element]:
        """The properties of text (`rPr`) that a run's style and its paragraph's give, the nearest first."""
        found = []
        for name in (run, paragraph or self._standard or ""):
            for style in self._based_on(name):
                if (own := child(style, "rPr")) is not None:
                    found.append(own)
        return found if self._defaults is None else [*found, self._defaults]

    def is_shaded(self, name: str | None) -> bool:
        """Whether a style of tables gives cells a colour."""
        return any(local(part) == "shd" for style in self._based_on(name or "") for part in style.iter())

    def _based_on(self, name: str) -> Iterator[Element]:
        """A style and those beneath it."""
        for _ in range(_LONGEST_CHAIN):  # styles may be based on each other in a circle
            style = self._by_id.get(name)
            if style is None:
                return
            yield style
            name = attribute(child(style, "basedOn")) or ""

    def _chain(self, properties: Element | None) -> list[Element]:
        """The paragraph's own properties, then those of its style, and of the styles beneath."""
        found = [properties] if properties is not None else []
        for style in self._based_on(attribute(child(properties, "pStyle")) or self._standard or ""):
            if (own := child(style, "pPr")) is not None:
                found.append(own)
        return found


def is_on(element: Element | None) -> bool:
    """Whether a switch of the format is there and not turned off."""
    return element is not None and attribute(element) not in ("0", "false", "off")
