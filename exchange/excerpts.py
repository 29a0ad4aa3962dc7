"""Cuts a small sound file out of a large one, inside the child: its beginning, and pieces from all over it.

Only for a first look: the whole is read after it. Bytes are kept as they are.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

HEAD_ROWS = 2_000
SPREAD_ROWS = 400

_HEAD_BYTES = 1 << 20
_LONG_HEAD_BYTES = 16 << 20  # a single track of a receiver may be that long
_PIECE_BYTES = 1 << 16
_LINES_BYTES = 1 << 12
_LINES_PLACES = 64
_PLACES = 200
_LINE_END = re.compile(rb"\r\n|\n|\r")
_WIDE = (b"\xff\xfe", b"\xfe\xff")  # two bytes a character: nothing to cut at

_FEATURES = re.compile(r'"features"\s*:\s*\[')
_FEATURE = re.compile(r'\{\s*"type"\s*:\s*"Feature"\s*,')
_BETWEEN = " \t\r\n,"

# The elements that are one row, and those whose children are.
_ROW_TAGS = {
    "kml": frozenset({"Placemark"}),
    "gpx": frozenset({"wpt", "rte", "trk"}),
    "gml": frozenset({"featureMember", "member"}),
}
_ROW_PARENTS = frozenset({"featureMembers"})
_DEPTH_LIMIT = 200


class NotInParts(Exception):
    """A file of which no part can be read alone."""


def excerpt_lines(path: Path) -> tuple[list[bytes], int]:
    """Return lines of a text file and how many of them are its beginning; the others lie all over the rest."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
        if head.startswith(_WIDE):
            raise NotInParts
        lines = _LINE_END.split(head)[:-1]
        if len(lines) < 2:
            raise NotInParts
        first = min(len(lines), HEAD_ROWS)
        del lines[first:]
        for offset in _places(sum(map(len, lines)), size - _LINES_BYTES, _LINES_PLACES):
            file.seek(offset)
            lines += _LINE_END.split(file.read(_LINES_BYTES))[1:-1][: SPREAD_ROWS // _LINES_PLACES]
    return lines, first


def excerpt_geojson(path: Path, name: str) -> bytes:
    """Return a GeoJSON of some features of a large one; ``name`` is the layer's where the file gives none."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES).decode("latin-1")
        begin = _FEATURES.search(head)
        if begin is None:
            raise NotInParts
        members = _members_before(head[: begin.start()])
        features = list(_features_from(head, begin.end()))
        if not features:
            raise NotInParts
        for offset in _places(begin.end() + sum(map(len, features)), size - _LINES_BYTES, _PLACES):
            file.seek(offset)
            piece = file.read(_PIECE_BYTES).decode("latin-1")
            found = _FEATURE.search(piece)
            features += [] if found is None else _features_from(piece, found.start(), most=1)
        if "crs" not in members:
            file.seek(max(0, size - _PIECE_BYTES))
            members |= _system_at_end(file.read().decode("latin-1"))
    named = name.encode("utf-8", "replace").decode("latin-1")  # as the rest is seen: byte by byte
    members = {"type": "FeatureCollection", "name": named, **members}
    start = json.dumps(members, ensure_ascii=False)[:-1]
    return f'{start}, "features": [\n{",".join(features)}\n]}}'.encode("latin-1")


def _members_before(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text.removeprefix("ï»¿").rstrip().rstrip(",") + "}")
    except ValueError as error:
        raise NotInParts from error
    if not isinstance(found, dict) or found.get("type", "FeatureCollection") != "FeatureCollection":
        raise NotInParts
    return found


def _features_from(text: str, place: int, most: int = HEAD_ROWS) -> Iterator[str]:
    """Yield whole features one after the other as they stand in the text, up to the first that is cut."""
    decoder = json.JSONDecoder()
    for _ in range(most):
        while place < len(text) and text[place] in _BETWEEN:
            place += 1
        try:
            found, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return
        if not isinstance(found, dict) or found.get("type") != "Feature":
            return
        yield text[place:end]
        place = end


def _system_at_end(text: str) -> dict[str, Any]:
    """Return the system that some programs write behind the features."""
    _, name, rest = text.rpartition('"crs"')
    if not name:
        return {}
    try:
        found, _ = json.JSONDecoder().raw_decode(rest.lstrip(" \t\r\n:"))
    except ValueError:
        return {}
    return {"crs": found} if isinstance(found, dict) and found.get("type") == "name" else {}


def excerpt_xml(path: Path, kind: str) -> bytes:
    """Return a KML, GPX or GML of some rows of a large one; pieces of the rest where they are of the same layer."""
    size = path.stat().st_size
    with path.open("rb") as file:
        for length in (_HEAD_BYTES, _LONG_HEAD_BYTES):
            file.seek(0)
            head = file.read(length)
            cut, closing, tag = _last_row(head, kind)
            if cut:
                break
        else:
            raise NotInParts
        pieces = list(_rows_beyond(file, tag, cut, size)) if kind != "kml" or _has_one_layer(file) else []
    whole = b"".join([head[:cut], *pieces, closing])
    return whole if _is_sound(whole) else head[:cut] + closing


def _last_row(head: bytes, kind: str) -> tuple[int, bytes, str]:
    """Return where the last whole row of ``head`` ends, what closes the elements still open there, and its tag."""
    if head.startswith(_WIDE):
        raise NotInParts
    parser = _parser()
    open_tags: list[str] = []
    found: list[tuple[int, bytes, str]] = []
    counted = [0]

    def begin(name: str, _: object) -> None:
        open_tags.append(name)
        if len(open_tags) > _DEPTH_LIMIT:
            raise NotInParts

    def end(name: str) -> None:
        open_tags.pop()
        parent = open_tags[-1].rpartition(":")[2] if open_tags else ""
        if counted[0] >= HEAD_ROWS or (name.rpartition(":")[2] not in _ROW_TAGS[kind] and parent not in _ROW_PARENTS):
            return
        place = parser.CurrentByteIndex
        if head[place : place + 2] == b"</" and (after := head.find(b">", place)) > 0:
            closing = "".join(f"</{tag}>" for tag in reversed(open_tags)).encode()
            found[:] = [(after + 1, closing, name)]
            counted[0] += 1

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    try:
        parser.Parse(head, False)
    except expat.ExpatError as error:
        raise NotInParts from error
    return found[0] if found else (0, b"", "")


def _rows_beyond(file: Any, tag: str, begin: int, size: int) -> Iterator[bytes]:
    start, end = re.compile(rb"<" + re.escape(tag.encode()) + rb"[\s>]"), f"</{tag}>".encode()
    for offset in _places(begin, size - _LINES_BYTES, _PLACES):
        file.seek(offset)
        piece = file.read(_PIECE_BYTES)
        found = start.search(piece)
        close = piece.find(end, found.start()) if found else -1
        if found and close > 0:
            yield piece[found.start() : close + len(end)]


def _has_one_layer(file: Any) -> bool:
    """Whether a KML has one folder at most, so that what lies further on belongs to what lies before."""
    file.seek(0)
    count, rest = 0, b""
    while chunk := file.read(_LONG_HEAD_BYTES):
        count += (rest + chunk).count(b"<Folder")
        rest = chunk[-len(b"<Folde") :]
    return count <= 1


def _is_sound(data: bytes) -> bool:
    try:
        _parser().Parse(data, True)
    except (expat.ExpatError, NotInParts):
        return False
    return True


def _parser() -> Any:
    """Return a parser that knows no entity: a document type ends it."""
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise NotInParts

    parser.StartDoctypeDeclHandler = refuse
    return parser


def _places(begin: int, end: int, count: int) -> Iterator[int]:
    """Yield up to ``count`` offsets evenly from ``begin`` to ``end``."""
    if end > begin:
        yield from sorted({begin + (end - begin) * place // (count - 1) for place in range(count)})
