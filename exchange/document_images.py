"""Reads pictures, in the child: facts from the header, then a preview where the pixels fit into memory."""

import io
import math
import struct
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageFile

from core.errors import UserError
from exchange.document_facts import PREVIEW_PX
from exchange.exif import SUBFILE_TYPE, BrokenTags, Shot, read_shot
from exchange.image_segments import BrokenParts, exif_of, file_tags, webp_size

FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/tiff": "TIFF",
    "image/webp": "WEBP",
    "image/gif": "GIF",
    "image/bmp": "BMP",
}
DECODED_BYTES = 600 << 20
SMALL_PREVIEW_BYTES = 120 << 10

_PIXEL_BYTES = {"1": 2, "L": 1, "P": 5, "LA": 8, "I;16": 8, "I;16B": 8}  # with what turning it into grey or RGB takes
_BITS = {"1": 1, "L": 8, "P": 8, "LA": 16, "I;16": 16, "I;16B": 16, "RGB": 24, "YCbCr": 24, "LAB": 24, "I": 32, "F": 32}
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_DPI_RANGE = (10, 10_000)
_UNREADABLE = (OSError, SyntaxError, ValueError, struct.error, EOFError, KeyError, TypeError, IndexError, OverflowError)


def prepare_pillow() -> None:
    """Let Pillow open pictures of any size: what fits is decided here, before a pixel is decoded."""
    Image.MAX_IMAGE_PIXELS = None
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    warnings.simplefilter("ignore")


def read_image(path: Path, mime: str) -> Iterator[tuple[dict[str, Any], bytes | None]]:
    """Yield the facts of a picture, then those that came with its preview (a PNG, ``None`` where there is none)."""
    shot = _shot(path, mime)
    if mime not in FORMATS:
        yield _shot_facts(shot), None
        return
    if mime == "image/webp":
        width, height = _webp_size(path)
        if width * height * 12 > DECODED_BYTES:
            yield {**_shot_facts(shot), **_size(width, height, shot), "notes": ["IMAGE-NO-PREVIEW"]}, None
            return
    with _open(path, mime) as image:
        facts = _header_facts(image, path, mime, shot)
        yield facts, None
        if not _fits(image, PREVIEW_PX):
            yield {"notes": ["IMAGE-NO-PREVIEW"]}, None
            return
        try:
            preview = preview_png(_decoded(image, PREVIEW_PX, shot.orientation))
        except _UNREADABLE:
            yield {"notes": ["IMAGE-CUT-SHORT"]}, None
            return
    yield {}, preview


def render_image(path: Path, mime: str, page: int, max_px: int) -> bytes:
    """Return a picture, or one page (from 1) of a TIFF, as a PNG of at most ``max_px`` a side.

    Raise ``UserError`` DOCUMENT-NO-PICTURE when it cannot be shown in the memory there is, DOCUMENT-NO-PAGE.
    """
    if mime not in FORMATS or (mime == "image/webp" and math.prod(_webp_size(path)) * 12 > DECODED_BYTES):
        raise UserError("DOCUMENT-NO-PICTURE")
    with _open(path, mime) as image:
        if page > 1:
            pages = _tiff_pages(path) if mime == "image/tiff" else 1
            if page > pages:
                raise UserError("DOCUMENT-NO-PAGE", page=page, pages=pages)
            image.seek(page - 1)
        if not _fits(image, max_px):
            raise UserError("DOCUMENT-NO-PICTURE")
        return png_of(_decoded(image, max_px, _shot(path, mime).orientation if page == 1 else 1))


def _open(path: Path, mime: str) -> Image.Image:
    try:
        return Image.open(path, formats=[FORMATS[mime]])
    except _UNREADABLE as error:
        raise UserError("FILE-DAMAGED", reason=FORMATS[mime]) from error


def _webp_size(path: Path) -> tuple[int, int]:
    try:
        return webp_size(path)
    except BrokenParts as error:
        raise UserError("FILE-DAMAGED", reason="WebP") from error


def _shot(path: Path, mime: str) -> Shot:
    tags = exif_of(path, mime)
    shot = Shot() if tags is None else read_shot(tags)
    return replace(shot, orientation=1) if mime == "image/tiff" else shot  # Pillow turns a TIFF by itself


