"""What a document says of itself: pictures, PDFs, signatures; and copies that no longer tell their place."""

import io
import json
import sys
from pathlib import Path

import pytest
from PIL import Image

from core.errors import Cancelled, EnvironmentFault, UserError
from exchange.documents import DocumentFacts, Signature, copy_without_place, inspect_document, render_page
from exchange.image_segments import exif_of
from tests.exchange.document_samples import (
    MAKER,
    PLACE,
    XMP,
    Page,
    archive,
    camera_exif,
    compound_file,
    jpeg,
    locked_pdf,
    make_signer,
    object_stream,
    pdf,
    picture,
    scanned_page,
    sign_pdf,
    write,
)


def corner(png: bytes, *, right: bool) -> tuple[int, ...]:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return image.getpixel((image.width - 5 if right else 5, 5))  # type: ignore[return-value]


def is_red(colour: tuple[int, ...]) -> bool:
    return colour[0] > 180 and max(colour[1:]) < 90


class TestPictures:
    @pytest.mark.parametrize(("name", "mime"), [("JPEG", "jpeg"), ("PNG", "png"), ("WEBP", "webp"), ("TIFF", "tiff")])
    def test_what_the_camera_noted_is_read(self, tmp_path: Path, name: str, mime: str) -> None:
        path = tmp_path / "ảnh cầu"
        picture().save(path, name, exif=camera_exif(), dpi=(300, 300))
        facts = inspect_document(path)
        assert (facts.kind, facts.mime, facts.bytes) == ("image", f"image/{mime}", path.stat().st_size)
        assert (facts.width, facts.height, facts.pages, facts.color_bits) == (300, 400, 1, 24)
        if name != "TIFF":  # Pillow writes the sub-directories into the other kinds only
            assert facts.place == PLACE and facts.altitude_m == 12.5
            assert facts.taken_at == "2026-11-20T01:15:00.000Z"
            assert facts.notes == ("IMAGE-TIME-ASSUMED",)
        if name in ("JPEG", "PNG", "TIFF"):
            assert facts.dpi == pytest.approx(300, abs=0.2)
        assert facts.preview is not None and is_red(corner(facts.preview, right=True))

    def test_a_time_with_its_offset_needs_no_assumption(self, tmp_path: Path) -> None:
        facts = inspect_document(write(tmp_path, "a.jpg", jpeg(exif=camera_exif(offset="+09:00"))))
        assert facts.taken_at == "2026-11-19T23:15:00.000Z" and facts.notes == ()

    @pytest.mark.parametrize("taken", ["0000:00:00 00:00:00", "2026:13:40 99:99:99", "hôm qua", "1904:01:01 00:00:00"])
    def test_a_time_that_cannot_be_is_no_time(self, tmp_path: Path, taken: str) -> None:
        taken = taken.encode("ascii", "replace").decode()
        assert inspect_document(write(tmp_path, "a.jpg", jpeg(exif=camera_exif(taken=taken)))).taken_at is None

    @pytest.mark.parametrize(
        "where",
        [
            {1: "N", 2: (95.0, 0.0, 0.0), 3: "E", 4: (105.0, 0.0, 0.0)},
            {1: "N", 2: (21.0, 75.0, 0.0), 3: "E", 4: (105.0, 0.0, 0.0)},
            {1: "X", 2: (21.0, 0.0, 0.0), 3: "E", 4: (105.0, 0.0, 0.0)},
            {1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)},
            {1: "N", 2: (21.0, 0.0, 0.0)},
        ],
    )
    def test_a_place_that_cannot_be_is_no_place(self, tmp_path: Path, where: dict[int, object]) -> None:
        exif = Image.Exif()
        exif.get_ifd(0x8825).update(where)
        assert inspect_document(write(tmp_path, "a.jpg", jpeg(exif=exif.tobytes()))).place is None

    def test_a_place_over_nothing_is_no_place(self, tmp_path: Path) -> None:
        block = camera_exif().replace(b"\x00\x00\x00\x15\x00\x00\x00\x01", b"\x00\x00\x00\x15\x00\x00\x00\x00")
        block = block.replace(b"\x15\x00\x00\x00\x01\x00\x00\x00", b"\x15\x00\x00\x00\x00\x00\x00\x00")
        assert inspect_document(write(tmp_path, "a.jpg", jpeg(exif=block))).place is None

    def test_the_lower_resolution_counts(self, tmp_path: Path) -> None:
        facts = inspect_document(write(tmp_path, "a.jpg", jpeg(dpi=(300, 150))))
        assert facts.dpi == 150 and facts.notes == ("IMAGE-DPI-UNEQUAL",)

    def test_pages_and_depth_of_a_tiff(self, tmp_path: Path) -> None:
        path = tmp_path / "bv.tif"
        sheet = picture(800, 600, "1")
        sheet.save(path, "TIFF", compression="group4", dpi=(300, 300), save_all=True, append_images=[sheet] * 4)
        facts = inspect_document(path)
        assert (facts.pages, facts.color_bits, facts.dpi) == (5, 1, 300)
        assert render_page(path, 5, 100).startswith(b"\x89PNG")
        with pytest.raises(UserError, match="6") as caught:
            render_page(path, 6, 100)
        assert caught.value.code == "DOCUMENT-NO-PAGE"

    def test_a_tiff_of_the_large_kind(self, tmp_path: Path) -> None:
        path = tmp_path / "bv.tif"
        picture().save(path, "TIFF", big_tiff=True)
        facts = inspect_document(path)
        assert (facts.width, facts.pages) == (400, 1) and facts.preview is not None

    @pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "LA", "RGBA", "I;16"])
    def test_every_depth_has_a_preview(self, tmp_path: Path, mode: str) -> None:
        path = tmp_path / "a.tif"
        image = Image.new("I;16", (90, 70), 30_000) if mode == "I;16" else picture(90, 70).convert(mode)
        image.save(path, "TIFF")
        assert inspect_document(path).preview is not None

    def test_the_preview_is_small(self, tmp_path: Path) -> None:
        path = tmp_path / "nhieu.png"
        Image.effect_noise((1600, 1200), 90).convert("RGB").save(path)
        preview = inspect_document(path).preview
        assert preview is not None and len(preview) < 250_000
        assert max(Image.open(io.BytesIO(preview)).size) == 512

    def test_heic_is_known_by_its_content(self, tmp_path: Path) -> None:
        facts = inspect_document(write(tmp_path, "a.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)))
        assert (facts.mime, facts.notes, facts.preview) == ("image/heic", ("IMAGE-NOT-READ",), None)


class TestPdfs:
    def test_pages_size_and_text(self, tmp_path: Path) -> None:
        facts = inspect_document(write(tmp_path, "qd.pdf", pdf([Page("Quyet dinh so 2820 cua UBND tinh")] * 3)))
        assert (facts.kind, facts.mime, facts.pages, facts.page_mm) == ("pdf", "application/pdf", 3, (209.9, 297.0))
        assert (facts.has_text, facts.scan, facts.dpi, facts.pdf_a, facts.notes) == (True, False, None, None, ())
        assert facts.preview is not None

    def test_a_scan_has_a_resolution_and_no_text(self, tmp_path: Path) -> None:
        facts = inspect_document(write(tmp_path, "qd.pdf", pdf([scanned_page(150)] * 2)))
        assert (facts.has_text, facts.scan) == (False, True)
        assert facts.dpi == pytest.approx(150, abs=1)

    def test_the_coarsest_page_counts(self, tmp_path: Path) -> None:
        facts = inspect_document(
            write(tmp_path, "qd.pdf", pdf([scanned_page(200), scanned_page(200), scanned_page(90)]))
        )
        assert facts.dpi == pytest.approx(90, abs=1) and "PDF-DPI-MIXED" in facts.notes

    def test_a_scan_with_two_layers(self, tmp_path: Path) -> None:
        facts = inspect_document(
            write(tmp_path, "qd.pdf", pdf([scanned_page(200, "Quyet dinh phe duyet quy hoach"), scanned_page(200)]))
        )
        assert (facts.has_text, facts.scan) == (True, True) and "PDF-TEXT-PART" in facts.notes

    def test_a_text_layer_of_strange_signs_is_none(self, tmp_path: Path) -> None:
        font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 901 0 R>>"
        table = (
            b"/CIDInit/ProcSet findresource begin begincmap 1 begincodespacerange <00><ff> endcodespacerange"
            b" 1 beginbfrange <20><7e><e000> endbfrange endcmap"
        )
        stream = b"<</Length %d>>stream\n%s\nendstream" % (len(table), table)
        facts = inspect_document(write(tmp_path, "qd.pdf", pdf(objects={3: font, 901: stream})))
        assert facts.has_text is False and "PDF-TEXT-ODD" in facts.notes

    @pytest.mark.parametrize(("part", "level", "claim"), [("1", "B", "1b"), ("2", "A", "2a"), ("3", "U", "3u")])
    def test_the_claim_to_be_pdf_a(self, tmp_path: Path, part: str, level: str, claim: str) -> None:
        data = pdf(xmp=XMP.format(part=part, level=level))
        assert inspect_document(write(tmp_path, "qd.pdf", data)).pdf_a == claim

    @pytest.mark.parametrize(
        ("catalog", "objects", "notes"),
        [
            ("/OpenAction<</S/JavaScript/JS(app.alert(1))>>", {}, {"PDF-SCRIPT"}),
            ("/OpenAction 950 0 R", {951: object_stream(b"<</S/JavaScript/JS(1)>>")}, {"PDF-SCRIPT"}),
            ("/OpenAction<</S/J#61vaScript/JS(1)>>", {}, {"PDF-SCRIPT", "PDF-HIDDEN-NAMES"}),
            ("/OpenAction<</S/Launch/F(cmd.exe)>>", {}, {"PDF-LAUNCH"}),
            ("/Names<</EmbeddedFiles<</Names[(a)901 0 R]>>>>", {901: b"<</Type/Filespec/F(a)>>"}, {"PDF-ATTACHMENTS"}),
        ],
    )
    def test_what_is_active_is_noted(
        self, tmp_path: Path, catalog: str, objects: dict[int, bytes], notes: set[str]
    ) -> None:
        facts = inspect_document(write(tmp_path, "qd.pdf", pdf(catalog=catalog, objects=objects)))
        assert notes == set(facts.notes)

    def test_a_password_is_asked_for(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="mật khẩu") as caught:
            inspect_document(write(tmp_path, "qd.pdf", locked_pdf("bi-mat")))
        assert caught.value.code == "DOCUMENT-LOCKED"
        facts = inspect_document(write(tmp_path, "mo.pdf", locked_pdf("")))
        assert facts.pages == 1 and facts.notes == ("PDF-RESTRICTED",)
        assert facts.signatures == ()  # the seal of the encryption is nobody's signature

    def test_a_page_is_drawn(self, tmp_path: Path) -> None:
        path = write(tmp_path, "qd.pdf", pdf([Page("mot"), scanned_page(50)]))
        drawn = Image.open(io.BytesIO(render_page(path, 2, 800)))
        assert drawn.height == 800 and is_red(corner(render_page(path, 2, 800), right=False))
        for page in (0, 3):
            with pytest.raises(UserError) as caught:
                render_page(path, page, 800)
            assert caught.value.code == "DOCUMENT-NO-PAGE"


class TestSignatures:
    def test_a_signature_that_holds(self, tmp_path: Path) -> None:
        facts = inspect_document(write(tmp_path, "qd.pdf", sign_pdf(pdf(), make_signer())))
        [one] = facts.signatures
        assert (one.signer, one.valid, one.reason) == ("Nguyễn Văn Đức", True, "SIGNATURE-TRUST-UNKNOWN")
        assert one.at is not None and "SIGNATURE-WRONG" not in facts.notes

    def test_a_root_that_is_given_decides_trust(self, tmp_path: Path) -> None:
        who, other = make_signer(), make_signer("Người khác")
        path = write(tmp_path, "qd.pdf", sign_pdf(pdf(), who))
        assert inspect_document(path, trusted=[who.certificate]).signatures[0].reason is None
        assert inspect_document(path, trusted=[other.certificate]).signatures[0].reason == "SIGNATURE-NOT-TRUSTED"

    def test_an_altered_document_is_noticed(self, tmp_path: Path) -> None:
        data = sign_pdf(pdf(), make_signer())
        altered = data.replace(b"Quyet dinh", b"Quyet d0nh", 1)
        assert altered != data
        facts = inspect_document(write(tmp_path, "qd.pdf", altered))
        assert [one.valid for one in facts.signatures] == [False]
        assert facts.signatures[0].reason == "SIGNATURE-BROKEN" and "SIGNATURE-WRONG" in facts.notes

    def test_a_page_added_after_signing_is_noticed(self, tmp_path: Path) -> None:
        from pyhanko.pdf_utils.generic import StreamObject
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
        from pyhanko.pdf_utils.writer import PageObject

        writer = IncrementalPdfFileWriter(io.BytesIO(sign_pdf(pdf(), make_signer())))
        content = writer.add_object(StreamObject(stream_data=b"0 0 m"))
        writer.insert_page(PageObject(contents=content, media_box=(0, 0, 200, 200)))
        out = io.BytesIO()
        writer.write(out)
        facts = inspect_document(write(tmp_path, "qd.pdf", out.getvalue()))
        assert [(one.valid, one.reason) for one in facts.signatures] == [(False, "SIGNATURE-CHANGED-AFTER")]

    def test_a_second_signature_does_not_spoil_the_first(self, tmp_path: Path) -> None:
        data = sign_pdf(sign_pdf(pdf(), make_signer("Chuyên viên")), make_signer("Chủ tịch"), "ChuKy2")
        facts = inspect_document(write(tmp_path, "qd.pdf", data))
        assert [(one.signer, one.valid) for one in facts.signatures] == [("Chuyên viên", True), ("Chủ tịch", True)]

    def test_without_pyhanko_signatures_are_listed_unchecked(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from exchange.document_signatures import read_signatures
        from exchange.pdf_scan import scan_pdf

        path = write(tmp_path, "qd.pdf", sign_pdf(pdf(), make_signer(), name="Trần Thị Bưởi"))
        monkeypatch.setitem(sys.modules, "pyhanko.pdf_utils.reader", None)
        signatures, notes = read_signatures(path, scan_pdf(path))
        assert [(one.signer, one.valid) for one in signatures] == [("Trần Thị Bưởi", None)]
        assert signatures[0].at is not None and notes == ["SIGNATURE-NOT-CHECKED"]


class TestOtherKinds:
    @pytest.mark.parametrize(
        ("content", "kind", "mime"),
        [
            (
                archive({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}),
                "office",
                "wordprocessingml.document",
            ),
            (archive({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"}), "office", "spreadsheetml.sheet"),
            (
                archive({"mimetype": b"application/vnd.oasis.opendocument.text", "content.xml": b"<x/>"}),
                "office",
                "opendocument.text",
            ),
            (archive({"quy_hoach.qgs": b"<qgis/>"}), "other", "application/x-qgis-project"),
            (archive({"doc.kml": b"<kml/>"}), "other", "google-earth.kmz"),
            (archive({"a/b.txt": b"1"}), "other", "application/zip"),
            (b"SQLite format 3\0" + bytes(52) + b"GPKG" + bytes(100), "cad", "application/geopackage+sqlite3"),
            (b"AC1032" + bytes(200), "cad", "image/vnd.dwg"),
            (b"  0\r\nSECTION\r\n  2\r\nHEADER\r\n", "cad", "image/vnd.dxf"),
            (b"\x08\x09\xfe\x02" + bytes(100), "cad", "image/vnd.dgn"),
            (compound_file(["Dgn~H", "Dgn~Mf"]), "cad", "image/vnd.dgn"),
            (compound_file(["1Table", "Data", "x", "y", "WordDocument"]), "office", "application/msword"),
            (compound_file(["Workbook"]), "office", "application/vnd.ms-excel"),
            (b"\0\0\0\x20ftypisom" + bytes(200), "video", "video/mp4"),
            (b"ID3\x04\0" + bytes(200), "other", "audio/mpeg"),
            ("Tờ trình số 15".encode(), "text", "text/plain"),
            ("Tờ trình".encode("utf-16"), "text", "text/plain"),
            (b'{"type": "FeatureCollection"}', "text", "application/json"),
            (b"<?xml version='1.0'?><!-- <svg> --><gpx version='1.1'/>", "text", "application/gpx+xml"),
            (b"<!DOCTYPE html><html><body><p>1</p></body></html>", "text", "text/html"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0'/></svg>", "image", "image/svg+xml"),
            (bytes(range(256)) * 4, "other", "application/octet-stream"),
        ],
    )
    def test_the_content_decides(self, tmp_path: Path, content: bytes, kind: str, mime: str) -> None:
        facts = inspect_document(write(tmp_path, "tep.jpg", content))
        assert facts.kind == kind and facts.mime.endswith(mime)

    def test_macros_are_noted(self, tmp_path: Path) -> None:
        parts = {"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>", "xl/vbaProject.bin": b"1"}
        assert inspect_document(write(tmp_path, "a.xlsx", archive(parts))).notes == ("DOCUMENT-MACROS",)
        assert "DOCUMENT-MACROS" in inspect_document(write(tmp_path, "a.xls", compound_file(["Workbook", "VBA"]))).notes


class TestCopiesWithoutPlace:
    @pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
    def test_place_and_maker_notes_are_gone_and_pixels_are_not(self, tmp_path: Path, name: str) -> None:
        path, out = tmp_path / "gốc", tmp_path / "bản sao"
        options = {"xmp": b"<x:xmpmeta><exif:GPSLatitude>21</exif:GPSLatitude></x:xmpmeta>"} if name != "PNG" else {}
        picture().save(path, name, exif=camera_exif(), dpi=(300, 300), **options)
        before = path.read_bytes()
        assert MAKER in before and inspect_document(path).place
        facts = copy_without_place(path, out)
        after = out.read_bytes()
        assert path.read_bytes() == before
        assert facts.place is None and facts.altitude_m is None
        assert MAKER not in after and b"GPSLatitude" not in after
        assert facts.taken_at == "2026-11-20T01:15:00.000Z" and (facts.width, facts.height) == (300, 400)
        with Image.open(path) as one, Image.open(out) as other:
            assert one.tobytes() == other.tobytes()
            assert 0x8825 not in other.getexif()

    def test_a_tiff_keeps_its_length(self, tmp_path: Path) -> None:
        path, out = tmp_path / "a.tif", tmp_path / "b.tif"
        picture().save(path, "TIFF")
        _append_gps(path)
        assert inspect_document(path).place == (105.5, 21.25)
        facts = copy_without_place(path, out)
        assert facts.place is None and out.stat().st_size == path.stat().st_size
        with Image.open(path) as one, Image.open(out) as other:
            assert one.tobytes() == other.tobytes()

    def test_what_a_phone_hangs_behind_the_picture_is_left_out(self, tmp_path: Path) -> None:
        behind = b"\0\0\0\x18ftypmp42" + b"+21.0284+105.854/" * 5
        path = write(tmp_path, "a.jpg", jpeg(exif=camera_exif(), comment=b"+21.0284+105.854/") + behind)
        copy_without_place(path, tmp_path / "b.jpg")
        assert b"105.854" in path.read_bytes() and b"105.854" not in (tmp_path / "b.jpg").read_bytes()

    def test_a_kind_that_keeps_its_place_is_refused(self, tmp_path: Path) -> None:
        for name, content in (("a.heic", b"\0\0\0\x18ftypheic" + bytes(200)), ("a.pdf", pdf())):
            with pytest.raises(UserError) as caught:
                copy_without_place(write(tmp_path, name, content), tmp_path / "b")
            assert caught.value.code == "DOCUMENT-PLACE-KEPT"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.heic", "a.pdf"]

    def test_a_folder_that_refuses(self, tmp_path: Path) -> None:
        path = write(tmp_path, "a.jpg", jpeg(exif=camera_exif()))
        with pytest.raises(EnvironmentFault) as caught:
            copy_without_place(path, tmp_path / "khong_co" / "b.jpg")
        assert caught.value.code == "EXPORT-REFUSED"


def _append_gps(path: Path) -> None:
    """Give a little-endian TIFF a GPS directory at its end, 21.25° N 105.5° E."""
    import struct

    data = bytearray(path.read_bytes())
    assert data[:4] == b"II*\0"
    at = len(data) + len(data) % 2
    data += bytes(at - len(data))
    values = at + 2 + 4 * 12 + 4
    data += struct.pack("<H", 4)
    for tag, kind, count, value in (
        (1, 2, 2, b"N\0\0\0"),
        (2, 5, 3, struct.pack("<I", values)),
        (3, 2, 2, b"E\0\0\0"),
        (4, 5, 3, struct.pack("<I", values + 24)),
    ):
        data += struct.pack("<HHI", tag, kind, count) + value
    data += bytes(4) + struct.pack("<6I", 21, 1, 15, 1, 0, 1) + struct.pack("<6I", 105, 1, 30, 1, 0, 1)
    first = struct.unpack_from("<I", data, 4)[0]
    count = struct.unpack_from("<H", data, first)[0]
    entries = bytes(data[first + 2 : first + 2 + count * 12])
    moved = len(data)
    data += struct.pack("<H", count + 1) + entries + struct.pack("<HHII", 0x8825, 4, 1, at) + bytes(4)
    struct.pack_into("<I", data, 4, moved)
    path.write_bytes(bytes(data))
    assert exif_of(path, "image/tiff") is not None


def test_facts_come_back_from_json(tmp_path: Path) -> None:
    facts = DocumentFacts(
        "pdf",
        "application/pdf",
        9,
        "a" * 64,
        pages=2,
        page_mm=(210.0, 297.0),
        place=PLACE,
        signatures=(Signature("Chủ tịch", None, None, "SIGNATURE-NOT-CHECKED"),),
        notes=("PDF-SCRIPT",),
    )
    assert DocumentFacts.from_dict(json.loads(json.dumps(facts.as_dict()))) == facts


@pytest.mark.parametrize(
    "wrong",
    [
        {"bytes": -1},
        {"kind": "exe"},
        {"place": [500.0, 1.0]},
        {"notes": "x"},
        {"signatures": [{"signer": 1, "valid": True}]},
        {"dpi": float("nan")},
        {"surprise": 1},
    ],
)
def test_a_child_that_lies_is_not_believed(wrong: dict[str, object]) -> None:
    facts = DocumentFacts("pdf", "application/pdf", 9, "a" * 64).as_dict()
    with pytest.raises(ValueError, match=r"\w"):
        DocumentFacts.from_dict({**facts, **wrong})


def test_cancelling_stops_the_examination(tmp_path: Path) -> None:
    class Stop:
        def step(self, done: int, total: int | None = None) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        inspect_document(write(tmp_path, "a.jpg", jpeg()), progress=Stop())
