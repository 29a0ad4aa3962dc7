"""The names of folders and files in a dossier by TT 16/2025/TT-BXD, Phụ lục II."""

from collections.abc import Mapping

from forms.file_names import camel_case, plan_folder_name
from forms.files import clean_name

BASIC, SCAN, GIS = "HoSoBASIC", "HoSoScan", "HoSoGIS"
PARTS = (BASIC, SCAN, GIS)
DRAWINGS, DOCUMENTS = "BanVe", "VanBan"
KINDS = (DRAWINGS, DOCUMENTS)
PREFIX = "CSDL_"
WORKBOOK = ".xlsx"
DATABASE_SUFFIXES: Mapping[str, str] = {"gpkg": ".gpkg", "gdb": ".gdb"}
PROJECT_SUFFIXES = (".qgz", ".qgs", ".aprx", ".mxd", ".mapx")
SCANNED_SUFFIXES: Mapping[str, tuple[str, ...]] = {
    DOCUMENTS: (".pdf", ".jpg", ".jpeg", ".tif", ".tiff", ".png"),
    DRAWINGS: (".jpg", ".jpeg", ".pdf", ".tif", ".tiff", ".png"),
}
"""What of documents and drawings is a scan; anything else is an original that can be edited."""

FOLDER_LENGTH = 80  # Windows opens no path of more than 260 letters
FILE_LENGTH = 100


def folder_name(plan_name: str, code: str) -> str:
    """Return ``CSDL_<TenDoAn>``, not longer than Windows can bear; a plan without a name goes by its code."""
    name = plan_folder_name(plan_name)
    if name == PREFIX:
        name = PREFIX + camel_case(code)
    return name[:FOLDER_LENGTH]


def drawing_folder(short_name: str | None, drawing_no: str | None, name: str | None) -> str:
    """Return the folder a drawing goes to when nobody has named one: by its short name, number or title."""
    plain = short_name or camel_case(drawing_no or "") or camel_case(name or "")
    return plain[:FILE_LENGTH] or "BanVe"


def safe_name(text: str) -> str:
    """Return a file's name as every system takes it, its ending kept."""
    name = clean_name(text)
    stem, dot, suffix = name.rpartition(".")
    if len(name) <= FILE_LENGTH or not dot:
        return name[:FILE_LENGTH].rstrip(". ")
    return stem[: FILE_LENGTH - len(suffix) - 1].rstrip(". ") + dot + suffix


class Names:
    """Gives each of several things in one folder a name of its own, whatever the case of its letters."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, wanted: str) -> str:
        """Return the name wanted, or one with a number behind it when that is taken."""
        stem, dot, suffix = wanted.rpartition(".") if "." in wanted else (wanted, "", "")
        name, number = wanted, 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{stem}_{number}{dot}{suffix}"
        self._taken.add(name.casefold())
        return name


def is_scan(kind: str, file_name: str) -> bool:
    """Whether a document's or drawing's file is a scan, by its ending."""
    return file_name.lower().endswith(SCANNED_SUFFIXES[kind])
