"""Sketches that are not finished: each is kept, through a crash and beside the next one, and offered again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from desktop.entry.drafts import SKETCH, clock_of, is_sketch
from desktop.map.tools.drawn import DrawnTool, Path
from desktop.panels.sketch_list import KeptSketch, SketchList
from desktop.tasks import Lane
from desktop.theme import Tone
from desktop.words import pick, word
from services.drafting import Draft, fetch_drafts, forget_draft, keep_draft

if TYPE_CHECKING:
    from desktop.main_window import DeskWindow

PAUSE_MS = 400


class WindowSketches(QObject):
    """The unfinished sketches of one window's desk; the one in hand is one of them."""

    def __init__(self, window: DeskWindow) -> None:
        super().__init__(window)
        self._window = window
        self._kept: dict[str, Draft] = {}
        self._key: str | None = None  # of the sketch in hand
        self._is_closed = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.keep)

    def calls(self) -> dict[str, Callable[[bool], object]]:
        """Return what each command does."""
        return {"kept-sketches": lambda on: self.show_list()}

    def begin(self) -> None:
        """Offer what was left unfinished, maybe by a program that was killed."""
        window = self._window
        window.map.sketch_changed.connect(lambda tool: self._note_sketch())
        window.map.sketch_left.connect(self._leave)
        self._kept = {draft.key: draft for draft in fetch_drafts(window.session.desk) if is_sketch(draft.key)}
        self._note_kept()
        if len(self._kept) == 1:
            [draft] = self._kept.values()
            text = word("UI-SKETCH-KEPT", **self._facts(draft))
            action = (word("UI-SKETCH-RESUME"), lambda: self.resume(draft.key))
        elif self._kept:
            text = word("UI-SKETCHES-KEPT", count=len(self._kept))
            action = (word("UI-SKETCHES-SHOW"), self.show_list)
        else:
            return
        window.notices.toast.show_text(text, Tone.WARNING, action, stays=True)

    # Keeping

    @property
    def _sketch(self) -> DrawnTool | None:
        tool = self._window.map.tool
        return tool if isinstance(tool, DrawnTool) else None

    def _note_sketch(self) -> None:
        sketch = self._sketch
        if sketch is None or self._is_closed:
            return
        if sketch.is_begun:
            self._pause.start()
        elif self._key is not None:
            self._forget(self._key)

    def keep(self, *, at_once: bool = False) -> None:
        """Keep the sketch in hand as it is now; ``at_once`` before returning, for the window is about to close."""
        self._pause.stop()
        sketch, type_id = self._sketch, self._window.map_control.type_id
        if sketch is None or not sketch.is_begun or type_id is None or self._is_closed:
            return
        values = {
            "tool": sketch.name,
            "paths": [{"points": [list(xy) for xy in path.points], "is_hole": path.is_hole} for path in sketch.state],
            "entered": self._window.exact.entered_of(sketch),
        }
        uid = self._window.entry.drawing_for
        self._key = self._key or self._find_key(type_id, uid, values)
        desk = self._window.session.desk
        draft = Draft(self._key, type_id, uid, 0, values=values, saved_at=desk.now())
        self._kept[self._key] = draft
        self._write(lambda: keep_draft(desk, draft), at_once)
        self._note_kept()

    def _find_key(self, type_id: str, uid: str | None, values: dict[str, object]) -> str:
        """Return the key of the same sketch when it is kept already, had again by a step forward; else a free one."""
        for key, draft in self._kept.items():
            if (draft.type_id, draft.uid, dict(draft.values)) == (type_id, uid, values):
                return key
        number = 1
        while (key := f"{SKETCH}:{uid or type_id}:{number}") in self._kept:
            number += 1
        return key

    def _leave(self) -> None:
        """Keep the sketch in hand beside the next one: another tool is taken."""
        self.keep()
        key, self._key = self._key, None
        self._note_kept()
        if key is not None:
            action = (word("UI-SKETCH-RESUME"), lambda: self.resume(key))
            self._window.notices.toast.show_text(word("UI-SKETCH-LEFT"), Tone.INFO, action)

    def note_type(self, type_id: str) -> None:
        """Leave the sketch in hand, begun or not, before another record type is worked on: it is of the one before."""
        if self._window.map.tool.name.startswith("draw_") and type_id != self._window.map_control.type_id:
            self._window.map.set_tool("select")

    def close(self) -> None:
        """Keep the sketch for the next start: the window closes, and what is kept stays as it is."""
        self.keep(at_once=True)
        self._is_closed = True

    def _forget(self, key: str) -> None:
        self._pause.stop()
        if key == self._key:
            self._key = None
        if self._kept.pop(key, None) is not None:
            desk = self._window.session.desk
            self._write(lambda: forget_draft(desk, key), False)
        self._note_kept()

    def _write(self, call: Callable[[], object], at_once: bool) -> None:
        """Write on the store's own thread, behind what it is doing, unless the window is about to close."""
        if at_once:
            call()
        else:
            self._window.session.read(lambda progress: call(), lambda done: None, owner=self, lane=Lane.STORE)

    def _note_kept(self) -> None:
        self._window.actions_by_key["kept-sketches"].setEnabled(bool(self._waiting()))

    # Going on

    def _waiting(self) -> list[Draft]:
        """Return what is kept and not in hand, the latest first."""
        waiting = [draft for draft in self._kept.values() if draft.key != self._key]
        return sorted(waiting, key=lambda draft: draft.saved_at, reverse=True)

    def _facts(self, draft: Draft) -> dict[str, object]:
        title = pick(self._window.catalogue.type(draft.type_id).title)
        name = self._window.selecting.name_record(draft.uid) if draft.uid else ""
        return {
            "type": f"{title} – {name}" if name else title,
            "count": sum(len(path.points) for path in paths_of(draft)),
            "time": clock_of(draft.saved_at),
        }

    def show_list(self) -> None:
        """List the sketches that wait, each to go on with or to discard."""
        kept = [KeptSketch(draft.key, word("UI-SKETCH-LINE", **self._facts(draft))) for draft in self._waiting()]
        dialog = SketchList(kept, self._window)
        dialog.resume_wanted.connect(self.resume)
        dialog.discard_wanted.connect(self._forget)
        dialog.open()

    def resume(self, key: str) -> None:
        """Have a kept sketch in hand again; the one in hand is kept in its turn."""
        window, draft = self._window, self._kept.get(key)
        if draft is None:
            return
        paths = paths_of(draft)
        window.selecting.show_type(draft.type_id)
        if draft.uid and window.selecting.name_record(draft.uid):
            window.selecting.open_record(draft.uid)
            window.entry.draw_for_record(str(draft.values["tool"]).removeprefix("draw_"))
        else:
            window.editing.draw(str(draft.values["tool"]).removeprefix("draw_"))
        sketch = self._sketch
        if sketch is None:
            return
        self._key = key
        sketch.restore(paths)
        window.exact.restore_entered(draft.values.get("entered", []))
        places = [xy for path in paths for xy in path.points]
        if places:
            window.map.zoom_around(places)
        self._note_kept()


def paths_of(draft: Draft) -> Sequence[Path]:
    """Return the paths of a kept sketch, also of one that was kept while it could have but one."""
    paths = draft.values.get("paths") or [{"points": draft.values.get("points", [])}]
    return [Path(tuple((x, y) for x, y in path["points"]), bool(path.get("is_hole"))) for path in paths]
