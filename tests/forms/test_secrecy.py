"""Stamps of secrecy are found, words of daily life are not."""

import unicodedata

import pytest

from forms.secrecy import find_stamp


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
