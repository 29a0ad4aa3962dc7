"""Land-use codes as old files write them: several in one cell, or from before the circular in force."""

from forms.choices import ChoiceList

LAND_CODES = "land_use_code"
_SIGNS = str.maketrans(dict.fromkeys("+-/,;&", " "))


def code_parts(text: str) -> list[str]:
    """Return the codes of a mixed code: ``ONT+CLN``, ``ODT-CLN``, ``ONT/CLN`` or ``ONT, CLN``; a lone one alone."""
    return text.translate(_SIGNS).split()


def mixed_codes(text: str, codes: ChoiceList) -> list[str]:
    """Return the codes that ``text`` joins, as the list writes them; empty unless it is two or more of the list's."""
    parts = code_parts(text)
    known = [part if part in codes else part.upper() for part in parts]
    return known if len(known) > 1 and all(part in codes for part in known) else []
