"""File and folder names of a scanned planning dossier.

Given (TT 16/2025/TT-BXD, Phụ lục II): the folder ``CSDL_<TenDoAn>``, in it ``HoSoScan/VanBan``, ``HoSoScan/BanVe`` with
one folder for each drawing, the workbook ``<MaHoSo>.xlsx`` whose lists must match the files; documents are PDF,
drawings JPG. How a single file is named is not given in what was at hand: ``document_file_name`` is this program's own
proposal, and a front end says so (FILE-NAME-PROPOSED).
"""

import re
import unicodedata
from collections.abc import Collection
from typing import Literal

from core.errors import UserError

ScanKind = Literal["document", "drawing"]

NUMBER_LIMIT = 999
NAME_LENGTH = 100
FOLDERS: dict[ScanKind, str] = {"document": "HoSoScan/VanBan", "drawing": "HoSoScan/BanVe"}
SHORT_KINDS: dict[ScanKind, str] = {"document": "VB", "drawing": "BV"}
SUFFIXES: dict[ScanKind, tuple[str, ...]] = {"document": ("pdf",), "drawing": ("jpg", "jpeg")}

_CODE = re.compile(r"[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*")
_SUFFIX = re.compile(r"[a-z0-9]{1,8}")
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")
_WORD = re.compile(r"[A-Za-z0-9]+")


def document_file_name(dossier_code: str, number: int, kind: ScanKind, ext: str) -> str:
    """Return the proposed name of a dossier's scanned file, ``<MaHoSo>_VB_001.pdf`` or ``<MaHoSo>_BV_001.jpg``.

    Raise ``UserError`` FILE-NAME-CODE, FILE-NAME-NUMBER or FILE-NAME-SUFFIX for what no name can be made of.
    """
    code, suffix = dossier_code.strip(), ext.strip().removeprefix(".").lower()
    if not _CODE.fullmatch(code) or len(code) > 64:
        raise UserError("FILE-NAME-CODE", code=dossier_code)
    if not 1 <= number <= NUMBER_LIMIT:
        raise UserError("FILE-NAME-NUMBER", number=number, most=NUMBER_LIMIT)
    if not _SUFFIX.fullmatch(suffix):
        raise UserError("FILE-NAME-SUFFIX", suffix=ext)
    return f"{code}_{SHORT_KINDS[kind]}_{number:03d}.{'jpg' if suffix == 'jpeg' else suffix}"


def propose_file_name(dossier_code: str, kind: ScanKind, ext: str, taken: Collection[str]) -> str:
    """Return the proposed name with the lowest number that none of the names ``taken`` has; raise as the above does."""
    numbers = {found for name in taken if (found := file_number(name, dossier_code, kind)) is not None}
    number = next((one for one in range(1, NUMBER_LIMIT + 1) if one not in numbers), NUMBER_LIMIT + 1)
    return document_file_name(dossier_code, number, kind, ext)


def file_number(name: str, dossier_code: str, kind: ScanKind) -> int | None:
    """Return the number in a name of the proposed form, ``None`` in any other."""
    pattern = rf"{re.escape(dossier_code.strip())}_{SHORT_KINDS[kind]}_(\d{{3}})\.[a-z0-9]+"
    found = re.fullmatch(pattern, name, re.IGNORECASE)
    return int(found[1]) if found and int(found[1]) else None


def check_file_name(name: str, dossier_code: str, kind: ScanKind) -> tuple[str, ...]:
    """Return the message codes of what keeps a name from the proposed form, nothing for a name of that form."""
    if file_number(name, dossier_code, kind) is not None and _suffix(name) in SUFFIXES[kind]:
        return ()
    found = []
    if not _PLAIN.fullmatch(name):
        found.append("FILE-NAME-MARKS")
    if len(name) > NAME_LENGTH:
        found.append("FILE-NAME-LONG")
    if not name.startswith(f"{dossier_code.strip()}_"):
        found.append("FILE-NAME-NO-DOSSIER")
    if not re.search(rf"_{SHORT_KINDS[kind]}_(?!000)\d{{3}}\.", name, re.IGNORECASE):
        found.append("FILE-NAME-NO-NUMBER")
    if _suffix(name) not in SUFFIXES[kind]:
        found.append("FILE-NAME-ENDING")
    return tuple(found)


def plan_folder_name(plan_name: str) -> str:
    """Return ``CSDL_<TenDoAn>`` with the plan's name as Annex II writes names: without marks, each word capitalised."""
    return f"CSDL_{camel_case(plan_name)}"


def camel_case(text: str) -> str:
    """Return words without diacritics, each with a capital, joined: ``Quy hoạch chung`` gives ``QuyHoachChung``."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return "".join(word[:1].upper() + word[1:] for word in _WORD.findall(bare))


def _suffix(name: str) -> str:
    return name.rpartition(".")[2].lower()
