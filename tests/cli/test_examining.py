"""Documents looked at, and pictures without their place, by commands alone."""

import base64
from pathlib import Path

from tests.cli.running import run
from tests.exchange.document_samples import PLACE, camera_exif, jpeg, make_signer, pdf, scanned_page, sign_pdf, write


def test_a_document_tells_of_itself(tmp_path: Path) -> None:
    path = write(tmp_path, "quyết định.pdf", pdf([scanned_page(150)] * 2))
    told = run("document", path, "--json").document("document")
    assert (told["kind"], told["pages"], told["scan"], told["has_text"]) == ("pdf", 2, True, False)
    assert "application/pdf" in run("document", path).out


def test_a_root_makes_a_signer_trusted(tmp_path: Path) -> None:
    who = make_signer()
    path = write(tmp_path, "qd.pdf", sign_pdf(pdf(), who))
    pem = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(who.certificate) + b"-----END CERTIFICATE-----\n"
    for root in (write(tmp_path, "goc.pem", pem), write(tmp_path, "goc.cer", who.certificate)):
        [one] = run("document", path, "--root", root, "--json").document("document")["signatures"]
        assert (one["valid"], one["reason"]) == (True, None)
    assert "chưa xác minh người ký" in run("document", path).out
    done = run("document", path, "--root", path)
    assert done.code == 2 and "chứng thư gốc" in done.err


def test_a_program_is_refused(tmp_path: Path) -> None:
    done = run("document", write(tmp_path, "ảnh.jpg", b"MZ" + bytes(100)))
    assert done.code == 2 and "chương trình Windows" in done.err


def test_a_picture_loses_its_place(tmp_path: Path) -> None:
    path, out = write(tmp_path, "ảnh.jpg", jpeg(exif=camera_exif())), tmp_path / "bản sao.jpg"
    assert tuple(run("document", path, "--json").document("document")["place"]) == PLACE
    assert run("strip-place", path, out, "--json").document("strip-place")["bytes"] == out.stat().st_size
    assert run("document", out, "--json").document("document")["place"] is None
    assert run("strip-place", write(tmp_path, "a.pdf", pdf()), tmp_path / "b").code == 2
