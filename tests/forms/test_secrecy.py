"""Stamps of secrecy are found, words of daily life are not."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.content import LINEAGE
from forms.loader import load_catalogue
from forms.secrecy import find_secret_field, find_secret_fields, find_stamp

ROAD = load_catalogue().type("road_segment")


@pytest.mark.parametrize(
    ("text", "stamp"),
    [
        ("MẬT", "MẬT"),
        ("Bản vẽ MẬT", "MẬT"),
        ("MẬT - Bản đồ quân sự", "MẬT"),
        ("MẬT đất quốc phòng", "MẬT"),
        ("HỒ SƠ MẬT", "MẬT"),
        ("QH_MẬT.dwg", "MẬT"),
        ("Độ mật: Mật", "MẬT"),
        ("văn bản đóng dấu mật", "MẬT"),
        ("Hồ sơ (TỐI MẬT)", "TỐI MẬT"),
        ("tuyệt  mật", "TUYỆT MẬT"),
        ("ban_do_TUYỆT_MẬT.pdf", "TUYỆT MẬT"),
        (unicodedata.normalize("NFD", "Tối mật"), "TỐI MẬT"),
        ("MẬT ĐỘ XÂY DỰNG", None),
        ("Mật độ dân số", None),
        ("Trại ong mật", None),
        ("Cầu Mật Sơn", None),
        ("QUY CHẾ BẢO MẬT", None),
        ("Bảo vệ bí mật nhà nước", None),
        ("Độ mật: không", None),
        ("Tối-mật.jpg", "TỐI MẬT"),
        ("tối.mật.jpg", "TỐI MẬT"),
        ("TUYỆT - MẬT", "TUYỆT MẬT"),
        ("TỐI MẬT1.jpg", "TỐI MẬT"),
        ("T\u200bỐI MẬT", "TỐI MẬT"),
        ("MẬT2.jpg", "MẬT"),
        ("01MẬT.jpg", "MẬT"),
        ("MẬT QUYẾT ĐỊNH.jpg", "MẬT"),
        ("MẬT-QUYẾT-ĐỊNH.jpg", "MẬT"),
        ("MẬT - MẬT ĐỘ XÂY DỰNG", "MẬT"),
        ("Độ mật - Mật.jpg", "MẬT"),
        ("Độ mật – Mật", "MẬT"),
        ("Đóng-dấu-mật.pdf", "MẬT"),
        ("MẬT-ĐỘ.xlsx", None),
        ("BẢO-MẬT_2025.pdf", None),
        ("BÍ.MẬT", None),
        ("MẬT KHẨU, MẬT MÃ, MẬT THƯ, MẬT DANH", None),
        ("TRẠM MẬT ONG 3", None),
        ("Tối.mậtđộ", None),
        ("", None),
    ],
)
def test_stamps(text: str, stamp: str | None) -> None:
    assert find_stamp(text) == stamp


spelt = st.lists(
    st.sampled_from(["TỐI", "MẬT", "mật", "M", "ậT", "A\u0323", "\u0302T", "\u200b", "_", "-", " ", "ĐỘ", "a"])
)
texts = spelt.map("".join)
file_texts = st.sampled_from(["Đường.jpg", "Bản vẽ MẬT.pdf", "MẬT ĐỘ.xlsx", "Tối mật"])


def _content(name: str | None, source: str | None, file: str, caption: str | None) -> dict[str, object]:
    link = {"sha256": "0" * 64, "name": file, "bytes": 1, "mime": "image/jpeg", "caption": caption}
    return {"name": name, LINEAGE: {"source_file": source}, "attachments": [link] if caption else None}


contents = st.builds(_content, st.none() | texts, st.none() | texts, file_texts, st.none() | file_texts)


@given(st.lists(contents, max_size=5))
def test_many_contents_are_seen_through_as_each_by_itself(said: list[dict[str, object]]) -> None:
    singly = {place: found for place, one in enumerate(said) if (found := find_secret_field(ROAD, one))}
    assert find_secret_fields(ROAD, said) == singly
