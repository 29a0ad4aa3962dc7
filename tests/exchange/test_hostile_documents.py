"""Documents made to harm: disguised programs, bombs, loops, lies about size. Refused, or kept with a note."""

import struct
import zipfile
import zlib
from pathlib import Path

import pytest

from core.errors import AppError, UserError
from core.messages import LANGUAGES, render
from exchange.documents import copy_without_place, inspect_document, render_page
from exchange.sandbox import Limits
from tests.exchange.document_samples import (
    Page,
    archive,
    camera_exif,
    compound_file,
    jpeg,
    pdf,
    picture,
    png_header,
    write,
)

MSI = bytes.fromhex("84100c0000000000c000000000000046")


def refusal(path: Path) -> UserError:
    with pytest.raises(UserError) as caught:
        inspect_document(path)
    for language in LANGUAGES:
        text = render(caught.value.code, caught.value.context, language)
        assert text != caught.value.code and "{" not in text and "DOCUMENT-" not in text
    return caught.value


PROGRAMS = {
    "windows": b"MZ\x90\0\3\0" + bytes(300),
    "linux": b"\x7fELF\2\1\1" + bytes(300),
    "macos": b"\xcf\xfa\xed\xfe" + bytes(300),
    "java": b"\xca\xfe\xba\xbe\0\0\0\x34" + bytes(300),
    "script": b"#!/bin/sh\nrm -rf ~\n",
    "script behind a mark": b"\xef\xbb\xbf#!/usr/bin/env python3\n",
    "batch": b"@echo off\r\ndel *.*\r\n",
    "web script": b"\n <script>alert(1)</script>",
    "hta": b"<html><head><hta:application id='x'/></head></html>",
    "page with a script": b"<!DOCTYPE html><html><body>" + b" " * 9000 + b"<script src='x'></script></body></html>",
    "page that moves on": b"<html><head><meta http-equiv='refresh' content='0;url=http://x'></head></html>",
    "page in UTF-16": "<html><body onload='x()'></body></html>".encode("utf-16"),
    "drawing with a script": b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
    "drawing with entities": b"<!DOCTYPE svg [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg>&x;</svg>",
    "shortcut": b"\x4c\0\0\0\x01\x14\x02\0" + bytes(200),
    "url": b"[InternetShortcut]\r\nURL=file:///c:/x.exe\r\n",
    "registry": "Windows Registry Editor Version 5.00\r\n".encode("utf-16"),
    "installer": compound_file(["Property"], MSI),
    "deb": b"!<arch>\ndebian-binary   ",
    "jar": archive({"META-INF/MANIFEST.MF": b"Main-Class: A", "A.class": b"\xca\xfe\xba\xbe"}),
    "apk": archive({"AndroidManifest.xml": b"1", "classes.dex": b"dex"}),
    "archive": archive({"anh/cau.jpg": jpeg(20, 20), "anh/xem.exe": b"MZ"}),
    "picture and jar": jpeg(40, 40) + archive({"A.class": b"\xca\xfe\xba\xbe"}),
    "pdf and jar": pdf() + archive({"A.class": b"\xca\xfe\xba\xbe"}),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_in_any_clothes_is_refused(tmp_path: Path, name: str) -> None:
    for place, suffix in enumerate((".jpg", ".pdf")):
        error = refusal(write(tmp_path, f"ảnh cầu{place}{suffix}", PROGRAMS[name]))
        assert error.code == "DOCUMENT-NOT-ALLOWED"


@pytest.mark.parametrize("suffix", [".bat", ".PS1", ".vbs", ".js"])
def test_a_script_without_a_mark_is_known_by_its_name(tmp_path: Path, suffix: str) -> None:
    assert refusal(write(tmp_path, f"doc{suffix}", b"del /q c:\\ \r\n")).code == "DOCUMENT-NOT-ALLOWED"


def test_text_that_only_speaks_of_programs_is_text(tmp_path: Path) -> None:
    for number, content in enumerate((b"MZ la ten xa\n1;2\n", b"gia tri <script> la gi?", b"ID,MZ\n1,2\n")):
        assert inspect_document(write(tmp_path, f"{number}.txt", content)).kind == "text"


def test_a_picture_with_an_archive_behind_is_noted(tmp_path: Path) -> None:
    facts = inspect_document(write(tmp_path, "a.jpg", jpeg() + archive({"bi_mat.txt": b"4711"})))
    assert facts.mime == "image/jpeg" and "DOCUMENT-TWO-IN-ONE" in facts.notes


def test_a_picture_that_is_none_is_refused_without_words_of_a_library(tmp_path: Path) -> None:
    error = refusal(write(tmp_path, "a.gif", b"GIF89a/*" + bytes(100) + b"*/=1;"))
    assert (error.code, error.context["reason"]) == ("FILE-DAMAGED", "GIF")


class TestBombs:
    def test_an_archive_that_explodes(self, tmp_path: Path) -> None:
        data = bytearray(archive({f"{number}.txt": bytes(1000) for number in range(30)}))
        at = data.find(b"PK\x01\x02")
        while at >= 0:
            struct.pack_into("<I", data, at + 24, 0xFFFF_FFF0)
            at = data.find(b"PK\x01\x02", at + 4)
        assert refusal(write(tmp_path, "b.zip", bytes(data))).code == "DOCUMENT-NOT-ALLOWED"

    def test_an_archive_whose_entries_overlap(self, tmp_path: Path) -> None:
        data = bytearray(archive({f"{number}.txt": bytes(range(256)) * 40 for number in range(3)}, zipfile.ZIP_STORED))
        at = data.find(b"PK\x01\x02")
        while at >= 0:
            struct.pack_into("<II", data, at + 20, 25_000, 25_000)
            at = data.find(b"PK\x01\x02", at + 4)
        assert refusal(write(tmp_path, "a.zip", bytes(data))).code == "DOCUMENT-NOT-ALLOWED"

    def test_an_archive_with_a_long_list(self, tmp_path: Path) -> None:
        data = bytearray(archive({"a.txt": b"1"}))
        struct.pack_into("<I", data, data.rfind(b"PK\x05\x06") + 12, 900 << 20)
        assert refusal(write(tmp_path, "a.zip", bytes(data))).code in {"DOCUMENT-NOT-ALLOWED", "FILE-DAMAGED"}

    @pytest.mark.parametrize("side", [30_000, 60_000, 2_000_000_000])
    def test_a_png_of_giant_size_gives_its_facts(self, tmp_path: Path, side: int) -> None:
        facts = inspect_document(write(tmp_path, "a.png", png_header(side, side)))
        assert (facts.width, facts.height, facts.preview) == (side, side, None)
        assert "IMAGE-NO-PREVIEW" in facts.notes
        with pytest.raises(UserError) as caught:
            render_page(tmp_path / "a.png", 1, 800)
        assert caught.value.code == "DOCUMENT-NO-PICTURE"

    def test_a_png_whose_pixels_are_missing(self, tmp_path: Path) -> None:
        facts = inspect_document(write(tmp_path, "a.png", png_header(3000, 3000)))
        assert facts.preview is None and "IMAGE-CUT-SHORT" in facts.notes

    def test_a_png_whose_words_explode(self, tmp_path: Path) -> None:
        words = b"Comment\0\0" + zlib.compress(bytes(200 << 20))
        chunk = struct.pack(">I", len(words)) + b"zTXt" + words + struct.pack(">I", zlib.crc32(b"zTXt" + words))
        data = png_header(40, 40)
        error = None
        try:
            inspect_document(write(tmp_path, "a.png", data[:33] + chunk + data[33:]))
        except AppError as caught:
            error = caught.code
        assert error in (None, "FILE-DAMAGED", "READER-MEMORY")

    @pytest.mark.parametrize("data", [b"VP8X\x0a\0\0\0\0\0\0\0" + b"\xff" * 6, b"VP8L\x20\0\0\0\x2f" + b"\xff" * 20])
    def test_a_webp_that_claims_the_largest_size(self, tmp_path: Path, data: bytes) -> None:
        content = b"RIFF" + struct.pack("<I", len(data) + 4) + b"WEBP" + data + bytes(40)
        facts = inspect_document(write(tmp_path, "a.webp", content))
        assert facts.preview is None and "IMAGE-NO-PREVIEW" in facts.notes

    def test_a_tiff_whose_pages_turn_in_a_circle(self, tmp_path: Path) -> None:
        path = tmp_path / "a.tif"
        picture(60, 40).save(path, "TIFF")
        data = bytearray(path.read_bytes())
        first = struct.unpack_from("<I", data, 4)[0]
        count = struct.unpack_from("<H", data, first)[0]
        struct.pack_into("<I", data, first + 2 + 12 * count, first)
        path.write_bytes(bytes(data))
        assert inspect_document(path).pages == 1

    def test_a_jpeg_of_the_largest_size_is_shown_small(self, tmp_path: Path) -> None:
        """9,000 pixels a side would be 324 MB in one piece; decoded at an eighth they are nothing."""
        path = write(tmp_path, "a.jpg", jpeg(9_000, 9_000, quality=10))
        facts = inspect_document(path, limits=Limits(memory_bytes=300 << 20))
        assert facts.preview is not None and (facts.width, facts.height) == (9_000, 9_000)

    def test_a_jpeg_that_lies_about_its_size(self, tmp_path: Path) -> None:
        data = bytearray(jpeg(progressive=True))
        at = data.find(b"\xff\xc2")
        struct.pack_into(">HH", data, at + 5, 65_000, 65_000)
        facts = inspect_document(write(tmp_path, "a.jpg", bytes(data)))
        assert (facts.width, facts.preview) == (65_000, None) and "IMAGE-NO-PREVIEW" in facts.notes


class TestBrokenPictures:
    @pytest.mark.parametrize("name", ["JPEG", "PNG", "TIFF", "WEBP"])
    def test_no_cut_brings_anything_down(self, tmp_path: Path, name: str) -> None:
        path = tmp_path / "a"
        picture(64, 48).save(path, name, exif=camera_exif())
        whole = path.read_bytes()
        for share in (0.3, 0.97):
            path.write_bytes(whole[: max(3, int(len(whole) * share))])
            for work in (lambda: inspect_document(path), lambda: copy_without_place(path, tmp_path / "b")):
                try:
                    work()
                except AppError as error:
                    assert str(error) != error.code

    def test_a_picture_cut_short_is_kept_with_a_note(self, tmp_path: Path) -> None:
        facts = inspect_document(write(tmp_path, "a.jpg", jpeg(800, 600)[:-3000]))
        assert facts.width == 800 and "IMAGE-CUT-SHORT" in facts.notes

    def test_bytes_of_nothing(self, tmp_path: Path) -> None:
        assert refusal(write(tmp_path, "a.jpg", b"")).code == "FILE-EMPTY"
        assert inspect_document(write(tmp_path, "b.jpg", bytes(4096))).kind == "other"
        with pytest.raises(UserError) as caught:
            inspect_document(tmp_path)
        assert caught.value.code == "FILE-IS-FOLDER"

    def test_directories_that_point_anywhere(self, tmp_path: Path) -> None:
        block = bytearray(camera_exif())
        for at in range(8, len(block) - 4, 3):
            changed = bytes(block[:at]) + b"\xff\xff\xff\x7f" + bytes(block[at + 4 :])
            path = write(tmp_path, "a.jpg", jpeg(16, 16, exif=changed) if at % 60 == 8 else b"")
            if path.stat().st_size:
                inspect_document(path)


class TestBrokenPdfs:
    def test_a_pdf_cut_short(self, tmp_path: Path) -> None:
        whole = pdf([Page("mot hai ba")] * 4)
        for share in (0.05, 0.4, 0.8, 0.98):
            path = write(tmp_path, "a.pdf", whole[: int(len(whole) * share)])
            try:
                assert inspect_document(path).kind == "pdf"
            except UserError as error:
                assert error.code == "FILE-DAMAGED"

    @pytest.mark.parametrize(
        "objects",
        [
            {2: b"<</Type/Pages/Kids[2 0 R]/Count 3>>"},
            {2: b"<</Type/Pages/Kids[10 0 R 10 0 R]/Count 2000000000>>"},
            {10: b"<</Type/Page/Parent 2 0 R/Contents 10 0 R/MediaBox[0 0 1e38 1e38]>>"},
            {10: b"<</Type/Page/Parent 10 0 R/MediaBox 10 0 R>>"},
            {10: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 0 0]>>"},
            {10: b"[" * 20_000},
        ],
    )
    def test_loops_and_nonsense(self, tmp_path: Path, objects: dict[int, bytes]) -> None:
        path = write(tmp_path, "a.pdf", pdf(objects=objects))
        for work in (lambda: inspect_document(path), lambda: render_page(path, 1, 500)):
            try:
                work()
            except UserError as error:
                assert error.code in {"FILE-DAMAGED", "DOCUMENT-NO-PICTURE", "DOCUMENT-NO-PAGE"}

    def test_tables_that_lead_back_to_each_other(self, tmp_path: Path) -> None:
        data = pdf()
        begin = data.rfind(b"xref", 0, data.rfind(b"startxref"))
        looped = data.replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev %d" % begin)
        deep = looped
        for _ in range(2_000):
            here = len(deep)
            deep += b"xref\n0 0\ntrailer\n<</Size 12/Root 1 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (begin, here)
            begin = here
        for content in (looped, deep):
            try:
                assert inspect_document(write(tmp_path, "a.pdf", content)).kind == "pdf"
            except UserError as error:
                assert error.code == "FILE-DAMAGED"

    @pytest.mark.slow
    def test_a_page_too_heavy_is_kept_with_a_note(self, tmp_path: Path) -> None:
        """A page whose content unpacks to 1.2 GB: what is sure stands, the rest is said to be missing."""
        packer = zlib.compressobj(1)
        packed = b"".join(packer.compress(b"0 0 m 1 1 l S " * 75_000) for _ in range(1_200)) + packer.flush()
        content = b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed)
        facts = inspect_document(
            write(tmp_path, "a.pdf", pdf(objects={11: content})), limits=Limits(1 << 30, 3, 0, 20.0)
        )
        assert facts.kind == "pdf" and len(facts.sha256) == 64

    def test_a_pdf_of_300_megabytes(self, tmp_path: Path) -> None:
        """Mostly a hole in the disk; memory stays within the child's limit, which is a gigabyte."""
        path = tmp_path / "a.pdf"
        whole = pdf([Page("Thuyet minh tong hop do an quy hoach")])
        cut = whole.rfind(b"xref", 0, whole.rfind(b"startxref"))
        with path.open("wb") as file:
            file.write(whole[:cut])
            file.write(b"900 0 obj\n<</Length %d>>stream\n" % (300 << 20))
            file.seek(300 << 20, 1)
            file.write(b"\nendstream\nendobj\n")
            begin = file.tell()
            file.write(whole[cut : whole.rfind(b"startxref")])
            file.write(b"startxref\n%d\n%%%%EOF\n" % begin)
        facts = inspect_document(path)
        assert (facts.pages, facts.has_text) == (1, True) and facts.bytes > 300 << 20

    def test_a_file_over_the_limit_is_not_read(self, tmp_path: Path) -> None:
        path = tmp_path / "a.pdf"
        with path.open("wb") as file:
            file.truncate((2 << 30) + 1)
        assert refusal(path).code == "DOCUMENT-TOO-LARGE"

    def test_a_signature_dictionary_of_nonsense(self, tmp_path: Path) -> None:
        nonsense = b"<</Type/Sig/ByteRange[0 999999999999 5 1]/Contents<00>/Name(\\377\\376)/M(D:20269999)>>"
        data = pdf(objects={901: nonsense}, catalog="/AcroForm<</Fields[902 0 R]>>")
        facts = inspect_document(write(tmp_path, "a.pdf", data))
        assert [(one.valid, one.at) for one in facts.signatures] == [(None, None)]
        assert "SIGNATURE-NOT-CHECKED" in facts.notes
