"""What is done to the files of a record, each as one task off the GUI thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from core.errors import UserError
from core.progress import Progress
from desktop.files.incoming import TemporaryFolder, can_be_opened, files_below, name_to_open
from desktop.session import Session
from desktop.tasks import Lane, Task
from desktop.theme import Tone
from desktop.words import word
from forms.files import FileLink, clean_name
from forms.record import Record
from localdb.unit_of_work import Changed
from services.attaching import Attached, attach_files, change_link, detach_file, save_copy
from services.desk import Desk
from services.editing import Saved
from services.photo_places import use_photo_place
from services.reading import fetch_record
from services.stripping import strip_place

PARTS = 1000


@dataclass(frozen=True, slots=True)
class _Added:
    """What attaching brought, told as a change of the store."""

    attached: Attached
    changed: Changed


class _Thousandths:
    """Progress in thousandths: bytes of large files are more than a signal's number holds."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def step(self, done: int, total: int | None = None) -> None:
        """Report the share done."""
        self._progress.step(PARTS * done // total if total else 0, PARTS if total else None)


class FileWork(QObject):
    """Starts the tasks.

    ``stored`` carries the ``Saved`` of each change, ``attached`` the ``Attached`` after its change, ``placed`` the
    photo whose place a record has taken, ``told`` a line for the user and its tone.
    """

    stored = Signal(object)
    attached = Signal(object)
    placed = Signal(object)
    told = Signal(str, object)

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.folder = TemporaryFolder()
        self.destroyed.connect(self.folder.close)

    @property
    def desk(self) -> Desk:
        """The desk worked at."""
        return self._session.desk

    def attach(self, uid: str, paths: Sequence[Path], *, bare: bool) -> Task:
        """Attach files, and those in folders; edits go on meanwhile. ``bare`` photos lose their place."""
        desk = self.desk

        def call(progress: Progress) -> _Added:
            found = files_below(paths)
            if not found:
                raise UserError("UI-FILES-NOTHING")
            done = attach_files(desk, uid, found, strip_place=bare, progress=_Thousandths(progress))
            return _Added(done, done.saved.changed)

        def tell(added: _Added) -> None:
            self.stored.emit(added.attached.saved)
            self.attached.emit(added.attached)

        return self._session.write(call, tell, owner=self, title=word("UI-FILES-ATTACHING"), lane=Lane.FILES)

    def detach(self, uid: str, link: FileLink, *, page: int | None) -> None:
        """Take a file, or the link to one page of it, off a record."""
        self._change(
            uid,
            lambda desk, record: detach_file(desk, uid, link.sha256, page=page, expected=record.revision),
        )

    def link_page(self, uid: str, link: FileLink, page: int) -> None:
        """Let a link mean one page of its document."""
        self._change(
            uid,
            lambda desk, record: change_link(
                desk, uid, link, caption=link.caption, page=page, expected=record.revision
            ),
        )

    def strip_place(self, uid: str, link: FileLink) -> None:
        """Put a copy without its place where a record has a photo."""
        desk = self.desk
        self._session.write(
            lambda progress: strip_place(desk, uid, link.sha256, progress=_Thousandths(progress)),
            self.stored.emit,
            owner=self,
            title=word("UI-FILES-STRIPPING", file=link.name),
            lane=Lane.FILES,
        )

    def use_place(self, uid: str, link: FileLink) -> None:
        """Give a record, which is a point, the place of a photo."""

        def tell(saved: Saved) -> None:
            self.stored.emit(saved)
            self.told.emit(word("UI-FILES-PLACE-USED", file=link.name), Tone.GOOD)
            self.placed.emit(link)

        desk = self.desk
        self._session.write(lambda progress: use_photo_place(desk, uid, link), tell, owner=self)

    def open_copy(self, link: FileLink) -> None:
        """Open a copy in the system's own program, under a name that says what the content is."""
        if can_be_opened(link.mime):
            folder = self.folder.path / link.sha256[:16]
            self._copy_out(link, folder / name_to_open(clean_name(link.name), link.mime), show_outside)

    def save_copy(self, link: FileLink, out: Path) -> None:
        """Write a copy to ``out``."""
        self._copy_out(link, out, lambda path: self.told.emit(word("UI-FILES-COPIED", file=path.name), Tone.GOOD))

    def _copy_out(self, link: FileLink, out: Path, then: Callable[[Path], None]) -> None:
        desk = self.desk

        def call(progress: Progress) -> Path:
            out.parent.mkdir(parents=True, exist_ok=True)
            return save_copy(desk, link.sha256, out, progress=_Thousandths(progress))

        title = word("UI-FILES-COPYING", file=link.name)
        self._session.read(call, then, owner=self, title=title, lane=Lane.FILES)

    def _change(self, uid: str, change: Callable[[Desk, Record], Saved]) -> None:
        """Store a change of the record as it stands when its turn has come."""
        desk = self.desk
        self._session.write(lambda progress: change(desk, fetch_record(desk, uid)), self.stored.emit, owner=self)


def show_outside(path: Path) -> None:
    """Open a file in the system's own program."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def free_path(folder: Path, name: str, taken: set[Path]) -> Path:
    """Return a path in ``folder`` that no file has and that is not ``taken``."""
    stem, dot, suffix = name.rpartition(".")
    found, number = folder / name, 1
    while found.exists() or found in taken:
        number += 1
        found = folder / (f"{stem} ({number}){dot}{suffix}" if stem else f"{name} ({number})")
    return found
