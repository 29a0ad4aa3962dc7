"""Drawings for the tests, made by ezdxf: a foreign writer of every release there is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ezdxf

RELEASES = ("R12", "R2000", "R2004", "R2007", "R2010", "R2013", "R2018")
TCVN3 = "§\xadêng NguyÔn HuÖ"
VNI = "Ñöôøng Nguyeãn Hueä"
NAME = "Đường Nguyễn Huệ"


def draw(
    path: Path, work: Callable[[Any, Any], None], release: str = "R2010", *, units: int = 6, binary: bool = False
) -> Path:
    """Write a drawing; ``work`` gets the document and its model."""
    document = ezdxf.new(release)
    document.header["$INSUNITS"] = units
    work(document, document.modelspace())
    path.parent.mkdir(parents=True, exist_ok=True)
    if binary:
        document.saveas(path, fmt="bin")
    else:
        document.saveas(path)
    return path


def style(document: Any, name: str, font: str) -> str:
    """Add a text style."""
    document.styles.add(name, font=font)
    return name
