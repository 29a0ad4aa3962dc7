"""What grade the tables of TT 06/2021/TT-BXD give the works of a register, beside the grade each one has."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.progress import SILENT, Progress, track
from forms.grades import GradeSuggestion, load_uses, suggest_grade
from forms.record import Record
from services.desk import Desk
from services.reading import list_records

GRADE = "work_grade"


@dataclass(frozen=True, slots=True)
class GradedWork:
    """A record that answers a criterion, the grade it has (``None``: none yet), and the one suggested."""

    record: Record
    recorded: str | None
    suggestion: GradeSuggestion

    @property
    def differs(self) -> bool:
        """Whether the record has another grade than the one suggested, or none yet."""
        return self.suggestion.grade is not None and self.recorded != self.suggestion.grade


def list_graded_works(
    desk: Desk, *, type_ids: Sequence[str] | None = None, progress: Progress = SILENT
) -> list[GradedWork]:
    """Return every record that answers a criterion of the tables, type by type; nothing is written."""
    wanted = type_ids or [type_id for type_id in desk.catalogue.types if type_id in load_uses()]
    records = [record for type_id in wanted for record in list_records(desk, desk.catalogue.type(type_id).id)]
    found = []
    for record in track(records, progress, every=1000):
        suggestion = suggest_grade(record.type_id, record.values, record.geometry)
        if suggestion is not None:
            found.append(GradedWork(record, record.values.get(GRADE), suggestion))
    return found
