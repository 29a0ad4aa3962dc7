"""A file's name is read where it is certain, and nothing is guessed."""

import unicodedata

import pytest

from forms.document_names import read_document_name


@pytest.mark.parametrize(
    ("name", "kind", "number", "signed_on"),
    [
        ("2820_QĐ-UBND_19-11-2025.pdf", "quyet_dinh", "2820/QĐ-UBND", "2025-11-19"),
        ("QD 2820-QD-UBND ngay 19.11.2025.pdf", "quyet_dinh", "2820/QĐ-UBND", "2025-11-19"),
        ("2820_Q\u00d0-UBND.pdf", "quyet_dinh", "2820/QĐ-UBND", None),
        ("12_2026_QĐ-UBND 2026-03-02.signed.pdf", "quyet_dinh", "12/2026/QĐ-UBND", "2026-03-02"),
        ("15.TTr-UBND.pdf", "to_trinh", "15/TTr-UBND", None),
        ("Thuyết minh tổng hợp.docx", "thuyet_minh", None, None),
        (unicodedata.normalize("NFD", "Thuyết minh.pdf"), "thuyet_minh", None, None),
        ("QĐ phê duyệt 31-02-2025.pdf", "quyet_dinh", None, None),
        ("QĐ 01_02_25.pdf", "quyet_dinh", None, None),
        ("19-11-2025-QĐ-UBND.pdf", "quyet_dinh", None, "2025-11-19"),
        ("2820-QĐ-UBND và 2821-QĐ-UBND.pdf", "quyet_dinh", None, None),
        ("19-11-2025 đến 20-11-2025.pdf", None, None, None),
        ("quy_dinh_quan_ly_theo_do_an.pdf", "quy_dinh_quan_ly", None, None),
        ("scan0001.pdf", None, None, None),
        ("không có đuôi", None, None, None),
    ],
)
def test_names(name: str, kind: str | None, number: str | None, signed_on: str | None) -> None:
    said = read_document_name(name)
    assert (said.kind, said.number, said.signed_on) == (kind, number, signed_on)
    assert said.title
