"""The text doctor: tables against glibc, vectors, detection, and what it must leave alone."""

import json
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UserError
from core.tables import load_table
from exchange.legacy_text import (
    UNKNOWN,
    decided_encoding,
    decode_text,
    detect_encoding,
    encoding_name,
    known_encodings,
)

VECTORS = json.loads((Path(__file__).parent / "legacy_encoding_vectors.json").read_text(encoding="utf-8"))
SMALL = "àảãáạăằẳẵắặâầẩẫấậèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵđ"
ROADS = [
    "Đường tỉnh 183 đoạn qua thị trấn",
    "Đường từ ngã ba nhựa đến cầu máng thôn Minh Tâm",
    "Đường liên xã Nghĩa Hoà - Bình Hiệp",
    "Trường Tiểu học Nguyễn Huệ",
    "Quy hoạch sử dụng đất xã Bắc Quang",
]


def pairs(name: str) -> dict[bytes, str]:
    return {bytes.fromhex(row["bytes"]): row["text"] for row in load_table(f"legacy_encodings/{name}")}


def encode(text: str, name: str) -> str:
    """The reverse of the table, as Latin-1: what an old office's file holds."""
    back = {letter: raw for raw, letter in pairs(name).items()}
    return b"".join(char.encode() if char.isascii() else back[char] for char in text).decode("latin-1")


def iconv(arguments: list[str], given: bytes) -> str:
    return subprocess.run(["iconv", *arguments], input=given, capture_output=True, check=True).stdout.decode()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["unicode"][:20])
def test_vectors(vector: dict[str, str]) -> None:
    assert decode_text(vector["raw_latin1"], vector["enc"]) == vector["unicode"]
    assert decided_encoding(detect_encoding([vector["raw_latin1"]])) == vector["enc"].lower()


@pytest.mark.parametrize(
    ("name", "charset"), [("tcvn3", "TCVN5712-1"), ("tcvn5712", "TCVN5712-1"), ("viscii", "VISCII")]
)
def test_single_byte_tables_agree_with_glibc(name: str, charset: str) -> None:
    if not shutil.which("iconv") or charset not in iconv(["-l"], b""):
        pytest.skip(f"this system's iconv has no {charset}")
    for raw, letter in pairs(name).items():
        before = b"a" if unicodedata.combining(letter) else b""  # iconv holds a lone mark back
        found = iconv(["-f", charset, "-t", "UTF-8"], before + raw)
        assert found == unicodedata.normalize("NFC", before.decode() + letter), raw.hex()


@pytest.mark.parametrize("name", ["tcvn3", "vni", "viscii"])
def test_every_vietnamese_letter_is_in_the_table_once(name: str) -> None:
    found = [letter for letter in pairs(name).values() if not unicodedata.combining(letter)]
    assert len(found) == len(set(found))
    assert set(SMALL) <= set(found)
    assert set(found) <= set(SMALL) | set(SMALL.upper())
    if name != "tcvn3":
        assert set(SMALL.upper()) <= set(found)


def test_the_soft_hyphen_is_a_letter() -> None:
    assert decode_text("§\xad\xeang", "tcvn3") == "Đường"
    assert "\xad" in encode("Đường", "tcvn3")


@given(st.text(alphabet=SMALL + "ĂÂÊÔƠƯĐabcxyz ABC0123456789-(),.", max_size=40))
def test_tcvn3_comes_back(text: str) -> None:
    assert decode_text(encode(text, "tcvn3"), "tcvn3", capitals=False) == text


@given(st.text(alphabet=SMALL + SMALL.upper() + "bcdghkXYZ 0123456789-(),.", max_size=40))
def test_viscii_comes_back(text: str) -> None:
    assert decode_text(encode(text, "viscii"), "viscii") == text


@given(
    st.lists(st.sampled_from(["Đường", "NGUYỄN", "huệ", "Ỷ", "ngách", "Ớt", "Ẵm", "ưởng", "QL4B", "kỹ"]), max_size=8)
)
def test_vni_comes_back(words: list[str]) -> None:
    text = " ".join(words)
    assert decode_text(encode(text, "vni"), "vni") == text


@given(st.text(max_size=60), st.sampled_from(known_encodings()))
def test_any_text_in_any_encoding_gives_nfc_text(text: str, name: str) -> None:
    found = decode_text(text, name)
    assert unicodedata.is_normalized("NFC", found)


@given(st.text(alphabet=st.characters(max_codepoint=127, categories=["L", "N", "P", "Zs"])))
def test_plain_ascii_stays(text: str) -> None:
    for name in ("tcvn3", "vni", "viscii", "utf-8", "cp1258", "unicode"):
        assert decode_text(text, name) == text


