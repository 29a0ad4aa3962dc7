"""Signs beyond ASCII that any text may hold whatever its language: m², 105°30', “…”, Ø600, 5 µm, § 3."""

import re

_UNITS = r"(?<![^\W\d_])[A-Za-z]{1,2}"
_EDGE = r"(?:^|(?<=[\s\d(\[/,;:.+-]))"
_END = r"(?=$|[\s\d)\]/,;:.+-])"
_WORD, _WORD_END = r"[\w(\[{]", r"[\w)\]}]"  # a bracketed one too
_AT_HOME = re.compile(
    "|".join(
        (
            rf"(?:{_UNITS}|(?<=\d)\s?)[²³¹]{_END}",  # an area, a power
            r"(?<=\d)\s?[°º](?=$|[\s\d)'′\",.;/-]|[CF]\b)|[°º](?=[CF]\b)",  # an angle, a temperature
            rf"{_EDGE}[±×½¼¾€£¥§©®·•–—«»\u00a0]+{_END}",  # signs that stand alone or beside a number
            r"(?<=\d)[’”′″%‰](?=$|[\s\d)\]/,;:.+-])|(?<=\d)\u00a0(?=\d)|(?<=[\d.,])[€£¥]|[€£¥](?=\d)",
            rf"{_EDGE}[“‘«\"](?={_WORD})|(?<={_WORD_END})(?:[.,!?…]?[”’»]|…){_END}",  # around words
            r"(?<=[A-Za-z])’(?=[A-Za-z])",  # It’s, Ea H’Leo
            rf"{_EDGE}[Øø]\s?(?=\d)|{_EDGE}[Øø]{_END}",  # a diameter
            r"(?<=\d)\s?[µμ][msgAVFW]\b",  # micrometres
        )
    )
)


def without_signs_at_home(text: str) -> str:
    """Return ``text`` with a blank for each of these signs where it stands as such: they tell nothing of an
    encoding.
    """
    return text if text.isascii() else _AT_HOME.sub(" ", text)
