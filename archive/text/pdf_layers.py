"""In which order a page of a PDF is drawn, and what of it is not meant to be seen.

pdfminer leaves out what decides it: transparency (ISO 32000-2, 11.6.4), layers that are switched off (8.11), the mode that
draws no text (9.3.6). It is written here into the two attributes that pdfplumber hands on of marked content: `mcid` is the
place of an object in the order of drawing, `tag` is `UNSEEN`, `CLEAR` (what lies beneath shows through) or None.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from pdfminer.pdfinterp import PDFPageInterpreter
from pdfminer.pdftypes import PDFObjRef, dict_value, list_value, resolve1
from pdfminer.psparser import literal_name
from pdfplumber.page import Page, PDFPageAggregatorWithMarkedContent

UNSEEN, CLEAR = "unseen", "clear"
_NOTHING, _ALL = 0.05, 0.95
_INVISIBLE_TEXT = (3, 7)


class SeenPage(Page):
    """A page of pdfplumber that knows the order of drawing; its coordinates begin at its own top left corner."""

    def __init__(self, page: Page) -> None:
        attributes = page.page_obj.attrs
        if attributes.get("MediaBox") is not None:
            left, bottom, _, _ = _sides(attributes["MediaBox"])
            for name in ("MediaBox", "CropBox"):
                if attributes.get(name) is not None:
                    x0, y0, x1, y1 = _sides(attributes[name])
                    attributes[name] = [x0 - left, y0 - bottom, x1 - left, y1 - bottom]
        super().__init__(page.pdf, page.page_obj, page.page_number)

    @cached_property
    def layout(self) -> Any:
        """What is drawn on the page."""
        device = _Device(self.pdf.rsrcmgr, _off(self.pdf.doc.catalog), pageno=self.page_number)
        _Interpreter(self.pdf.rsrcmgr, device).process_page(self.page_obj)
        return device.get_result()


class _Device(PDFPageAggregatorWithMarkedContent):
    """Gives each object its place in the order of drawing, and says whether it is seen."""

    def __init__(self, manager: Any, off: frozenset[int], *, pageno: int) -> None:
        super().__init__(manager, pageno=pageno)
        self.off = off
        # Of what is painted now: its opacity, whether it is laid over what is beneath, and in how many hidden layers it is.
        self.opacity, self.covers, self.hidden = 1.0, True, 0
        self._order = 0
        self._mode = 0

    def render_string(self, textstate: Any, seq: Any, ncs: Any, graphicstate: Any) -> None:
        """Draws a text in the mode that is set."""
        self._mode = textstate.render
        super().render_string(textstate, seq, ncs, graphicstate)

    def render_char(self, *args: Any, **kwargs: Any) -> float:
        """Draws a character."""
        advance = super().render_char(*args, **kwargs)
        if self._mode in _INVISIBLE_TEXT:
            self.cur_item._objs[-1].tag = UNSEEN  # type: ignore[attr-defined]
        return advance

    def tag_cur_item(self) -> None:
        """Writes down what is known of the object drawn last."""
        if self.cur_item._objs:
            self._order += 1
            drawn: Any = self.cur_item._objs[-1]
            drawn.mcid = self._order
            unseen = self.hidden or self.opacity <= _NOTHING
            drawn.tag = UNSEEN if unseen else None if self.covers and self.opacity >= _ALL else CLEAR


class _Interpreter(PDFPageInterpreter):
    """Follows what pdfminer passes over: parameters of transparency, and layers."""

    device: _Device

    def init_state(self, ctm: Any) -> None:
        """Begins a page or a form."""
        super().init_state(ctm)
        self._saved: list[tuple[float, bool]] = []
        self._marks: list[bool] = []

    def do_q(self) -> None:
        """Saves the state."""
        super().do_q()
        self._saved.append((self.device.opacity, self.device.covers))

    def do_Q(self) -> None:  # noqa: N802
        """Goes back to the state saved last."""
        super().do_Q()
        if self._saved:
            self.device.opacity, self.device.covers = self._saved.pop()

    def do_gs(self, name: Any) -> None:
        """Parameters of the state: of them opacity and blending."""
        found = resolve1(dict_value(self.resources.get("ExtGState") or {}).get(literal_name(name)))
        if not isinstance(found, Mapping):
            return
        opacity, blend = resolve1(found.get("ca")), resolve1(found.get("BM"))
        if isinstance(opacity, int | float):
            self.device.opacity = float(opacity)
        if blend is not None:
            first = blend[0] if isinstance(blend, list) and blend else blend
            self.device.covers = literal_name(first) in ("Normal", "Compatible")

    def do_BMC(self, tag: Any) -> None:  # noqa: N802
        """Begins marked content."""
        super().do_BMC(tag)
        self._begin(hidden=False)

    def do_BDC(self, tag: Any, props: Any) -> None:  # noqa: N802
        """Begins marked content with properties; of a layer they say which."""
        super().do_BDC(tag, props)
        hidden = False
        if literal_name(tag) == "OC":
            layers = dict_value(self.resources.get("Properties") or {})
            hidden = _is_off(layers.get(literal_name(props)), self.device.off)
        self._begin(hidden=hidden)

    def do_EMC(self) -> None:  # noqa: N802
        """Ends marked content."""
        super().do_EMC()
        if self._marks and self._marks.pop():
            self.device.hidden -= 1

    def do_Do(self, xobjid_arg: Any) -> None:  # noqa: N802
        """Draws a form or a picture, which may be a layer as a whole."""
        drawn = resolve1(self.xobjmap.get(literal_name(xobjid_arg)))
        attributes = getattr(drawn, "attrs", {})
        hidden = _is_off(attributes.get("OC"), self.device.off)
        before = self.device.opacity, self.device.covers
        self.device.hidden += hidden
        super().do_Do(xobjid_arg)
        self.device.hidden -= hidden
        self.device.opacity, self.device.covers = before

    def _begin(self, *, hidden: bool) -> None:
        self._marks.append(hidden)
        self.device.hidden += hidden


def _sides(box: Any) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(resolve1(side)) for side in list_value(box))
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _off(catalog: Mapping[str, Any]) -> frozenset[int]:
    """The layers that are switched off when the file is opened, by the numbers of their objects."""
    layers = resolve1(catalog.get("OCProperties"))
    if not isinstance(layers, Mapping):
        return frozenset()
    usual = dict_value(layers.get("D") or {})
    off = _numbers(usual.get("OFF"))
    if resolve1(usual.get("BaseState")) is not None and literal_name(resolve1(usual["BaseState"])) == "OFF":
        off |= _numbers(layers.get("OCGs")) - _numbers(usual.get("ON"))
    return off


def _numbers(layers: Any) -> frozenset[int]:
    return frozenset(
        layer.objid for layer in list_value(layers or []) if isinstance(layer, PDFObjRef) and layer.objid
    )


def _is_off(layer: Any, off: frozenset[int]) -> bool:
    """Whether a layer is switched off, or, of several layers together (8.11.2.2), the content that belongs to them."""
    if not off or layer is None:
        return False
    if isinstance(layer, PDFObjRef) and layer.objid in off:
        return True
    found = resolve1(layer)
    if not isinstance(found, Mapping) or found.get("OCGs") is None:
        return False
    own = found["OCGs"]
    groups = list_value(own) if isinstance(resolve1(own), list) else [own]
    states = [not (isinstance(group, PDFObjRef) and group.objid in off) for group in groups]
    policy = literal_name(resolve1(found.get("P"))) if found.get("P") is not None else "AnyOn"
    shown = {
        "AllOn": all(states),
        "AnyOff": not all(states),
        "AllOff": not any(states),
    }.get(policy, any(states))
    return bool(states) and not shown