@pytest.mark.parametrize("name", ["tcvn3", "vni", "viscii", "utf-8", "cp1258"])
def test_each_encoding_is_recognised(name: str) -> None:
    lines = [line for line in ROADS]
    if name == "utf-8":
        raw = [line.encode().decode("latin-1") for line in lines]
    elif name == "cp1258":
        raw = [_to_cp1258(line).decode("latin-1") for line in lines]
    else:
        raw = [encode(line, name) for line in lines]
    proposals = detect_encoding(raw)
    assert decided_encoding(proposals) == name
    assert [after for _, after in proposals[0].preview] == lines
    assert proposals[0].score == 1.0


def _to_cp1258(text: str) -> bytes:
    """Letters with the quality composed and the tone apart, as Windows-1258 has them."""
    out = b""
    for char in text:
        try:
            out += char.encode("cp1258")
            continue
        except UnicodeEncodeError:
            letters = unicodedata.normalize("NFD", char)
        tones = [mark for mark in letters if mark in "\u0300\u0301\u0303\u0309\u0323"]
        bare = unicodedata.normalize("NFC", "".join(mark for mark in letters if mark not in tones))
        out += bare.encode("cp1258") + "".join(tones).encode("cp1258")
    return out


def test_windows_1252_readings_of_bytes_are_taken_back() -> None:
    raw = "Quy hoạch “sử dụng” đất".encode()
    seen = raw.decode("cp1252", "replace") if b"\x81" not in raw else raw.decode("latin-1")
    assert decode_text(raw.decode("latin-1"), "utf-8") == "Quy hoạch “sử dụng” đất"
    assert decode_text("Tân – Hà", "unicode") == "Tân – Hà"
    assert UNKNOWN not in decode_text(seen, "utf-8") or "\ufffd" in seen


def test_unicode_is_left_alone_whatever_is_asked() -> None:
    for text in ("Đường Nguyễn Huệ", "Xã Đắk Pék", "UBND huyện Bắc Quang"):
        for name in ("tcvn3", "vni", "viscii", "utf-8"):
            assert decode_text(text, name) == text
    assert decode_text("Hà", "utf-8") == "Hà"  # two Latin-1 letters, decoded before


def test_decomposed_unicode_is_recognised_and_composed() -> None:
    raw = [unicodedata.normalize("NFD", line) for line in ROADS]
    proposals = detect_encoding(raw)
    assert [proposal.name for proposal in proposals] == ["nfd"]
    assert [after for _, after in proposals[0].preview] == ROADS


def test_columns_without_vietnamese_propose_nothing() -> None:
    assert detect_encoding(["BTXM", "QL279 (Km0+660)", None, 5, ""]) == []
    assert decided_encoding([]) is None


def test_short_codes_decide_too() -> None:
    assert decided_encoding(detect_encoding(["§H.01", "§X.223", "§T"])) == "tcvn3"


def test_numeric_references() -> None:
    assert decode_text("&#272;&#432;&#7901;ng &#x1ec6; &amp;", "ncr") == "Đường Ệ &amp;"
    assert decode_text("&#0;&#xD800;", "ncr") == UNKNOWN * 2
    assert decided_encoding(detect_encoding(["&#272;&#432;&#7901;ng Nguy&#7877;n Hu&#7879;"])) == "ncr"


@pytest.mark.parametrize(
    ("raw", "name", "expected"),
    [
        ("§\xadêng \x81", "tcvn3", "Đường " + UNKNOWN),
        ("x\xf0y", "tcvn3", "x" + UNKNOWN + "y"),
        ("xàx", "vni", "x" + UNKNOWN + "x"),
        ("\xc3\xd0", "utf-8", UNKNOWN * 2),
        ("m² \xb05°", "tcvn3", "m² °5°"),
        ("a\xb3", "tcvn3", "á"),
        ("\x93Qu¸n\x94 \x85", "tcvn3", "“Quán” …"),
    ],
)
def test_bytes_without_a_letter(raw: str, name: str, expected: str) -> None:
    assert decode_text(raw, name) == expected


@pytest.mark.parametrize(
    ("raw", "capitals", "expected"),
    [
        ("X· NGHÜA HOµ", None, "XÃ NGHĨA HOÀ"),
        ("QL3 X·", None, "QL3 Xã"),
        ("X· Nghe", None, "Xã Nghe"),
        ("x· nghÜa hoµ", True, "XÃ NGHĨA HOÀ"),
        ("X· NGHÜA HOµ", False, "Xã NGHĩA HOà"),
    ],
)
def test_fonts_of_capitals(raw: str, capitals: bool | None, expected: str) -> None:
    assert decode_text(raw, "tcvn3", capitals=capitals) == expected


def test_names_of_encodings() -> None:
    assert encoding_name("ABC") == "tcvn3"
    assert encoding_name("UTF8") == "utf-8"
    assert encoding_name("windows_1258") == "cp1258"
    with pytest.raises(UserError) as caught:
        encoding_name("klingon")
    assert caught.value.code == "ENCODING-UNKNOWN"
    assert "tcvn3" in str(caught.value)