def _shot_facts(shot: Shot) -> dict[str, Any]:
    facts = {"taken_at": shot.taken_at, "place": shot.place, "altitude_m": shot.altitude_m}
    notes = ["IMAGE-TIME-ASSUMED"] if shot.is_assumed else []
    return {key: value for key, value in facts.items() if value is not None} | {"notes": notes}


def _header_facts(image: Image.Image, path: Path, mime: str, shot: Shot) -> dict[str, Any]:
    facts = _shot_facts(shot) | _size(image.width, image.height, shot)
    facts["pages"] = _tiff_pages(path) if mime == "image/tiff" else 1
    facts["color_bits"] = _color_bits(image)
    dpi = _resolution(image)
    if dpi:
        facts["dpi"] = round(min(dpi), 1)
        if max(dpi) > min(dpi) * 1.02:
            facts["notes"] = [*facts["notes"], "IMAGE-DPI-UNEQUAL"]
    return facts


def _size(width: int, height: int, shot: Shot) -> dict[str, int]:
    if shot.orientation >= 5:
        width, height = height, width
    return {"width": width, "height": height}


def _color_bits(image: Image.Image) -> int:
    bits = _BITS.get(image.mode, 8 * len(image.getbands()))
    stored = getattr(image, "tag_v2", {}).get(258) if image.format == "TIFF" else None
    return sum(stored) if isinstance(stored, tuple) and all(isinstance(one, int) for one in stored) else bits


def _resolution(image: Image.Image) -> tuple[float, float] | None:
    """Return the dots an inch on both axes as the file declares them, ``None`` for none or for nonsense."""
    dpi = image.info.get("dpi")
    try:
        pair = (float(dpi[0]), float(dpi[1])) if dpi else None
    except (TypeError, ValueError, ZeroDivisionError, IndexError):
        return None
    low, high = _DPI_RANGE
    return pair if pair and all(math.isfinite(one) and low <= one <= high for one in pair) else None


def _tiff_pages(path: Path) -> int:
    """Count the pages, leaving out the reduced copies that some programs store beside them."""
    try:
        tags = file_tags(path)
        return max(1, sum(1 for page in tags.directories() if not (tags.integer(page, SUBFILE_TYPE) or 0) & 1))
    except (BrokenTags, struct.error):
        return 1


def _fits(image: Image.Image, max_px: int) -> bool:
    """Whether decoding the picture stays within the memory allowed; a JPEG is decoded smaller at once."""
    width, height = image.size
    if image.format in ("JPEG", "MPO"):
        is_progressive = image.info.get("progressive") or image.info.get("progression")
        if is_progressive and width * height * 2 * len(image.getbands()) > DECODED_BYTES:
            return False  # it needs every coefficient at once
        shrink = next((by for by in (8, 4, 2) if max(width, height) / by >= max_px), 1)
        width, height = width // shrink, height // shrink
    return width * height * _PIXEL_BYTES.get(image.mode, 4) <= DECODED_BYTES


def _decoded(image: Image.Image, max_px: int, orientation: int) -> Image.Image:
    """Return the picture no larger than ``max_px``, upright, in grey or RGB on white."""
    image.draft("L" if image.mode == "L" else "RGB", (max_px, max_px))
    image.load()
    if image.mode in ("1", "LA"):
        found = image.convert("L") if image.mode == "1" else image.convert("RGBA")
    elif image.mode.startswith("I;16"):
        found = image.convert("I").point([place // 256 for place in range(65536)], "L")
    elif image.mode == "P":
        found = image.convert("RGBA" if "transparency" in image.info else "RGB")
    else:
        found = image
    found.thumbnail((max_px, max_px))
    if found.mode in ("RGBA", "RGBa", "PA"):
        found = found.convert("RGBA")
        ground = Image.new("RGB", found.size, "white")
        ground.paste(found, mask=found.getchannel("A"))
        found = ground
    elif found.mode not in ("L", "RGB"):
        found = found.convert("RGB")
    return found.transpose(_TURNS[orientation]) if orientation in _TURNS else found


def png_of(image: Image.Image) -> bytes:
    """Return a picture as PNG."""
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def preview_png(image: Image.Image) -> bytes:
    """Return a picture as a PNG for a list: with 256 colours when a photograph would take too much."""
    found = png_of(image)
    if len(found) > SMALL_PREVIEW_BYTES and image.mode == "RGB":
        found = png_of(image.quantize(256, Image.Quantize.FASTOCTREE))
    return found
