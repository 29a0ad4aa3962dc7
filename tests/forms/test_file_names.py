"""Names of scanned files: what is given is kept, what is ours is said to be ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UserError
from core.messages import render
from forms.file_names import (
    NUMBER_LIMIT,
    ScanKind,
    camel_case,
    check_file_name,
    document_file_name,
    file_number,
    plan_folder_name,
    propose_file_name,
)

CODE = "04QHC0010001"


@pytest.mark.parametrize(
    ("kind", "ext", "name"),
    [("document", "PDF", f"{CODE}_VB_007.pdf"), ("drawing", ".jpeg", f"{CODE}_BV_007.jpg")],
)
def test_a_name_is_built_and_read_back(kind: ScanKind, ext: str, name: str) -> None:
    assert document_file_name(CODE, 7, kind, ext) == name
    assert file_number(name, CODE, kind) == 7
    assert check_file_name(name, CODE, kind) == ()


@given(st.integers(1, NUMBER_LIMIT), st.sampled_from(["document", "drawing"]))
def test_every_number_comes_back(number: int, kind: ScanKind) -> None:
    assert file_number(document_file_name(CODE, number, kind, "pdf"), CODE, kind) == number


@pytest.mark.parametrize(
    ("code", "number", "ext", "refused"),
    [
        ("hồ sơ 1", 1, "pdf", "FILE-NAME-CODE"),
        ("../a", 1, "pdf", "FILE-NAME-CODE"),
        ("", 1, "pdf", "FILE-NAME-CODE"),
        (CODE, 0, "pdf", "FILE-NAME-NUMBER"),
        (CODE, 1000, "pdf", "FILE-NAME-NUMBER"),
        (CODE, 1, "p/df", "FILE-NAME-SUFFIX"),
    ],
)
def test_what_no_name_can_be_made_of(code: str, number: int, ext: str, refused: str) -> None:
    with pytest.raises(UserError) as caught:
        document_file_name(code, number, "document", ext)
    assert caught.value.code == refused
    assert str(caught.value) != refused


def test_the_lowest_free_number_is_proposed() -> None:
    taken = [f"{CODE}_VB_001.pdf", f"{CODE}_VB_003.pdf", f"{CODE}_BV_002.jpg", "khac.pdf"]
    assert propose_file_name(CODE, "document", "pdf", taken) == f"{CODE}_VB_002.pdf"
    assert propose_file_name(CODE, "drawing", "jpg", taken) == f"{CODE}_BV_001.jpg"


def test_a_dossier_with_every_number_taken() -> None:
    taken = [f"{CODE}_VB_{number:03d}.pdf" for number in range(1, NUMBER_LIMIT + 1)]
    with pytest.raises(UserError, match="1000"):
        propose_file_name(CODE, "document", "pdf", taken)


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("Quyết định 2820.pdf", {"FILE-NAME-MARKS", "FILE-NAME-NO-DOSSIER", "FILE-NAME-NO-NUMBER"}),
        (f"{CODE}_VB_001.docx", {"FILE-NAME-ENDING"}),
        (f"{CODE}_VB_000.pdf", {"FILE-NAME-NO-NUMBER"}),
        (f"{CODE}_BV_001.pdf", {"FILE-NAME-NO-NUMBER"}),
        ("a" * 120 + "_001.pdf", {"FILE-NAME-LONG", "FILE-NAME-NO-DOSSIER", "FILE-NAME-NO-NUMBER"}),
    ],
)
def test_what_a_name_lacks(name: str, codes: set[str]) -> None:
    found = set(check_file_name(name, CODE, "document"))
    assert found == codes
    assert all(render(code) != code for code in found)


def test_the_plan_s_folder_is_written_as_the_annex_writes_names() -> None:
    assert plan_folder_name("Quy hoạch chung xã Bắc Quang") == "CSDL_QuyHoachChungXaBacQuang"
    assert camel_case("ĐIỂM đô-thị 2") == "DIEMDoThi2"


def test_the_proposal_is_called_one() -> None:
    assert "Đề xuất của chương trình" in render("FILE-NAME-PROPOSED", {"name": "x"}, "vi")
