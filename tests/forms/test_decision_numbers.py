"""Numbers of decisions, however somebody typed them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.decision_numbers import decision_key, normalise_decision_number, read_decision_number

WRITTEN = st.builds(
    "{}{}/{}{}-{}".format,
    st.integers(1, 99_999),
    st.sampled_from(["", "A"]),
    st.sampled_from(["", "2025/", "2026/"]),
    st.sampled_from(["QĐ", "NQ", "KH", "TB", "TT", "NĐ", "TTr", "CV"]),
    st.sampled_from(["UBND", "HĐND", "CP", "TTg", "BXD", "UBND-XD", "SXD", "UBTVQH16"]),
)


@pytest.mark.parametrize(
    ("text", "number", "day"),
    [
        ("2820/QĐ-UBND", "2820/QĐ-UBND", None),
        ("2820/QD-UBND ngày 12/6/2025", "2820/QĐ-UBND", "2025-06-12"),
        ("Số: 2820 /QĐ - UBND", "2820/QĐ-UBND", None),
        ("Quyết định số 15/2026/NQ-HDND ngày 3 tháng 4 năm 2026", "15/2026/NQ-HĐND", "2026-04-03"),
        ("2820/Q\u00d0–UBND, ngày: 12 - 6 - 2025", "2820/QĐ-UBND", "2025-06-12"),
        ("15/qđ-ubnd", "15/QĐ-UBND", None),
        ("45/2024/QĐ-TTg", "45/2024/QĐ-TTg", None),
        ("  71/NQ-CP. ", "71/NQ-CP", None),
        ("05/TTr-UBND (ký ngày 01/02/2026)", "05/TTr-UBND", "2026-02-01"),
        ("2820/QĐ-UBND ngày 31/02/2026", "2820/QĐ-UBND ngày 31/02/2026", None),
        ("Quyết định 2820", "Quyết định 2820", None),
        ("2820/QĐ UBND", "2820/QĐ UBND", None),
        ("", "", None),
        ("số", "số", None),
    ],
)
def test_a_number_has_one_spelling(text, number, day):
    assert read_decision_number(text) == (number, day)


@given(st.text(max_size=60))
def test_normalising_again_changes_nothing(text: str):
    once = normalise_decision_number(text)
    assert normalise_decision_number(once) == once


@given(WRITTEN, st.sampled_from(["", " ", "  "]), st.booleans())
def test_what_is_written_right_stays_and_loose_blanks_go(number: str, blank: str, bare: bool):
    assert normalise_decision_number(number) == number
    loose = number.replace("/", f"{blank}/{blank}").replace("-", f" -{blank}")
    if bare:
        loose = loose.replace("QĐ", "QD").replace("NĐ", "ND").replace("HĐND", "HDND")
    assert normalise_decision_number(f"Số:{blank}{loose}") == number


def test_one_decision_has_one_key():
    key = decision_key("2820/QD-UBND", "2025-06-12", "UBND tỉnh Tuyên Quang")
    assert key == decision_key("Số: 2820 / QĐ-UBND", "2025-06-12", "UBND Tỉnh  Tuyên Quang")
    assert key != decision_key("2820/QĐ-UBND", "2026-06-12", "UBND tỉnh Tuyên Quang")
    assert decision_key(None, "2025-06-12", "x") is decision_key(" ", None, None) is None
