"""What classes, fields and sheets of TT 16/2025/TT-BXD have no place for, on its way into ``ThongTinKhac.xlsx``."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import shapely

from exchange.document_facts import DocumentFacts
from exchange.workbook import Heading, Sheet, write_workbook
from forms.dossiers import DOSSIER
from forms.files import FileLink, file_links
from forms.model import AnyField, FilesField, RecordType, ReferenceField
from forms.record import Record
from forms.titles import record_title
from forms.tt16_cells import encode_whole
from forms.tt16_folder import BASIC, DOCUMENTS, safe_name
from forms.tt16_further import CELL_LENGTH, FILES, OUTLINES, REFERENCES, VALUES, load_further_sheets
from localdb import contents, records
from localdb.engine import Connection
from services.desk import Desk

Pack = Callable[[str, str, str, str], str | None]
"""Notes a content for a place, under a name, for a type; gives the name it gets there, ``None`` without its bytes."""

PLACE = f"{BASIC}/{DOCUMENTS}"
_WIDTHS: Mapping[str, int] = {"wkt": 60, "text": 60, "caption": 40, "file": 40, "target_title": 40}


@dataclass(frozen=True, slots=True)
class _Pointing:
    kind: RecordType
    code: str
    field: ReferenceField
    uid: str


@dataclass(slots=True)
class Further:
    """Rows of each sheet, gathered while a package is built; ``known`` are the records that go along, by uid."""

    desk: Desk
    connection: Connection
    pack: Pack
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    known: dict[str, tuple[RecordType, str, Mapping[str, Any]]] = field(default_factory=dict)
    _pointing: list[_Pointing] = field(default_factory=list)
    _packed: dict[str, str] = field(default_factory=dict)

    def know(self, kind: RecordType, record: Record, code: str) -> None:
        """Note that a record goes along, and the code under which it stands in its class or sheet."""
        self.known[record.uid] = (kind, code, record.values)

    def put_fields(
        self, kind: RecordType, values: Mapping[str, Any], code: str, fields: Sequence[AnyField]
    ) -> list[str]:
        """Take fields of a record that found no room elsewhere; return the labels of those that find none here."""
        lost = []
        for one in fields:
            value = values.get(one.key)
            if isinstance(one, ReferenceField):
                self._pointing.append(_Pointing(kind, code, one, str(value)))
            elif isinstance(one, FilesField):
                self.put_links(kind, code, one, file_links(value), is_plain=False)
            else:
                text = encode_whole(one, value, self.desk.catalogue)
                if text is None or len(text) > CELL_LENGTH:
                    lost.append(one.label["vi"])
                else:
                    self._add(VALUES, kind, code, field=one.label["vi"], text=text)
        return lost

    def put_links(
        self, kind: RecordType, code: str, target: AnyField, links: Sequence[FileLink], *, is_plain: bool
    ) -> None:
        """Pack the files of a record among the documents that can be edited, each content once, and list them.

        With ``is_plain`` only those are listed of which the file itself does not say everything.
        """
        for link in links:
            if link.sha256 not in self._packed:
                name = self.pack(link.sha256, PLACE, safe_name(link.name), kind.id)
                if name is None:
                    continue
                self._packed[link.sha256] = name
            name = self._packed[link.sha256]
            if is_plain and link == self._plain(link, name):
                continue
            longitude, latitude = link.place or (None, None)
            self._add(
                FILES,
                kind,
                code,
                field=target.label["vi"],
                file=f"{PLACE}/{name}",
                name=link.name,
                page=link.page,
                caption=link.caption,
                taken_at=link.taken_at,
                longitude=None if longitude is None else repr(longitude),
                latitude=None if latitude is None else repr(latitude),
            )

    def put_outline(self, kind: RecordType, code: str, shape: shapely.Geometry) -> bool:
        """Take the outline of a drawing; return whether it found room."""
        wkt = str(shapely.to_wkt(shape, rounding_precision=-1, trim=True))
        if len(wkt) > CELL_LENGTH:
            return False
        self._add(OUTLINES, kind, code, system=self.desk.system.id, wkt=wkt)
        return True

    def finish(self) -> None:
        """List the references, now that it is known which records go along."""
        missing: dict[str, list[str]] = {}
        for one in self._pointing:
            for type_id in one.field.target if one.uid not in self.known else ():
                missing.setdefault(type_id, []).append(one.uid)
        catalogue = self.desk.catalogue
        beside: dict[str, tuple[RecordType, str | None, Mapping[str, Any]]] = {}
        for type_id, uids in missing.items():
            kind = catalogue.type(type_id)
            for record in records.fetch_records(self.connection, kind, uids):
                code = record.values.get("dossier_code") if type_id == DOSSIER else None
                beside[record.uid] = (kind, code, record.values)
        for one in self._pointing:
            target, code, values = self.known.get(one.uid) or beside.get(one.uid) or (None, None, {})
            self._add(
                REFERENCES,
                one.kind,
                one.code,
                field=one.field.label["vi"],
                target_type=target.title["vi"] if target else None,
                target_code=code,
                target_title=record_title(target, values, "vi", catalogue) if target else None,
                target_uid=one.uid,
            )

    def _plain(self, link: FileLink, name: str) -> FileLink:
        """Return the link that a reader makes of the file alone."""
        plain = FileLink(link.sha256, name, link.bytes, link.mime)
        told = contents.fetch_facts(self.connection, link.sha256)
        if told is None:
            return plain
        facts = DocumentFacts.from_dict(told)
        noted = {"taken_at": facts.taken_at, "place": facts.place}
        try:
            return FileLink.from_dict({**plain.as_dict(), **{key: one for key, one in noted.items() if one}})
        except ValueError:  # what the camera noted is no time or no place
            return plain

    def _add(self, sheet: str, kind: RecordType, code: str, **cells: Any) -> None:
        self.rows.setdefault(sheet, []).append({"type": kind.title["vi"], "code": code, **cells})


def write_further(path: Path, rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Write the workbook; raise ``OSError`` when the disk refuses."""
    sheets = []
    for sheet, columns in load_further_sheets().items():
        held = rows.get(sheet, ())
        headings = [
            Heading(one.title, "integer" if one.key == "page" else "text", width=_WIDTHS.get(one.key, 20))
            for one in columns
        ]
        sheets.append(Sheet(sheet, headings, [[row.get(one.key) for one in columns] for row in held]))
    write_workbook(path, sheets)
