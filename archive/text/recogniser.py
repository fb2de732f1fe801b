"""The two neural networks of the extra `gxcrawl[ocr]`: one finds lines of text, one reads a line.

Both are files of the rapidocr wheel (PP-OCRv6, Apache-2.0) and are opened from there by path: nothing is fetched. Each
runs on one thread, so the same picture gives the same text. What the reader says of each character is kept, since a
number is only as sure as its weakest figure.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]

_HEIGHT = 48
_STEP = 32
_WIDEST = 3200
_LARGEST_BATCH = 24 * 96
_READER, _FINDER = "PP-OCRv6_rec_small.onnx", "PP-OCRv6_det_small.onnx"


# What a value is written in: figures, their signs, what stands for none, units, Chinese numerals.
VALUES = frozenset(
    "0123456789.,，+-−–—一_/%()（）无未不涉及适用"
    "件条项次篇个人份宗起部户场家期例批台所万亿元零〇两二三四五六七八九十百千"
)
# Letters that a lone figure or sign is taken for: no value holds one.
_LETTERS = frozenset("OoQDUCcuIilJjLtrTYVvSsBbGgqpZzEeAaPF|!]['`丨丿亅卜〇○°")


@dataclass(frozen=True, slots=True)
class Line:
    """A line as read: its text, and for each character how sure the network is (0 to 1).

    `as_value` is what is read where letters that figures are taken for (O for 0, l for 1) are left out of account,
    since no value holds them; None where the line holds anything that no value is written in.
    """

    text: str
    sure: tuple[float, ...]
    as_value: "Line | None" = None

    @property
    def confidence(self) -> float:
        """That of the weakest character, 0 where nothing was read."""
        return min(self.sure, default=0.0)


def recogniser_version() -> str:
    """What the text depends on beside our own code: `rapidocr 3.10.0`."""
    try:
        return f"rapidocr {version('rapidocr')}"
    except PackageNotFoundError:
        return "rapidocr"


def _model(name: str) -> Path:
    spec = find_spec("rapidocr")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("rapidocr")
    return Path(spec.origin).parent / "models" / name


@cache
def _reader() -> tuple[Any, str, tuple[str, ...], npt.NDArray[np.intp]]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(str(_model(_READER)), options, providers=["CPUExecutionProvider"])
    characters = session.get_modelmeta().custom_metadata_map["character"].splitlines()
    # Place 0 is the blank of the decoding (CTC), the last is the space.
    alphabet = ("", *characters, " ")
    of_values = np.array([i for i, character in enumerate(alphabet) if i == 0 or character in VALUES])
    return session, session.get_inputs()[0].name, alphabet, of_values


def read_lines(pictures: Sequence[Grey]) -> list[Line]:
    """The text of pictures of one line each, dark on light, in the order given."""
    ready = [_fitted(picture) for picture in pictures]
    lines: list[Line] = [Line("", ())] * len(ready)
    by_width: dict[int, list[int]] = {}
    for index, picture in enumerate(ready):
        by_width.setdefault(picture.shape[1], []).append(index)
    for width, group in sorted(by_width.items()):
        size = max(_LARGEST_BATCH // width, 1)
        for start in range(0, len(group), size):
            batch = group[start : start + size]
            for index, line in zip(batch, _read([ready[i] for i in batch]), strict=True):
                lines[index] = line
    return lines


def framed(crop: Grey, margin: float) -> Grey:
    """A crop with paper around it, a share of its height wide; a flat one is made as high as a letter."""
    height, width = crop.shape
    edge = max(round(height * margin), 2)
    more = max((min(width, 24) - height) // 2, 0)
    above = edge + more
    return np.asarray(cv2.copyMakeBorder(crop, above, above, edge, edge, cv2.BORDER_CONSTANT, value=(255,)))


def other_picture(crop: Grey) -> Grey:
    """Another picture of the same print to be read beside the first: wider, harder, with more paper around it."""
    wide = cv2.resize(crop, None, fx=2.4, fy=2.0, interpolation=cv2.INTER_CUBIC)
    low, high = float(np.percentile(wide, 2)), float(np.percentile(wide, 90))
    hard = np.clip((wide.astype(np.float32) - low) * (255.0 / max(high - low, 1.0)), 0, 255)
    return framed(hard.astype(np.uint8), 0.35)


def _fitted(picture: Grey) -> npt.NDArray[np.float32]:
    """The picture as high as the network wants it, its width filled up with paper to a step."""
    height, width = picture.shape
    wide = min(max(round(width * _HEIGHT / height), 8), _WIDEST)
    way = cv2.INTER_AREA if height > _HEIGHT else cv2.INTER_CUBIC
    scaled = cv2.resize(picture, (wide, _HEIGHT), interpolation=way)
    padded = np.full((_HEIGHT, -(-max(wide, _STEP * 2) // _STEP) * _STEP), 255, np.uint8)
    padded[:, :wide] = scaled
    return padded.astype(np.float32) / 127.5 - 1.0


def _read(pictures: Sequence[npt.NDArray[np.float32]]) -> list[Line]:
    session, name, characters, of_values = _reader()
    batch = np.repeat(np.stack(pictures)[:, None], 3, axis=1)
    likely = session.run(None, {name: np.ascontiguousarray(batch)})[0]
    lines = []
    for steps in likely:
        line = _decoded(steps.argmax(axis=1), steps.max(axis=1), characters)
        if not set(line.text.replace(" ", "")) - VALUES - _LETTERS:
            narrow = steps[:, of_values]
            narrow = narrow / narrow.sum(axis=1, keepdims=True)
            line = replace(
                line, as_value=_decoded(of_values[narrow.argmax(axis=1)], narrow.max(axis=1), characters)
            )
        lines.append(line)
    return lines


def _decoded(best: npt.NDArray[np.intp], sure: npt.NDArray[np.float32], characters: Sequence[str]) -> Line:
    """The characters of a line: a step that says the same as the one before belongs to it (CTC)."""
    text: list[str] = []
    confidence: list[float] = []
    before = 0
    for at, step_sure in zip(best.tolist(), sure.tolist(), strict=True):
        if at == before and at and text:
            confidence[-1] = max(confidence[-1], step_sure)
        elif at:
            text.append(characters[at])
            confidence.append(step_sure)
        before = at
    return Line("".join(text), tuple(min(c, 1.0) for c in confidence))


@cache
def _finder() -> Any:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from rapidocr import RapidOCR

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "Global.use_rec": False,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            "Det.model_path": str(_model(_FINDER)),
            "Det.limit_type": "max",
            "Det.limit_side_len": 1280,
        }
    )


def find_lines(page: Grey) -> list[tuple[float, float, float, float]]:
    """The boxes (left, top, right, bottom, in pixels) of the lines of text on a page."""
    found = _finder()(cv2.cvtColor(page, cv2.COLOR_GRAY2BGR), use_det=True, use_cls=False, use_rec=False)
    if found.boxes is None:
        return []
    boxes = np.asarray(found.boxes, float)
    return [tuple(map(float, (*box.min(axis=0), *box.max(axis=0)))) for box in boxes]  # type: ignore[misc]
