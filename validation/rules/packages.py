"""PKG, SEC: a package and the workspace it comes from, as a whole; what nobody can know yet is no finding."""

from collections.abc import Iterator

from forms.administration import load_communes
from validation.batch import Batch, indices_of
from validation.context import CheckContext
from validation.delivery import DELIVERY, deliveries_of
from validation.examples import example, sample
from validation.rule import TOGETHER, Found, Moment, Scope, Severity, rule

SEALING = frozenset({Moment.PACKAGE})
WHOLE = Scope(types=(DELIVERY,))
CODE = "commune_code"


@rule(
    "PKG-01",
    Severity.ERROR,
    scope=WHOLE,
    moments=SEALING,
    legal=("accuracy",),
    good=[example(DELIVERY, sample(open_errors=0)), example(DELIVERY, sample())],
    bad=[example(DELIVERY, sample(open_errors=3), finds="PKG-01")],
)
def errors_are_open(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Nothing leaves the commune while a record of the package has an error."""
    for index, package in deliveries_of(batch):
        if package.open_errors:
            yield Found(index, context={"count": package.open_errors})


@rule(
    "PKG-03",
    Severity.ERROR,
    scope=WHOLE,
    moments=SEALING,
    legal=("accuracy",),
    good=[
        example(DELIVERY, sample(four_eyes=True, approver="Trần Thị Bình", authors=("Nguyễn Văn An",))),
        example(DELIVERY, sample(four_eyes=False, approver="Nguyễn Văn An", authors=("Nguyễn Văn An",))),
        example(DELIVERY, sample(approver="Nguyễn Văn An", authors=("Nguyễn Văn An",))),
    ],
    bad=[
        example(
            DELIVERY,
            sample(four_eyes=True, approver="Nguyễn Văn An", authors=("Lê Văn Cường", "Nguyễn Văn An")),
            finds="PKG-03",
        )
    ],
)
def approver_is_author(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Where an office asks for four eyes, nobody approves what they have written themselves."""
    for index, package in deliveries_of(batch):
        if package.four_eyes and package.approver in (package.authors or ()):
            yield Found(index, context={"name": package.approver})


@rule(
    "PKG-04",
    Severity.WARNING,
    scope=WHOLE,
    moments=SEALING,
    legal=("plan_records",),
    good=[
        example(DELIVERY, sample(due=("HS-01", "HS-02"), reported=("HS-02", "HS-01", "HS-03"))),
        example(DELIVERY, sample(due=("HS-01",))),
    ],
    bad=[example(DELIVERY, sample(due=("HS-01", "HS-02"), reported=("HS-02",)), finds="PKG-04")],
)
def report_lacks_rows(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """The quarter's report has a row for every dossier that was due."""
    for index, package in deliveries_of(batch):
        if package.due is None or package.reported is None:
            continue
        lacking = [name for name in package.due if name not in package.reported]
        if lacking:
            yield Found(index, context={"count": len(lacking), "dossiers": lacking})


@rule(
    "PKG-05",
    Severity.ERROR,
    scope=WHOLE,
    moments=SEALING,
    good=[
        example(DELIVERY, sample(program="0.10.0", oldest_program="0.9.2")),
        example(DELIVERY, sample(program="0.1.0")),
        example(DELIVERY, sample(program="0.1.0.dev3", oldest_program="0.1.0")),
    ],
    bad=[example(DELIVERY, sample(program="0.9.1", oldest_program="0.10.0"), finds="PKG-05")],
)
def sealed_by_an_old_program(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A package is sealed by a program that knows the records as the receiver does."""
    for index, package in deliveries_of(batch):
        if package.program is None or package.oldest_program is None:
            continue
        if _numbers(package.program) < _numbers(package.oldest_program):
            yield Found(index, context={"program": package.program, "oldest": package.oldest_program})


def _numbers(version: str) -> tuple[int, ...]:
    """Return the three numbers of a version; what follows them tells editions of one version apart."""
    return tuple(int(part) for part in version.split(".")[:3] if part.isdecimal())


@rule(
    "PKG-06",
    Severity.WARNING,
    scope=WHOLE,
    moments=SEALING,
    legal=("plan_records",),
    good=[
        example(DELIVERY, sample(changes_this_quarter=4)),
        example(DELIVERY, sample(changes_this_quarter=0, confirmed_unchanged=True)),
        example(DELIVERY, sample(changes_this_quarter=0)),
    ],
    bad=[example(DELIVERY, sample(changes_this_quarter=0, confirmed_unchanged=False), finds="PKG-06")],
)
def quarter_without_change(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A quarter in which nothing has changed is confirmed as such: silence is no answer."""
    for index, package in deliveries_of(batch):
        if package.changes_this_quarter == 0 and package.confirmed_unchanged is False:
            yield Found(index)


@rule(
    "PKG-07",
    Severity.ERROR,
    scope=Scope(keys=(CODE,)),
    moments=TOGETHER,
    legal=("units", "accuracy"),
    good=[example("road_segment", sample(commune_code="01153"), sample(), sample(commune_code="99998"))],
    bad=[example("road_segment", sample(commune_code="01165"), finds="PKG-07")],
)
def record_of_another_commune(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A commune sends its own records alone; a code that no commune has is told by ADM-01."""
    communes, column = load_communes(), batch.column(CODE)
    for index in indices_of(column, lambda code: code != context.commune.code and str(code) in communes):
        facts = {"commune": communes[str(column[index])].label, "own": context.commune.label}
        yield Found(index, field=CODE, context=facts)


@rule(
    "SEC-05",
    Severity.WARNING,
    scope=WHOLE,
    moments=SEALING,
    tolerances=("sec05_backup_days",),
    good=[example(DELIVERY, sample(days_without_backup=7)), example(DELIVERY, sample())],
    bad=[example(DELIVERY, sample(days_without_backup=8), finds="SEC-05")],
)
def backup_is_old(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """A workspace is backed up within a week, or within what its office has set."""
    most = context.tolerance("sec05_backup_days")
    for index, package in deliveries_of(batch):
        if package.days_without_backup is not None and package.days_without_backup > most:
            yield Found(index, context={"days": package.days_without_backup})
