"""The rows of a drawing as columns, the same for every kind of drawing."""

import json
from typing import Any

import numpy as np

from exchange.columns import pack_numbers, pack_text, pack_wkb
from exchange.frames import Buffer, Header

LAYER, ENTITY, COLOUR, BLOCK, ATTRIBUTES = "Layer", "Entity", "Colour", "Block", "Attributes"
STYLE, FONT, TEXT, RAW, ANGLE, SIZE, ALIGN, HANDLE = (
    "Style", "Font", "Text", "Text_raw", "Angle", "Size", "Align", "Handle",
)  # fmt: skip
_TEXTS = (LAYER, ENTITY, COLOUR, BLOCK, ATTRIBUTES, STYLE, FONT, TEXT, RAW, ALIGN, HANDLE)
_NUMBERS = (ANGLE, SIZE)


class Rows:
    """Rows gathered until they are taken as one frame."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._wkb: list[bytes] = []
        self._texts: dict[str, list[str]] = {name: [] for name in _TEXTS}
        self._numbers: dict[str, list[float | None]] = {name: [] for name in _NUMBERS}

    def __len__(self) -> int:
        return len(self._wkb)

    def add(
        self,
        *,
        wkb: bytes,
        entity: str,
        layer: str,
        colour: str,
        block: str,
        attributes: dict[str, str],
        style: str,
        font: str,
        text: str,
        raw: str,
        angle: float | None,
        size: float | None,
        align: str,
        handle: str,
    ) -> None:
        """Take in one row."""
        self._wkb.append(wkb)
        inside = json.dumps(attributes, ensure_ascii=False) if attributes else ""
        cells = (layer, entity, colour, block, inside, style, font, text, raw if raw != text else "", align, handle)
        for name, cell in zip(_TEXTS, cells, strict=True):
            self._texts[name].append(cell.replace("\0", "") if "\0" in cell else cell)
        self._numbers[ANGLE].append(angle)
        self._numbers[SIZE].append(size)

    def take(self) -> tuple[Header, list[Buffer]]:
        """Return the rows as one frame, and begin anew."""
        packed: list[tuple[Header, list[Buffer]]] = [_packed(name, cells) for name, cells in self._texts.items()]
        for name, values in self._numbers.items():
            missing = np.array([value is None or not np.isfinite(value) for value in values], dtype=bool)
            packed.append(pack_numbers(name, "number", np.array(values, dtype=np.float64), missing))
        buffers: list[Buffer] = [part for _, parts in packed for part in parts]
        buffers += pack_wkb(self._wkb)
        header = {
            "frame": "rows",
            "count": len(self._wkb),
            "columns": [head for head, _ in packed],
            "wkb": True,
            "broken": False,
        }
        self._clear()
        return header, buffers


def _packed(name: str, cells: list[str]) -> tuple[Header, list[Buffer]]:
    plain: list[Any] = [cell.encode("utf-8", "replace").decode("utf-8") for cell in cells]
    return pack_text(name, plain, "utf-8")
