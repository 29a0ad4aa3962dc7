"""Checks the rows of ``ThongTinKhac.xlsx`` in a handed-in dossier: each must speak of something that is there."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import shapely

from core.errors import UserError
from core.progress import Progress
from forms.catalogue import Catalogue
from forms.dossiers import DOCUMENT, DOSSIER, DRAWING
from forms.model import FilesField, RecordType, ReferenceField
from forms.tt16 import OBJECT_CODE
from forms.tt16_folder import DOCUMENTS, DRAWINGS, SCAN
from forms.tt16_further import FILES, OUTLINES, REFERENCES, VALUES, field_labelled, type_titled
from geodesy.systems import parse_system
from services.tt16_breaches import Breach
from services.tt16_further_in import FurtherRow, read_further
from services.tt16_reading import Folder, dossier_code, drawing_folders

LOST = "TT16-FURTHER-LOST"


def check_further(found: Folder, catalogue: Catalogue, progress: Progress) -> Iterator[Breach]:
    """Yield a remark for each row that nothing in the folder answers to; such a row would not come in.

    What only a workspace can tell, a reference to a record beside the dossier, is left alone.
    """
    further = read_further(catalogue, found, progress)
    yield from (replace(one, code=LOST) for one in further.problems)
    around = _Around(found, catalogue, progress)
    for (type_id, code), rows in further.rows.items():
        kind = catalogue.type(type_id)
        is_there = around.has(kind, code)
        for row in rows:
            lost = _WORDS[row.sheet](around, row, kind) if is_there else "code"
            if lost is not None:
                yield replace(row.unread(lost), code=LOST)


@dataclass(slots=True)
class _Around:
    """What a row may name: what stands in sheets and classes under a code, by record type."""

    found: Folder
    catalogue: Catalogue
    progress: Progress
    _codes: dict[str, frozenset[str] | None] = field(default_factory=dict)

    def has(self, kind: RecordType, code: str) -> bool:
        """Whether the folder has a record of a type under a code, or cannot tell."""
        if kind.id not in self._codes:
            self._codes[kind.id] = self._codes_of(kind)
        codes = self._codes[kind.id]
        return codes is None or code in codes

    def _codes_of(self, kind: RecordType) -> frozenset[str] | None:
        found = self.found
        if kind.id in (DOSSIER, DOCUMENT, DRAWING) and not found.sheets:
            return None
        if kind.id == DOSSIER:
            code = dossier_code(found)
            return frozenset([code] if code else [])
        if kind.id == DOCUMENT:
            cells = (row.get("Mã văn bản/Tên file") for _, row in found.rows("VanBan"))
            return frozenset(map(str, filter(None, cells))).union(found.of(SCAN, DOCUMENTS))
        if kind.id == DRAWING:
            names = (" ".join(str(row.get("Tên thư mục") or "").split()) for _, row in found.rows("BanVe"))
            return frozenset(names).union(drawing_folders(found), found.of(SCAN, DRAWINGS))
        return self._objects_of(kind)

    def _objects_of(self, kind: RecordType) -> frozenset[str] | None:
        codes: set[str] = set()
        for database in self.found.databases.values():
            if database.error is not None:
                return None
            for layer in database.layers:
                if layer.name in kind.tt16_classes and layer.count:
                    try:
                        table = self.found.table(database.name, layer.name, self.progress)
                    except UserError:
                        return None
                    codes.update(str(cell) for cell in table.columns.get(OBJECT_CODE, ()) if cell is not None)
        return frozenset(codes)


def _lost_file(around: _Around, row: FurtherRow, kind: RecordType) -> str | None:
    key = field_labelled(kind, row.text("field") or "")
    if key is None or not isinstance(kind.field(key), FilesField):
        return "field"
    files = around.found.files.values()
    return None if any(row.text("file") in held for held in files) else "file"


def _lost_reference(around: _Around, row: FurtherRow, kind: RecordType) -> str | None:
    key = field_labelled(kind, row.text("field") or "")
    source = None if key is None else kind.field(key)
    if not isinstance(source, ReferenceField):
        return "field"
    title, code = row.text("target_type"), row.text("target_code")
    target = None if title is None else type_titled(around.catalogue, title)
    if title is not None and (target is None or target.id not in source.target):
        return "target_type"
    if row.text("target_uid") or (target is not None and target.id == DOSSIER and code):
        return None  # perhaps in a workspace
    return None if target is not None and code and around.has(target, code) else "target_code"


def _lost_outline(around: _Around, row: FurtherRow, kind: RecordType) -> str | None:
    try:
        parse_system(row.text("system") or "")
        return None if shapely.from_wkt(row.text("wkt") or "") else "wkt"
    except UserError:
        return "system"
    except shapely.errors.ShapelyError:
        return "wkt"


def _lost_value(around: _Around, row: FurtherRow, kind: RecordType) -> str | None:
    return "field" if field_labelled(kind, row.text("field") or "") is None else None


_WORDS = {FILES: _lost_file, REFERENCES: _lost_reference, OUTLINES: _lost_outline, VALUES: _lost_value}
