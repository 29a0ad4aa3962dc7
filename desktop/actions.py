"""Every command of the window as data: words, keys (QGIS's where QGIS has one), icon, and where it stands."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar

from desktop.icons import icon
from desktop.words import word


@dataclass(frozen=True, slots=True)
class Command:
    """One command; ``group`` names those of which exactly one is on, ``bar`` puts it on the tool bar."""

    key: str
    shortcuts: tuple[str, ...] = ()
    icon: str | None = None
    checkable: bool = False
    group: str | None = None
    bar: bool = False

    @property
    def code(self) -> str:
        """The code of its name."""
        return f"UI-DO-{self.key.upper()}"


BREAK = None
TOOLS, LOOKS = "tool", "look"

MENUS: tuple[tuple[str, tuple[Command | None, ...]], ...] = (
    (
        "UI-MENU-FILE",
        (
            Command("new", ("Ctrl+Shift+N",), "new"),
            Command("open", ("Ctrl+O",), "open"),
            BREAK,
            Command("import", ("Ctrl+I",), "import", bar=True),
            Command("reread-text"),
            Command("load-pack"),
            BREAK,
            Command("quit", ("Ctrl+Q",)),
        ),
    ),
    (
        "UI-MENU-EDIT",
        (
            Command("undo", ("Ctrl+Z",), "undo", bar=True),
            Command("redo", ("Ctrl+Shift+Z", "Ctrl+Y"), "redo", bar=True),
            BREAK,
            Command("copy-values", ("Ctrl+Shift+C",), "copy"),
            Command("paste-values", ("Ctrl+Shift+V",), "paste"),
            BREAK,
            Command("delete", ("Del",), "delete", bar=True),
            BREAK,
            Command("select-all", ("Ctrl+A",)),
            Command("deselect", ("Ctrl+Alt+A", "Ctrl+Shift+A")),
        ),
    ),
    (
        "UI-MENU-VIEW",
        (
            Command("home", ("Ctrl+1",), "home"),
            Command("map", ("Ctrl+2",), "map"),
            Command("import-page", ("Ctrl+3",), "import"),
            Command("send-page", ("Ctrl+4",), "send"),
            Command("dossiers", ("Ctrl+5",), "dossier"),
            BREAK,
            Command("register", ("Ctrl+Shift+R",), "records", checkable=True),
            Command("form", ("F4",), "document", checkable=True),
            Command("table", ("F6",), "table", bar=True),
            Command("findings", ("F8",), "findings", bar=True),
            Command("tasks", ("F9",), "tasks"),
            BREAK,
            Command("search", ("Ctrl+F",), "search"),
            Command("commands", ("Ctrl+K",)),
            BREAK,
            Command("language", ("Ctrl+Alt+L",), "language"),
        ),
    ),
    (
        "UI-MENU-ENTRY",
        (
            Command("new-record", ("Ctrl+N", "Ctrl+."), "add", bar=True),
            Command("save", ("Ctrl+S",), "save"),
            Command("back", ("Alt+Left",), "back"),
            BREAK,
            Command("draw", ("D",), "draw", checkable=True, group=TOOLS, bar=True),
            Command("sketch-part", ("A",), "part"),
            Command("sketch-hole", ("H",), "hole"),
            Command("sketch-finish", (), "approve"),
            Command("kept-sketches", (), "draw"),
            Command("vertices", ("V",), "vertices", checkable=True, group=TOOLS, bar=True),
            Command("snapping", ("S",), "snapping", checkable=True, bar=True),
            Command("tracing", ("T",), checkable=True),
            Command("topology", (), checkable=True),
            Command("topology-all", (), checkable=True),
            Command("avoid-overlap", (), checkable=True),
            BREAK,
            Command("exact-entry", ("Ctrl+Shift+X",), "exact", bar=True),
            Command("coordinate-table", ("Ctrl+Shift+K",), "coordinates"),
        ),
    ),
    (
        "UI-MENU-SHAPE",
        (
            Command("cut", (), "cut", checkable=True, group=TOOLS),
            Command("merge", (), "merge"),
            Command("stretch", (), "stretch", checkable=True, group=TOOLS),
            BREAK,
            Command("hole", (), "hole", checkable=True, group=TOOLS),
            Command("fill-hole", (), "fill-hole", checkable=True, group=TOOLS),
            Command("part", (), "part"),
            Command("drop-part", (), "drop-part", checkable=True, group=TOOLS),
            Command("room", (), "room", checkable=True, group=TOOLS),
            BREAK,
            Command("move", (), "move", checkable=True, group=TOOLS),
            Command("mirror", (), "mirror", checkable=True, group=TOOLS),
            Command("reverse-line", (), "reverse-line"),
            BREAK,
            Command("move-shape"),
            Command("turn-shape", (), "turn-shape"),
            Command("scale-shape", (), "scale-shape"),
            Command("offset-shape", (), "offset-shape"),
            Command("simplify-shape", (), "simplify-shape"),
            Command("smooth-shape", (), "smooth-shape"),
        ),
    ),
    (
        "UI-MENU-MAP",
        (
            Command("select", ("F3",), "select", checkable=True, group=TOOLS, bar=True),
            Command("select-polygon", (), "select-polygon", checkable=True, group=TOOLS),
            Command("select-by", ("Ctrl+F3",), "select-by"),
            Command("identify", ("Ctrl+Shift+I",), "identify", checkable=True, group=TOOLS, bar=True),
            Command("pan", ("P",), "pan", checkable=True, group=TOOLS, bar=True),
            Command("measure", ("Ctrl+Shift+M",), "measure", checkable=True, group=TOOLS, bar=True),
            Command("measure-panel", (), "measure"),
            BREAK,
            Command("zoom-full", ("Ctrl+Shift+F",), "zoom-full", bar=True),
            Command("zoom-selection", ("Ctrl+J",), "zoom-selection", bar=True),
            Command("zoom-in", ("Ctrl+Alt++",), "zoom-in"),
            Command("zoom-out", ("Ctrl+Alt+-",), "zoom-out"),
            Command("go-to", ("Ctrl+G",)),
            Command("bookmark", ("Ctrl+B",), "pin"),
            Command("bookmarks", ("Ctrl+Shift+B",)),
            BREAK,
            Command("legend", (), "legend", checkable=True),
            Command("look-standard", checkable=True, group=LOOKS),
            Command("look-states", checkable=True, group=LOOKS),
            Command("look-colour-blind", checkable=True, group=LOOKS),
            Command("look-print", checkable=True, group=LOOKS),
            BREAK,
            Command("show-all", ("Ctrl+Shift+U",)),
            Command("hide-all", ("Ctrl+Shift+H",)),
            Command("refresh", ("F5",), "refresh"),
            BREAK,
            Command("basemaps", (), "basemaps"),
            Command("add-basemap"),
            Command("lay-sheet", (), "lay-sheet"),
            Command("swipe", (), "swipe", checkable=True, group=TOOLS),
            Command("boundary"),
            Command("grid", (), checkable=True),
            Command("graticule", (), checkable=True),
            Command("country"),
        ),
    ),
    (
        "UI-MENU-CHECK",
        (
            Command("check", ("F7",), "check", bar=True),
            Command("fix-finding", ("Ctrl+F7",), "fix"),
            Command("next-finding", ("Ctrl+F8",), "down"),
            Command("previous-finding", ("Ctrl+Shift+F8",), "up"),
        ),
    ),
    (
        "UI-MENU-SEND",
        (
            Command("approve", ("Ctrl+Shift+D",), "approve", bar=True),
            Command("return", ()),
            Command("send", ("Ctrl+Shift+S",), "send", bar=True),
            Command("carry-out"),
            Command("take-receipt"),
            Command("enrol", (), "network"),
        ),
    ),
    (
        "UI-MENU-REPORT",
        (
            Command("export", ("Ctrl+E",), "export"),
            Command("hand-in", (), "export"),
            Command("check-folder"),
            Command("take-in", (), "import"),
            Command("picture", (), "picture"),
            Command("copy-picture", (), "copy"),
        ),
    ),
    ("UI-MENU-HELP", (Command("shortcuts", ("F1",)), Command("about"))),
)

BAR: tuple[str | None, ...] = (
    "select", "identify", "pan", "draw", "vertices", "exact-entry", "delete", "snapping", "measure", BREAK,
    "undo", "redo", BREAK,
    "zoom-full", "zoom-selection", BREAK,
    "new-record", "table", "findings", BREAK,
    "import", "check", "approve", "send",
)  # fmt: skip

SHAPE_BAR: tuple[str | None, ...] = (
    "cut", "merge", "stretch", BREAK,
    "hole", "fill-hole", "part", "drop-part", "room", BREAK,
    "move", "turn-shape", "scale-shape", "mirror", "offset-shape", "simplify-shape", "smooth-shape", "reverse-line",
)  # fmt: skip


def all_commands() -> dict[str, Command]:
    """Return every command by key."""
    return {command.key: command for _, commands in MENUS for command in commands if command is not None}


def build_actions(window: QMainWindow, calls: Mapping[str, Callable[[bool], object]]) -> dict[str, QAction]:
    """Return an action for each command that ``calls`` can do; exactly those stand in the menus."""
    groups = {name: QActionGroup(window) for name in (TOOLS, LOOKS)}
    actions: dict[str, QAction] = {}
    for key, command in all_commands().items():
        if key not in calls:
            continue
        action = QAction(word(command.code), window)
        action.setIconText(word(command.code).rstrip("…"))
        action.setCheckable(command.checkable)
        action.setShortcuts([QKeySequence(text) for text in command.shortcuts])
        if command.icon:
            action.setIcon(icon(command.icon))
        if command.group:
            groups[command.group].addAction(action)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{action.text()} ({keys})" if keys else action.text())
        action.triggered.connect(calls[key])
        actions[key] = action
    return actions


def fill_menus(window: QMainWindow, actions: Mapping[str, QAction]) -> None:
    """Put the actions under their menus."""
    for code, commands in MENUS:
        menu = QMenu(word(code), window)
        menu.setToolTipsVisible(code == "UI-MENU-SHAPE")  # which say what a command needs
        for command in commands:
            if command is BREAK:
                menu.addSeparator()
            elif command.key in actions:
                menu.addAction(actions[command.key])
        if not menu.isEmpty():
            window.menuBar().addMenu(menu)


def fill_bar(bar: QToolBar, actions: Mapping[str, QAction], keys: Iterable[str | None] = BAR) -> None:
    """Put the actions of the tool bar in their order."""
    for key in keys:
        if key is BREAK:
            bar.addSeparator()
        elif key in actions:
            bar.addAction(actions[key])
