"""Files become documents of a dossier: what their names say is proposed, their numbers are spelt alike."""

from pathlib import Path

import pytest

from forms.record import Record
from services.desk import Desk
from services.dossier_documents import add_document, propose_document, read_values
from services.dossiers import open_dossier
from services.editing import insert_record
from tests.exchange.document_samples import pdf
from tests.services.desks import refused


@pytest.fixture
def dossier(desk: Desk) -> Record:
    return insert_record(desk, "planning_dossier", {"name": "Quy hoạch chung xã", "plan_kind": "QHC"}, None).record


@pytest.fixture
def decision(tmp_path: Path) -> Path:
    path = tmp_path / "2820_QD-UBND_19-02-2026.pdf"
    path.write_bytes(pdf())
    return path


def test_a_file_becomes_a_document_of_the_dossier(desk: Desk, dossier: Record, decision: Path) -> None:
    saved = add_document(desk, dossier.uid, decision, {**propose_document(desk, decision), "issuing_org": "UBND tỉnh"})
    values = saved.record.values
    assert (values["doc_kind"], values["doc_no"], values["sign_date"]) == ("quyet_dinh", "2820/QĐ-UBND", "2026-02-19")
    assert (values["file_name"], values["pages"], values["file_mime"]) == (decision.name, 1, "application/pdf")
    assert values["dossier_uid"] == dossier.uid
    assert [record.uid for record in open_dossier(desk, dossier.uid).documents] == [saved.record.uid]


def test_a_number_is_stored_in_its_one_spelling(desk: Desk, dossier: Record, decision: Path) -> None:
    saved = add_document(desk, dossier.uid, decision, {"doc_no": "Số: 2820 /QD - UBND"})
    assert saved.record.values["doc_no"] == "2820/QĐ-UBND"


def test_a_drawing_takes_what_its_type_knows(desk: Desk, dossier: Record, decision: Path) -> None:
    values = {"name": "Bản đồ", "doc_kind": "khac", "scale_denom": 5000}
    saved = add_document(desk, dossier.uid, decision, values, type_id="planning_drawing")
    assert saved.record.type_id == "planning_drawing"
    assert saved.record.values["scale_denom"] == 5000
    assert [record.uid for record in open_dossier(desk, dossier.uid).drawings] == [saved.record.uid]


def test_typed_texts_are_read_as_the_form_reads_them(desk: Desk) -> None:
    texts = {"doc_kind": "Quyết định", "sign_date": "19/02/2026", "unknown": "x"}
    assert read_values(desk, "dossier_document", texts) == {"doc_kind": "quyet_dinh", "sign_date": "2026-02-19"}
    with pytest.raises(Exception, match="31/02/2026"):
        read_values(desk, "dossier_document", {"sign_date": "31/02/2026"})


def test_a_file_with_a_stamp_in_its_name_is_refused(desk: Desk, dossier: Record, tmp_path: Path) -> None:
    path = tmp_path / "Bản đồ TỐI MẬT.pdf"
    path.write_bytes(pdf())
    error = refused("ATTACH-SECRET", lambda: add_document(desk, dossier.uid, path, {}))
    assert error.context["stamp"] == "TỐI MẬT"
    assert open_dossier(desk, dossier.uid).documents == ()


def test_no_document_without_its_dossier(desk: Desk, decision: Path) -> None:
    refused("RECORD-UNKNOWN", lambda: add_document(desk, "01890000-0000-7000-8000-000000000000", decision, {}))
