"""Writes the tables of docs/formats/field-files.md and tt16-dossier.md; with ``--check`` only says if they are current."""

import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from core.messages import render  # noqa: E402 (the checkout is the import path)
from exchange.kinds import KINDS  # noqa: E402
from exchange.out_formats import FORMATS  # noqa: E402
from forms.catalogue import Catalogue  # noqa: E402
from forms.loader import load_catalogue  # noqa: E402
from forms.tt16 import DATABASES, load_classes, load_sheets  # noqa: E402
from forms.tt16_cells import readable_columns  # noqa: E402
from services.tt16_breaches import Breach, known_codes  # noqa: E402

FOLDER = ROOT / "docs" / "formats"
BEGIN, END = "<!-- {name}: made by scripts/make_docs_formats.py -->", "<!-- end of {name} -->"


def field_file_tables() -> dict[str, str]:
    """Return the tables of the page on field files."""
    return {"formats out": "\n".join(_formats_out()), "formats in": "\n".join(_formats_in())}


def _formats_out() -> Iterator[str]:
    yield "| Format | Suffix | Layers a file | System | Column names | Text of a cell | Encodings | What is kept |"
    yield "|---|---|---|---|---|---|---|---|"
    for item in FORMATS.values():
        cells = (
            f"{item.title} (`{item.key}`)",
            f"`{item.suffix}`",
            "many" if item.many_layers else "one",
            "WGS 84" if item.geographic else "any",
            f"{item.name_bytes} bytes" if item.name_bytes else "as they are",
            f"{item.text_bytes} bytes, longer refused" if item.text_bytes else "any length",
            ", ".join(item.encodings),
            render(f"FORMAT-KEEPS-{item.key.upper()}", {}, "en"),
        )
        yield "| " + " | ".join(cells) + " |"


# By kind: what a reader keeps, and what it leaves out.
READ: dict[str, tuple[str, str]] = {
    "gpkg": ("layers, columns, geometry, heights, system", "views, virtual tables, styles"),
    "shp": ("columns, geometry, heights, system; bytes of a table without .cpg for the text doctor", ""),
    "geojson": ("columns, geometry, heights", ""),
    "fgb": ("columns, geometry, heights, system", ""),
    "gdb": ("layers, columns, geometry, system", "texts of domains, relationships, attachments"),
    "sqlite": ("tables, columns, geometry, system", "views, virtual tables"),
    "tab": ("columns, geometry, system", "seamless tables, styles"),
    "mif": ("columns, geometry, system", "styles"),
    "gml": ("layers, columns, geometry, system", "links to other files"),
    "sheets": ("each sheet as a text table", "formulas (their last values are read), pictures"),
    "photo": ("position, height, time", "the picture itself: attach it"),
    "zip": ("any of these inside; several shapefiles are its layers", ""),
    "gpx": ("waypoints, tracks, routes, names, times, heights", ""),
    "kml": ("folders as layers, placemarks, names, attributes, geometry, heights", "pictures, styles, network links"),
    "kmz": ("as KML", "as KML"),
    "dxf": (
        "R12 to 2018, text or binary: layers, colours, blocks with attributes, text styles, curves within 5 mm, texts in "
        "the letters of their font, heights of points",
        "lines of dimensions, leaders and tables, solids (counted), layouts",
    ),
    "dgn": ("MicroStation 7: levels, colours, geometry, chains joined again, texts", "reference files, linkages"),
    "text": (
        "points, coordinate tables, plain rows; any delimiter, decimal comma, with or without headings, X or Y first, "
        "point codes, the quality a receiver states",
        "",
    ),
}


def _formats_in() -> Iterator[str]:
    yield "| Format | Suffixes | Belongs to it | Read by | What is kept | What is not |"
    yield "|---|---|---|---|---|---|"
    for kind in KINDS:
        beside = ", ".join(f"`{suffix}`" for suffix in (*kind.required, *kind.optional)) or "–"
        suffixes = ", ".join(f"`{suffix}`" for suffix in kind.suffixes)
        kept, lost = READ[kind.key]
        reader = kind.driver or "this program"
        yield f"| {kind.title} (`{kind.key}`) | {suffixes} | {beside} | {reader} | {kept} | {lost or '–'} |"


def dossier_tables(catalogue: Catalogue) -> dict[str, str]:
    """Return the tables of the page on dossiers."""
    return {
        "sheets": "\n".join(_sheets()),
        "types": "\n".join(_types(catalogue)),
        "breaches": "\n".join(_breaches()),
    }


def _sheets() -> Iterator[str]:
    yield "| Sheet | Column | From | Must be filled |"
    yield "|---|---|---|---|"
    for sheet, columns in load_sheets().items():
        for column in columns:
            source = f"`{column.field}`" if not column.field.startswith("@") else "the program"
            yield f"| {sheet} | {column.title} | {source} | {'yes' if column.is_required else ''} |"


def _types(catalogue: Catalogue) -> Iterator[str]:
    yield "| Record type | Class | Fields in columns of their own |"
    yield "|---|---|---|"
    for kind in catalogue.types.values():
        for name in kind.tt16_classes if kind.id != "planning_dossier" else ():
            database = next((one for one in reversed(DATABASES[:2]) if name in load_classes()[one]), None)
            database = database or next(one for one in DATABASES if name in load_classes()[one])
            hints = readable_columns(kind, load_classes()[database][name])
            pairs = ", ".join(
                f"`{key}` → {column}" for key, column in hints.items() if key not in ("note", "local_code")
            )
            yield f"| {kind.title['vi']} (`{kind.id}`) | {name} | {pairs} |"


def _breaches() -> Iterator[str]:
    yield "| Code | Severity | Clause |"
    yield "|---|---|---|"
    for code in known_codes():
        breach = Breach(code, "")
        yield f"| `{code}` | {breach.severity} | {breach.legal} |"


def with_tables(text: str, tables: dict[str, str]) -> str:
    """Return a page with its tables as they now are, each between its two marks."""
    for name, table in tables.items():
        begin, end = BEGIN.format(name=name), END.format(name=name)
        before, _, rest = text.partition(begin)
        _, found, after = rest.partition(end)
        if not found:
            raise SystemExit(f"no place for {name}")
        text = f"{before}{begin}\n{table}\n{end}{after}"
    return text


def main() -> int:
    """Write the pages, or with ``--check`` return 1 when one is not current."""
    pages = {"field-files.md": field_file_tables(), "tt16-dossier.md": dossier_tables(load_catalogue())}
    stale = []
    for name, tables in pages.items():
        path = FOLDER / name
        text = path.read_text(encoding="utf-8")
        fresh = with_tables(text, tables)
        if fresh != text:
            stale.append(name)
            if "--check" not in sys.argv:
                path.write_text(fresh, encoding="utf-8")
    if stale and "--check" in sys.argv:
        print(f"not current: {', '.join(stale)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
