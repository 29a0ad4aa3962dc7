"""Tells a Vietnamese syllable from something that only looks like text."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_ONSETS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
_HIGHLAND_ONSETS = "bl br dr đr hr kl km kn kr pl pr"  # names of the highlands: Krông, Đrăng
_RIMES_TEXT = """
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
    e ec em en eng eo ep et ê êch êm ên ênh êp êt êu
    i ia ich iêc iêm iên iêng iêp iêt iêu im in inh ip it iu
    o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc oong
    op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
    u ua uân uâng uât uây uê uêch uênh uc ui um un ung uôc uôi uôm uôn uông uôt up ut uơ
    uy uya uych uyên uyêt uynh uyt uyu
    ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu y ych yêm yên yêng yêt yêu ynh yt
    ak ăk âk ek êk ik ok ôk ơk uk ưk
"""
_RIMES = frozenset(_RIMES_TEXT.split())
_ONSETS_LONGEST_FIRST = sorted(f"{_ONSETS} {_HIGHLAND_ONSETS}".split(), key=len, reverse=True)
_TONES = {"\u0300": "huyền", "\u0301": "sắc", "\u0303": "ngã", "\u0309": "hỏi", "\u0323": "nặng"}
_STOPPED = ("c", "ch", "k", "p", "t")  # a rime that ends so carries sắc or nặng, nothing else
_ABBREVIATION = re.compile("[A-ZĐ]{1,5}")  # ĐH, QĐ, UBNĐ: the one letter beyond ASCII that abbreviations have
_WORD = re.compile(r"[^\W\d_]+")
_PUNCTUATION = frozenset("\u00a0–—‘’“”…°²³±×·½")  # beside Vietnamese letters these are at home


@lru_cache(maxsize=4096)
def is_syllable(word: str) -> bool:
    """Whether ``word`` could be one Vietnamese syllable (small letters, capitals, a capital first) or an
    abbreviation.
    """
    if not (word.islower() or word.isupper() or word.istitle()):
        return False
    if _ABBREVIATION.fullmatch(word):
        return True
    bare, tones = _split_tone(word.lower())
    if len(tones) > 1:
        return False
    return any(_is_rime(bare[len(onset) :], tones) for onset in ["", *_ONSETS_LONGEST_FIRST] if bare.startswith(onset))


def vietnamese_share(texts: Iterable[str]) -> float | None:
    """Return which share of the words that hold more than ASCII are Vietnamese syllables; ``None`` when there are none.

    A letter alone tells nothing. Signs that no Vietnamese text holds, control and replacement characters among them,
    count as wrong words.
    """
    right = wrong = 0
    for text in texts:
        composed = unicodedata.normalize("NFC", text)
        for word in _WORD.findall(composed):
            if len(word) > 1 and not word.isascii():
                right, wrong = (right + 1, wrong) if is_syllable(word) else (right, wrong + 1)
        wrong += sum(1 for char in composed if _is_strange(char))
    return right / (right + wrong) if right + wrong else None


def _split_tone(word: str) -> tuple[str, list[str]]:
    """Return the word without its tone marks, vowel qualities kept, and the tones it had."""
    letters = unicodedata.normalize("NFD", word)
    tones = [_TONES[char] for char in letters if char in _TONES]
    return unicodedata.normalize("NFC", "".join(char for char in letters if char not in _TONES)), tones


def _is_rime(rime: str, tones: list[str]) -> bool:
    if rime not in _RIMES:
        return False
    return not rime.endswith(_STOPPED) or bool(tones) and tones[0] in {"sắc", "nặng"}


def _is_strange(char: str) -> bool:
    if char.isascii():
        return unicodedata.category(char) == "Cc" and char not in "\t\n\r"
    return not char.isalnum() and char not in _PUNCTUATION
