"""The quick look over a whole column passes over no text that the slow look at each word would doubt."""

import sys
import unicodedata

from validation.rules.texts import _HINT, _STRANGE, _looks_legacy


def test_no_sign_becomes_strange_unseen() -> None:
    for sign in map(chr, range(sys.maxunicode + 1)):
        if not _STRANGE.isdisjoint(unicodedata.normalize("NFC", sign)):
            assert _HINT.search(sign), hex(ord(sign))


def test_every_mark_that_joins_to_a_strange_sign_is_seen() -> None:
    for sign in _STRANGE:
        apart = unicodedata.normalize("NFD", sign)
        assert _HINT.search(apart), hex(ord(sign))


def test_marks_are_joined_before_words_are_judged() -> None:
    text = unicodedata.normalize("NFD", "Ñoàng")
    assert _looks_legacy(text) is _looks_legacy("Ñoàng") is True
    assert _HINT.search(text)
