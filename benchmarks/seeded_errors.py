"""Breaks every rule at known places in whole communes, and counts what the checks find of it: `recall` must be 100 %.

The planter (``benchmarks.planting``) writes its records past the services and shares no code with the rules. Beside the
planted error it states what else is rightly said of it; anything more that the checks say after the planting than they
said before it is a false finding.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image

from benchmarks.figures import Figure
from benchmarks.planting import networks, origins, plans, shapes, values
from benchmarks.planting.ground import Ground, Mark, free_ground
from benchmarks.planting.registry import NOT_PLANTED, PLANTINGS
from core.resources import resource_path
from forms.record import Actor
from services.desk import Desk
from services.desk_checks import check_desk
from services.importing import propose_import, run_import
from services.workspaces import create_desk
from validation.rule import RULES

NOW = datetime(2026, 11, 20, 3, tzinfo=UTC)
MODULES = (networks, origins, plans, shapes, values)
SHARED = Path(os.environ.get("DIABA_SHARED") or Path(__file__).resolve().parents[2] / "shared")
REAL = (("roads_wgs84.gpkg", "road_segment"), ("toan_dac.csv", "survey_point"))
SAMPLE = (
    ("duong_cu.shp", "road_segment"),
    ("cau.csv", "bridge"),
    ("khoanh_dat.geojson", "land_use_plan_area"),
    ("toan_dac.csv", "survey_point"),
)


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the errors planted against one rule; every finding by code and uid."""

    rule_id: str
    planted: int
    missed: tuple[Mark, ...]
    false: tuple[Mark, ...]

    @property
    def is_clean(self) -> bool:
        """Whether all was found, and nothing else."""
        return self.planted > 0 and not self.missed and not self.false


def measure() -> list[Figure]:
    """Print the table of each commune and return its sums."""
    figures = []
    with TemporaryDirectory() as folder:
        for name, opened in communes(Path(folder)).items():
            with opened as desk:
                before = Counter(code for code, _ in found_in(desk))
                tallies = plant_and_check(desk, Path(folder))
            print_tallies(name, before, tallies)
            planted = sum(tally.planted for tally in tallies)
            missed = sum(len(tally.missed) for tally in tallies)
            false = sum(len(tally.false) for tally in tallies)
            figures += [
                Figure(f"{name}: errors found of those planted", "%", 100 * (1 - missed / planted), size=planted),
                Figure(f"{name}: false findings", "", float(false), size=planted),
            ]
    return figures


def communes(folder: Path) -> Mapping[str, AbstractContextManager[Desk]]:
    """Return what opens the copies to plant in, by name: the shipped sample, and the real commune where it is here."""
    sample = resource_path("sample")
    found = {"sample": opened_commune(folder / "sample", sample / "ranh_gioi_xa.geojson", sample, SAMPLE)}
    real = SHARED / "data" / "real"
    if real.is_dir():
        boundaries = real / "communes_tuyen_quang_2026.gpkg"
        found["real 01153"] = opened_commune(folder / "real", boundaries, real / "01153", REAL)
    return found


@contextmanager
def opened_commune(folder: Path, boundaries: Path, files: Path, imports: Iterable[tuple[str, str]]) -> Iterator[Desk]:
    """Give a new workspace of Xã Bắc Quang into which field files have come the way that users bring them."""
    with create_desk(folder, "01153", boundary_file=boundaries, actor=Actor("bench"), clock=lambda: NOW) as desk:
        for name, type_id in imports:
            run_import(desk, propose_import(desk, files / name, type_id=type_id))
        yield desk


def plant_and_check(desk: Desk, folder: Path, rule_ids: Iterable[str] | None = None) -> list[Tally]:
    """Plant against the rules named, or all that there are, and return what the checks found, by rule."""
    before = found_in(desk)
    ground = prepared(desk, folder)
    chosen = [rule_id for rule_id in sorted(PLANTINGS.keys() & RULES) if rule_ids is None or rule_id in rule_ids]
    wanted: dict[str, set[Mark]] = {}
    for rule_id in chosen:
        known = set(ground.planted)
        PLANTINGS[rule_id](ground)
        wanted[rule_id] = ground.planted - known
    ground.write()
    after = found_in(desk)
    right = ground.planted | ground.implied
    false = after - before - right
    missed = (right | before) - after
    return [
        Tally(rule_id, len(wanted.get(rule_id, ())), _of(rule_id, missed), _of(rule_id, false))
        for rule_id in sorted({*chosen, *(RULES if rule_ids is None else ()), *map(_rule_of, missed | false)})
    ]


def prepared(desk: Desk, folder: Path) -> Ground:
    """Return the free ground of a desk, with files in the store to name: two whole pictures, and one cut short."""
    ground = free_ground(desk)
    for seed in range(2):
        path = folder / f"tờ {seed}.jpg"
        pixels = np.random.default_rng(seed).integers(0, 255, (120, 160, 3), np.uint8)
        Image.fromarray(pixels).save(path)
        ground.files.append(ground.hold(path))
    cut = folder / "tờ cụt.jpg"
    cut.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    ground.broken = ground.hold(cut)
    return ground


def found_in(desk: Desk) -> set[Mark]:
    """Return what the checks say of the whole desk: codes, and the records on which they stand."""
    return {(finding.text_code, finding.uid) for finding in check_desk(desk).findings}


def _of(rule_id: str, marks: Iterable[Mark]) -> tuple[Mark, ...]:
    return tuple(sorted(mark for mark in marks if _rule_of(mark) == rule_id))


def _rule_of(mark: Mark) -> str:
    return mark[0].split(".")[0]


def print_tallies(name: str, before: Mapping[str, int], tallies: Iterable[Tally]) -> None:
    """Print one line a rule."""
    print(f"\n{name}; found before anything was planted: {dict(sorted(before.items())) or 'nothing'}")
    print(f"{'rule':8} {'planted':>8} {'found':>6} {'missed':>7} {'false':>6}")
    for tally in tallies:
        found = tally.planted - len(tally.missed)
        note = "" if tally.planted else f"  nothing planted: {NOT_PLANTED.get(tally.rule_id, 'no place for it here')}"
        codes = " ".join(dict.fromkeys(code for code, _ in (*tally.missed, *tally.false)))
        counts = f"{tally.planted:>8} {found:>6} {len(tally.missed):>7} {len(tally.false):>6}"
        print(f"{tally.rule_id:8} {counts}{note} {codes}")
