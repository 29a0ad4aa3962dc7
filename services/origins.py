"""Where a record's coordinates came from, in sentences: the file, its coordinate system, and what was put right."""

from pathlib import PurePath

from core.errors import UserError
from core.messages import Language, render
from forms.readings import reading_words
from forms.record import Lineage
from geodesy.systems import parse_system


def origin_lines(lineage: Lineage, language: Language) -> list[str]:
    """Return a line each for file, system and every correction; nothing for what was drawn or typed here."""
    if not lineage.source_file:
        return reading_words(lineage.reading, language)
    return [_file_line(lineage, language), *_system_lines(lineage, language), *reading_words(lineage.reading, language)]


def _file_line(lineage: Lineage, language: Language) -> str:
    parts = [render("ORIGIN-FILE", {"file": lineage.source_file}, language)]
    if lineage.source_layer and lineage.source_layer != PurePath(lineage.source_file or "").stem:
        parts.append(render("ORIGIN-LAYER", {"layer": lineage.source_layer}, language))
    if lineage.source_row is not None:
        parts.append(render("ORIGIN-ROW", {"row": lineage.source_row}, language))
    return ", ".join(parts)


def _system_lines(lineage: Lineage, language: Language) -> list[str]:
    if not lineage.src_crs:
        return []
    try:
        name = parse_system(lineage.src_crs).label(language)
    except UserError:  # of a newer program, or of a system that cannot be converted: its id still tells
        name = lineage.src_crs
    return [render("ORIGIN-SYSTEM", {"system": name}, language)]
