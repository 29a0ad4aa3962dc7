"""The last days of a quarter in 3,321 communes: a simulation from costs measured in the same run.

Measured: what packages cost the processors of a gateway with PostgreSQL, through the protocol, in communes that hold
nothing yet and in such that hold thousands of records. Assumed, because nobody has counted it: ``Assumptions``. Each
package waits for the line into its province, then for its commune's package before it, then for a free core.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
import numpy.typing as npt

from benchmarks.figures import Figure
from benchmarks.processes import Cost
from benchmarks.provinces import WorkingProvince, communes, roads, working_province
from benchmarks.senders import Sender
from forms.administration import load_communes

HOUR = 3600.0
DAY = 24 * HOUR
MEASURED_COMMUNES = 12
PACKAGES = ((1, 0), (1_000, 1), (1_000, 1_001), (1_000, 2_001), (1_000, 3_001), (1, 4_001))
"""Measured one after another in each commune: records in the package, and how many are held before."""


@dataclass(frozen=True)
class Assumptions:
    """What is taken for granted of a quarter's end; lognormal quantities by their median and spread."""

    last_day: float = 0.6  # of the communes send on the last day, the others on the four working days before
    peaks: tuple[float, float] = (10.0, 16.5)  # o'clock, when half of a day's senders each are busiest
    peak_spread_h: float = 0.75
    records: tuple[float, float] = (1_000, 1.0)  # changed in a quarter; 5 % of the communes have over 5,200
    held: tuple[float, float] = (10_000, 0.8)  # of the same kinds at the province already
    package_records: int = 1_000
    scans: tuple[float, float] = (5e6, 1.0)  # bytes of scans with each package; 5 % bring over 26 MB
    package_bytes: float = 43.0  # of a record in a package, as ``ingest`` prints it
    commune_line: float = 4e6 / 8  # bytes a second
    province_line: float = 100e6 / 8
    cores: int = 2
    seed: int = 20261231


RUSH = Assumptions(last_day=1.0, peaks=(16.5, 16.5), peak_spread_h=0.25)
"""Everybody sends in the last hour of the last day."""


@dataclass(frozen=True)
class Costs:
    """Processor seconds: of a package, of each record in it, of each record that is held beside it."""

    package_s: float
    record_s: float
    held_s: float

    def of(self, records: int, held: int) -> float:
        """Return the processor seconds of one package."""
        return self.package_s + records * self.record_s + held * self.held_s


@dataclass(frozen=True, order=True)
class Arrival:
    """A package whose last byte has passed its commune's line ``at_s`` after the first of the five days began."""

    at_s: float
    commune: str
    size: float
    work_s: float


@dataclass(frozen=True)
class Course:
    """What became of the packages of one gateway: ``(n,)`` seconds in the order of their arrival."""

    received_s: npt.NDArray[np.float64]
    answered_s: npt.NDArray[np.float64]
    work_s: float

    @property
    def waits_s(self) -> npt.NDArray[np.float64]:
        """From the last byte to the receipt."""
        return self.answered_s - self.received_s

    def most_waiting(self) -> int:
        """Return how many packages waited or were in hand at the worst moment."""
        moments = np.concatenate([self.received_s, self.answered_s])
        steps = np.concatenate([np.ones(len(self.received_s)), -np.ones(len(self.answered_s))])
        order = np.lexsort((steps, moments))  # who leaves at a moment has left before the next one comes
        return int(np.cumsum(steps[order]).max(initial=0))


def measure() -> list[Figure]:
    """Return the measured costs, and what they let a province and the country do at a quarter's end."""
    costs = measure_costs()
    return [
        Figure("measured: processor time of a package besides its records", "ms", costs.package_s * 1e3),
        Figure("measured: of each record in it", "us", costs.record_s * 1e6),
        Figure("measured: of each record of its kind held already", "us", costs.held_s * 1e6),
        *_simulated("spread", costs, Assumptions()),
        *_simulated("rush", costs, RUSH),
    ]


