"""Checks how the layers of a handed-in dossier's databases are called."""

import re
from functools import cache

from core.tables import load_table
from core.text import fold_text
from forms.tt16 import load_classes
from services.tt16_breaches import Breach


def check_class_name(database: str, name: str, place: str) -> Breach:
    """Return what is wrong with the name of a layer that is no class of its database.

    ``TT16-CLASS-SPELLED`` for a class of the list in another spelling, ``TT16-CLASS-DATABASE`` for one of another
    database, ``TT16-CLASS-FORM`` for a name that no class may have, else ``TT16-CLASS-STRANGE``.
    """
    held = load_classes()[database]
    meant = next((one for one in held if _plain(one) == _plain(name)), None)
    if meant is not None:
        return Breach("TT16-CLASS-SPELLED", place, {"name": name, "meant": meant})
    homes = [other for other, classes in load_classes().items() if name in classes]
    if homes:
        return Breach("TT16-CLASS-DATABASE", place, {"name": name, "databases": ", ".join(homes)})
    if not _form().fullmatch(name):
        return Breach("TT16-CLASS-FORM", place, {"name": name})
    return Breach("TT16-CLASS-STRANGE", place)


def shape_asked(name: str) -> str | None:
    """Return the kind of shape that the ending of a well-formed class name asks for."""
    if not _form().fullmatch(name):
        return None
    return next(
        item.geometry for held in load_classes().values() for item in held.values() if item.name[-2:] == name[-2:]
    )


@cache
def _form() -> re.Pattern[str]:
    row = next(row for row in load_table("tt16_names") if row["name"] == "class")
    return re.compile(row["pattern"])


def _plain(name: str) -> str:
    return "".join(sign for sign in fold_text(name) if sign.isalnum())
