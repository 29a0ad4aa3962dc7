"""How many columns of real names the text doctor recognises in each old encoding, and how many letters come right."""

from benchmarks.figures import Figure
from core.tables import load_table
from tests.exchange.old_offices import (
    OLD_ENCODINGS,
    UNTOUCHED,
    OldEncoding,
    english_and_vietnamese,
    examine,
    has_iconv,
    numbers_and_codes,
    real_names,
    real_roads,
)

COLUMNS = 1000


def measure() -> list[Figure]:
    """Return two figures for each encoding and set of names; none where iconv lacks the tables."""
    if not has_iconv("TCVN5712-1", "VISCII", "CP1258"):
        return []
    bare = tuple(dict.fromkeys(row["name"] for row in load_table("communes")))
    english, vietnamese = english_and_vietnamese()
    jobs: list[tuple[str, OldEncoding, tuple[str, ...]]] = []
    for old in OLD_ENCODINGS:
        jobs += [(old.title, old, real_names()), (f"{old.title}, bare names", old, bare)]
    untouched = {"English": english, "Vietnamese": vietnamese, "numbers and codes": numbers_and_codes()}
    jobs += [(f"no alarm: {name}", UNTOUCHED, texts) for name, texts in untouched.items()]
    if real_roads():
        jobs += [(f"{old.title}, real roads", old, real_roads()) for old in OLD_ENCODINGS]
    figures = []
    for title, old, names in jobs:
        outcome = examine(old, names, COLUMNS)
        right = 100 * (1 - outcome.wrong_letters / max(1, outcome.letters))
        figures.append(Figure(f"{title}: columns recognised", "%", 100 * outcome.share, size=COLUMNS))
        figures.append(Figure(f"{title}: letters right", "%", right, size=outcome.letters))
    return figures