def _simulated(name: str, costs: Costs, assumed: Assumptions) -> Iterator[Figure]:
    by_province = arrivals(costs, assumed)
    alone = [simulate(those, assumed.cores, assumed.province_line) for those in by_province.values()]
    worst = max(alone, key=lambda course: float(np.quantile(course.waits_s, 0.95)))
    everybody = sorted(one for those in by_province.values() for one in those)
    together = simulate(everybody, 4 * assumed.cores, 10 * assumed.province_line)
    yield from _told(f"{name}, {len(alone)} gateways of {assumed.cores} cores, the slowest", worst)
    yield from _told(f"{name}, one gateway of {4 * assumed.cores} cores for all", together)
    yield Figure(f"{name}: processor time, all communes", "h", together.work_s / HOUR, size=len(everybody))


def _told(name: str, course: Course) -> Iterator[Figure]:
    size = len(course.waits_s)
    yield Figure(f"{name}: receipt, p95", "s", float(np.quantile(course.waits_s, 0.95)), size=size)
    yield Figure(f"{name}: longest", "s", float(course.waits_s.max()), size=size)
    yield Figure(f"{name}: waiting at most", "", course.most_waiting(), size=size)


def measure_costs() -> Costs:
    """Return the costs by least squares over packages sent to a worker one after another."""
    with working_province(1) as province:
        chosen = list(enumerate(communes(MEASURED_COMMUNES)))
        senders = [province.enrol(place, commune, province.settle(place, commune)) for place, commune in chosen]
        taken = [_send_all(province, senders, count, held) for count, held in PACKAGES]
    rows = np.array([(1, count, held) for count, held in PACKAGES], dtype=float)
    found, *_ = np.linalg.lstsq(rows, np.array(taken), rcond=None)
    return Costs(*np.maximum(found, 0).tolist())


def _send_all(province: WorkingProvince, senders: Sequence[Sender], count: int, held: int) -> float:
    """Return the processor seconds of a package of so many new records in each commune."""
    for place, (sender, commune) in enumerate(zip(senders, communes(len(senders)), strict=True)):
        sender.seal(roads(place, commune, range(held, held + count)))
    cost = Cost(province.pids, province.cluster.pid)
    for sender in senders:
        sender.send()
    cost.stop()
    applied = sum(sender.count_applied(province.gateway.key.public_key()) for sender in senders)
    if applied != count * len(senders):
        raise RuntimeError(f"sent {count * len(senders)}, applied {applied}")
    return (cost.workers_s + cost.database_s) / len(senders)


def arrivals(costs: Costs, assumed: Assumptions) -> dict[str, list[Arrival]]:
    """Return the packages of every commune by province, in the order of their last bytes."""
    chance = np.random.default_rng(assumed.seed)
    found: dict[str, list[Arrival]] = defaultdict(list)
    for commune in load_communes().values():
        day = 4 if chance.random() < assumed.last_day else int(chance.integers(0, 4))
        hour = chance.normal(assumed.peaks[int(chance.integers(0, 2))], assumed.peak_spread_h)
        at = day * DAY + float(np.clip(hour, 0, 23.9)) * HOUR
        left, held = (int(chance.lognormal(log(median), spread)) for median, spread in (assumed.records, assumed.held))
        while left > 0:
            count = min(left, assumed.package_records)
            size = count * assumed.package_bytes + chance.lognormal(log(assumed.scans[0]), assumed.scans[1])
            at += size / assumed.commune_line  # a commune sends one package after the other
            found[commune.province_code].append(Arrival(at, commune.code, size, costs.of(count, held)))
            left, held = left - count, held + count
    return {code: sorted(those) for code, those in found.items()}


def simulate(coming: Sequence[Arrival], cores: int, line: float) -> Course:
    """Return what becomes of packages, first come first served, on ``cores`` behind a line of bytes a second."""
    free = [0.0] * cores
    before: dict[str, float] = {}
    received, answered, line_free = [], [], 0.0
    for one in coming:
        line_free = max(line_free, one.at_s) + one.size / line
        received.append(line_free)
        begin = max(line_free, before.get(one.commune, 0.0), heapq.heappop(free))
        heapq.heappush(free, begin + one.work_s)
        before[one.commune] = begin + one.work_s
        answered.append(begin + one.work_s)
    work = sum(one.work_s for one in coming)
    return Course(np.array(received, dtype=float), np.array(answered, dtype=float), work)
