"""Dossiers on the command line: what there is, what one lacks, and a document put into it."""

import json
from pathlib import Path

import pytest

from forms.record import Actor
from services.editing import insert_record
from services.workspaces import open_desk
from tests.cli.running import Done, run
from tests.exchange.document_samples import pdf
from tests.services.desks import FakeClock

Made = tuple[Path, Done]


@pytest.fixture(scope="module")
def workspace(made: Made) -> Path:
    return made[0]


@pytest.fixture(scope="module")
def dossier(workspace: Path) -> str:
    values = {
        "name": "Quy hoạch chung xã Bắc Quang",
        "plan_kind": "QHC",
        "status": "da_phe_duyet",
        "decision_no": "2820/QĐ-UBND",
        "decision_date": "2026-02-19",
        "approving_authority": "UBND_tinh",
    }
    with open_desk(workspace, actor=Actor("an"), clock=FakeClock()) as desk:
        return insert_record(desk, "planning_dossier", values, None).record.uid


@pytest.fixture(scope="module")
def added(workspace: Path, dossier: str, folder: Path) -> Done:
    path = folder / "2820_QD-UBND.pdf"
    path.write_bytes(pdf())
    arguments = ("--kind", "quyet_dinh", "--date", "19/02/2026", "--org", "UBND tỉnh", "--json")
    return run("add-document", workspace, dossier, path, *arguments)


def test_add_document(added: Done) -> None:
    values = added.document("add-document")["record"]["values"]
    assert added.code == 0
    assert (values["doc_no"], values["sign_date"], values["doc_kind"]) == ("2820/QĐ-UBND", "2026-02-19", "quyet_dinh")
    assert values["file_name"] == "2820_QD-UBND.pdf"


def test_dossiers(workspace: Path, dossier: str, added: Done) -> None:
    done = run("dossiers", workspace, "--json")
    [row] = done.document("dossiers")
    assert (done.code, row["uid"], row["stage"]) == (0, dossier, "approved")
    assert row["missing"] == row["wanted"] - row["filled"]
    assert row["states"] == {"draft": 2}
    assert "Quy hoạch chung xã Bắc Quang" in run("dossiers", workspace).out


def test_dossier_tells_what_is_missing_and_why(workspace: Path, dossier: str, added: Done) -> None:
    found = run("dossier", workspace, dossier, "--json").document("dossier")
    parts = {part["key"]: part for part in found["completeness"]["parts"]}
    assert parts["document:quyet_dinh"]["present"]
    assert not parts["document:thuyet_minh"]["present"]
    assert parts["field:location"]["legal"] == "NĐ 212/2026/NĐ-CP Đ.9.3.a"
    assert [record["values"]["doc_no"] for record in found["documents"]] == ["2820/QĐ-UBND"]
    done = run("dossier", workspace, dossier)
    assert done.code == 0
    assert "THIẾU  Thuyết minh  [TT 16/2025/TT-BXD, Phụ lục II (VanBan) DOS-04]" in done.out
    assert "có     Quyết định (1)" in done.out


def test_what_cannot_be_added_is_told(workspace: Path, dossier: str, folder: Path) -> None:
    secret = folder / "ban_do_TUYỆT_MẬT.pdf"
    secret.write_bytes(pdf())
    done = run("add-document", workspace, dossier, secret)
    assert (done.code, done.out) == (2, "")
    assert "TUYỆT MẬT" in done.err
    done = run("add-document", workspace, dossier, folder / "2820_QD-UBND.pdf", "--date", "31/02/2026")
    assert done.code == 2
    assert "31/02/2026" in done.err


def test_a_record_that_is_no_dossier(workspace: Path, added: Done) -> None:
    uid = json.loads(added.out)["record"]["uid"]
    done = run("dossier", workspace, uid)
    assert done.code == 2
    assert "Văn bản hồ sơ" in done.err
