"""Findings in groups by severity, rule, record or dossier, worded only where they are looked at, page by page."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from operator import attrgetter
from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QFont, QIcon

from desktop.icons import icon
from desktop.theme import MUTED, Tone
from desktop.values import show_count
from desktop.words import pick, word
from forms.catalogue import Catalogue
from services.explaining import rule_title
from validation.finding import SEVERITIES, Finding, Severity
from validation.waivers import NO_WAIVERS, Waivers

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
FINDING = Qt.ItemDataRole.UserRole
PAGE = 1_000
ORDER = SEVERITIES
TONES = {Severity.ERROR: Tone.ERROR, Severity.WARNING: Tone.WARNING, Severity.INFO: Tone.INFO}

_RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}
_GROUP = 0  # the internal id of a group's index; a finding's is the row of its group, plus one
_GROUP_FLAGS = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
_FINDING_FLAGS = _GROUP_FLAGS | Qt.ItemFlag.ItemNeverHasChildren
_WAIVED = "waived"
_NONE = ""


class Grouping(StrEnum):
    """By what findings are put together."""

    SEVERITY = "severity"
    RULE = "rule"
    RECORD = "record"
    DOSSIER = "dossier"


@dataclass(slots=True)
class Group:
    """Findings under one heading; ``shown`` of them are rows already."""

    key: str
    members: list[Finding]
    shown: int = 0

    @property
    def gravest(self) -> Severity:
        """The severity of the first, for the gravest come first."""
        return self.members[0].severity


@dataclass(frozen=True, slots=True)
class _Arranged:
    """All findings in one list, group after group: group ``n`` is ``keys[n]`` and begins at ``starts[n]``.

    So that a hundred thousand groups cost no hundred thousand lists; ``starts`` ends with the number of findings.
    """

    findings: list[Finding]
    keys: list[str]
    starts: list[int]

    def groups(self, first: int) -> list[Group]:
        """Return a page of groups."""
        bounds = list(pairwise(self.starts[first : first + PAGE + 1]))
        return [
            Group(key, self.findings[begin:end], min(PAGE, end - begin))
            for key, (begin, end) in zip(self.keys[first : first + PAGE], bounds, strict=True)
        ]


class FindingsModel(QAbstractItemModel):
    """Two levels; columns: what was found (or the group), record, field, rule.

    Groups, and the findings of each, become rows a page at a time: a view looks at every row that there is.
    """

    def __init__(self, catalogue: Catalogue, name_of: Callable[[str], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._name_of = name_of
        self._names: dict[str, str] = {}
        self._labels: dict[tuple[str, str], str] = {}
        self._waivers = NO_WAIVERS
        self._grouping = Grouping.SEVERITY
        self._groups: list[Group] = []
        self._arranged = _Arranged([], [], [0])
        self._headings = tuple(word(code) for code in ("UI-FINDING", "UI-RECORD", "UI-FIELD", "UI-RULE"))

    def show_findings(
        self,
        findings: Sequence[Finding],
        grouping: Grouping,
        *,
        waivers: Waivers = NO_WAIVERS,
        dossiers: Mapping[str, str] | None = None,
    ) -> None:
        """Replace everything: ``findings`` in groups; ``dossiers`` gives the dossier of a record by uid."""
        self.beginResetModel()
        self._names, self._waivers, self._grouping = {}, waivers, grouping
        self._arranged = self._arrange(findings, dossiers or {})
        self._groups = self._arranged.groups(0)
        self.endResetModel()

    def _arrange(self, findings: Sequence[Finding], dossiers: Mapping[str, str]) -> _Arranged:
        key_of: Mapping[Grouping, Callable[[Finding], str]] = {
            Grouping.SEVERITY: lambda one: _WAIVED if self._waivers.find(one) else str(one.severity),
            Grouping.RULE: attrgetter("rule_id"),
            Grouping.RECORD: attrgetter("uid"),
            Grouping.DOSSIER: lambda one: dossiers.get(one.uid, _NONE),
        }
        choose, order = key_of[self._grouping], dict[str, int]()  # groups come by their gravest
        gravest_first = sorted(findings, key=lambda one: _RANK[one.severity])
        places = np.array([order.setdefault(key, len(order)) for key in map(choose, gravest_first)], dtype=np.int64)
        keys = [key for key in order if key not in (_WAIVED, _NONE)]
        for key in (_WAIVED, _NONE):
            if key in order:
                places[places == order[key]] = len(order) + len(keys)
                keys.append(key)
        by_group = np.argsort(places, kind="stable")
        starts = np.flatnonzero(np.diff(places[by_group], prepend=-1)).tolist()
        return _Arranged([gravest_first[place] for place in by_group.tolist()], keys, [*starts, len(gravest_first)])

    @property
    def groups(self) -> Sequence[Group]:
        """The groups that are rows already, in the order shown."""
        return tuple(self._groups)

    def finding(self, index: Index) -> Finding | None:
        """What a row stands for; ``None`` for a group."""
        if not index.isValid() or index.internalId() == _GROUP:
            return None
        return self._groups[index.internalId() - 1].members[index.row()]

    def index_of(self, key: str, uid: str) -> QModelIndex:
        """Return the row of the finding with this key, of the record ``uid``; invalid when no group shown has it."""
        for place, group in enumerate(self._groups):
            for row, finding in enumerate(group.members):
                if finding.uid == uid and finding.key == key:
                    return self._row(place, row)
        return QModelIndex()

    def step(self, index: Index, by: int) -> QModelIndex:
        """Return the finding after (1) or before (-1) a row, across groups and round the ends; invalid without any.

        At the end of the groups shown more come; back from the first leads to the last that is shown.
        """
        if not self._groups:
            return QModelIndex()
        place, row = (0, -1) if by > 0 else (0, 0)
        if index.isValid() and index.internalId() == _GROUP:
            place, row = index.row(), -1 if by > 0 else 0
        elif index.isValid():
            place, row = index.internalId() - 1, index.row()
        row += by
        if row < 0:
            place = (place - 1) % len(self._groups)
            row = len(self._groups[place].members) - 1
        elif row >= len(self._groups[place].members):
            if place + 1 == len(self._groups):
                self.show_more_groups()
            place, row = (place + 1) % len(self._groups), 0
        return self._row(place, row)

    def _row(self, place: int, row: int) -> QModelIndex:
        """Return the index of a finding, shown first if it was not yet."""
        group = self._groups[place]
        while group.shown <= row:
            self.fetchMore(self.index(place, 0))
        return self.index(row, 0, self.index(place, 0))

    def show_more_groups(self) -> None:
        """Make rows of the next page of groups, if there is one."""
        first = len(self._groups)
        more = self._arranged.groups(first)
        if more:
            self.beginInsertRows(ROOT, first, first + len(more) - 1)
            self._groups += more
            self.endInsertRows()

    def canFetchMore(self, parent: Index) -> bool:
        if not parent.isValid() or parent.internalId() != _GROUP or parent.column() != 0:
            return False  # groups are shown on demand alone: a view that lays itself out would ask for all
        group = self._groups[parent.row()]
        return group.shown < len(group.members)

    def fetchMore(self, parent: Index) -> None:
        if not self.canFetchMore(parent):
            return
        group = self._groups[parent.row()]
        last = min(group.shown + PAGE, len(group.members))
        self.beginInsertRows(QModelIndex(parent), group.shown, last - 1)
        group.shown = last
        self.endInsertRows()

    def index(self, row: int, column: int, parent: Index = ROOT) -> QModelIndex:
        if not (0 <= row < self.rowCount(parent) and 0 <= column < len(self._headings)):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else _GROUP)

    def parent(self, index: Index = ROOT) -> Any:
        if not index.isValid() or index.internalId() == _GROUP:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, _GROUP)

    def hasChildren(self, parent: Index = ROOT) -> bool:
        return not parent.isValid() or (parent.internalId() == _GROUP and parent.column() == 0)

    def rowCount(self, parent: Index = ROOT) -> int:
        if not parent.isValid():
            return len(self._groups)
        if parent.internalId() != _GROUP or parent.column() != 0:
            return 0
        return self._groups[parent.row()].shown

    def columnCount(self, parent: Index = ROOT) -> int:
        return len(self._headings)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _GROUP_FLAGS if index.internalId() == _GROUP else _FINDING_FLAGS

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        finding = self.finding(index)
        if finding is None:
            return self._group_data(self._groups[index.row()], index.column(), role)
        return finding if role == FINDING else self._finding_data(finding, index.column(), role)

    def _finding_data(self, finding: Finding, column: int, role: int) -> Any:
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._cell(finding, column)
        waived = self._waivers.find(finding) is not None
        if role == Qt.ItemDataRole.DecorationRole and column == 0:
            return icon("waived", MUTED, on=MUTED) if waived else _mark(finding.severity)
        if role == Qt.ItemDataRole.ForegroundRole and waived:
            return QColor(MUTED)
        return None

    def _cell(self, finding: Finding, column: int) -> str:
        if column == 0:
            waiver = self._waivers.find(finding)
            text = finding.text()
            return word("UI-WAIVED-LINE", reason=waiver.reason, text=text) if waiver else text
        if column == 1:
            return self._name(finding.uid) or pick(self._catalogue.type(finding.type_id).title)
        return self._label(finding) if column == 2 else finding.rule_id

    def _name(self, uid: str) -> str:
        if uid not in self._names:
            self._names[uid] = self._name_of(uid)
        return self._names[uid]

    def _label(self, finding: Finding) -> str:
        if finding.field is None:
            return ""
        at = (finding.type_id, finding.field)
        if at not in self._labels:
            fields = self._catalogue.type(finding.type_id).fields
            self._labels[at] = next((pick(one.label) for one in fields if one.key == finding.field), finding.field)
        return self._labels[at]

    def _group_data(self, group: Group, column: int, role: int) -> Any:
        if column != 0:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return f"{self._title(group)} ({show_count(len(group.members))})"
        if role == Qt.ItemDataRole.DecorationRole:
            if group.key == _WAIVED:
                return icon("waived", MUTED, on=MUTED)
            return _mark(group.gravest)
        if role == Qt.ItemDataRole.FontRole:
            font = QFont()
            font.setBold(True)
            return font
        return None

    def _title(self, group: Group) -> str:
        if self._grouping is Grouping.SEVERITY:
            code = "UI-FINDINGS-WAIVED" if group.key == _WAIVED else f"UI-SEVERITY-{group.gravest.name}"
            return word(code)
        if self._grouping is Grouping.RULE:
            title = rule_title(group.key)
            return title if title == group.key else f"{group.key} · {title}"
        if group.key == _NONE:
            return word("UI-NO-DOSSIER")
        kind = self._catalogue.type(group.members[0].type_id)
        name = self._name(group.key)
        if self._grouping is Grouping.DOSSIER:
            return name or word("UI-RECORD-GONE")
        return f"{name} · {pick(kind.title)}" if name else pick(kind.title)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return self._headings[section]
        return None

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._arranged.findings)


def _mark(severity: Severity) -> QIcon:
    """Return the mark of a severity; it keeps its colour in an open group and in the line that is chosen."""
    tone = TONES[severity].value
    return icon(severity.value, tone, on=tone)
