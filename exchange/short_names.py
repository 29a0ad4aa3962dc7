"""Names of columns for formats that allow few letters, made so that they can be found again."""

from collections.abc import Sequence

DBF_BYTES = 10


def short_names(names: Sequence[str], most: int = DBF_BYTES) -> dict[str, str]:
    """Return for each name one of at most ``most`` bytes, no two alike but for case.

    A name that is short enough stays. Of others the beginning is taken; where that is taken already, less of it and a
    number. The same names in the same order give the same answer, so that a reader can tell which was which.
    """
    found: dict[str, str] = {}
    taken = {_key(name) for name in names if len(name.encode()) <= most}
    for name in names:
        short, number = _cut(name, most), 0
        if len(name.encode()) > most:
            while _key(short) in taken:
                number += 1
                short = f"{_cut(name, most - len(str(number)) - 1)}_{number}"
            taken.add(_key(short))
        found[name] = short
    return found


def _cut(name: str, most: int) -> str:
    return name.encode()[:most].decode(errors="ignore")


def _key(name: str) -> str:
    return name.casefold()
