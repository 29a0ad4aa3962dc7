"""Packages of a thousand records by many communes at once, through two workers, to PostgreSQL with PostGIS.

Everything is real: programs that listen, tokens, uploads, signatures, rules, the transaction, the signed receipt.
Beside it PostgreSQL alone: the same records by COPY and upsert, with nothing verified and nothing answered.

The senders do as little as they can: devices are enrolled and packages sealed before the clock starts, receipts are
verified after it has stopped.
"""

import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import psycopg

from benchmarks.figures import Figure
from benchmarks.processes import Cost
from benchmarks.provinces import DATABASE, WorkingProvince, communes, roads, working_province
from benchmarks.senders import Sender
from forms.administration import Commune
from tests.databases import Cluster

RECORDS = 1_000
WORKERS = 2
SENDERS = 24
COMMUNES = 168


def measure(sizes: tuple[int, ...] = (COMMUNES,)) -> list[Figure]:
    """Return records a second, the receipt's latency, and what it costs whom, for each number of communes."""
    return [figure for size in sizes for figure in _measure(size)]


def _measure(count: int) -> list[Figure]:
    with working_province(WORKERS) as province:
        senders = [_prepare(province, *item) for item in enumerate(communes(count))]
        empty = province.size()
        cost = Cost(province.pids, province.cluster.pid)
        with ThreadPoolExecutor(min(SENDERS, count)) as pool:
            list(pool.map(Sender.send, senders))
        cost.stop()
        total = sum(sender.count_applied(province.gateway.key.public_key()) for sender in senders)
        _refuse_loss(province, total, count)
        stored = (province.size() - empty) / total
        plain = _copy_alone(province.cluster, count)
    waits = statistics.quantiles([sender.waited_s for sender in senders], n=20)
    name = f"gateway, {count} communes at once"
    return [
        Figure(name, "1/s", total / cost.wall_s, total / plain, "COPY and upsert", total),
        Figure("receipt after the last byte, p50", "s", waits[9], size=count),
        Figure("receipt after the last byte, p95", "s", waits[-1], size=count),
        *_costs(cost, total),
        Figure("a record in the database, with its version", "B", stored, size=total),
        Figure(f"a package of {RECORDS} roads", "B", statistics.mean(len(sender.data) for sender in senders)),
    ]


def _prepare(province: WorkingProvince, place: int, commune: Commune) -> Sender:
    sender = province.enrol(place, commune, province.settle(place, commune))
    sender.seal(roads(place, commune, range(RECORDS)))
    return sender


def _costs(cost: Cost, records: int) -> list[Figure]:
    """Return the cost of a record, and what it lets this computer take with nothing else to do."""
    micro = 1e6 / records
    capacity = (os.cpu_count() or 1) * records / (cost.workers_s + cost.database_s)
    return [
        Figure("processor time of a record, workers", "us", cost.workers_s * micro, size=records),
        Figure("processor time of a record, database", "us", cost.database_s * micro, size=records),
        Figure("processor time of a record, senders (not the gateway's)", "us", cost.senders_s * micro),
        Figure("records that the processors' time is enough for", "1/s", capacity, size=records),
    ]


def _refuse_loss(province: WorkingProvince, applied: int, count: int) -> None:
    """Raise when a record was lost, refused or stored twice."""
    found = province.count_records()
    if not (applied == count * RECORDS and found == (applied, applied)):
        raise RuntimeError(f"sent {count * RECORDS}, applied {applied}, stored {found}")


COLUMNS = "commune_code, uid, type_id, revision, content, geometry"
SELECT = f"SELECT {COLUMNS} FROM records"  # noqa: S608 (words of ours)
UPSERT = (
    f"INSERT INTO plain SELECT {COLUMNS} FROM brought ON CONFLICT (commune_code, uid) "  # noqa: S608 (words of ours)
    "DO UPDATE SET revision = excluded.revision, content = excluded.content"
)


def _copy_alone(cluster: Cluster, count: int) -> float:
    """Return the seconds in which two connections bring the same records by COPY and upsert, a package at a time."""
    with cluster.connect(DATABASE) as connection:
        connection.execute(f"CREATE TABLE plain AS {SELECT} WITH NO DATA")
        connection.execute("ALTER TABLE plain ADD PRIMARY KEY (commune_code, uid)")
        codes = [row[0] for row in connection.execute("SELECT DISTINCT commune_code FROM records")]
        packages = {code: connection.execute(f"{SELECT} WHERE commune_code = %s", (code,)).fetchall() for code in codes}

    def bring(mine: list[str]) -> None:
        with psycopg.connect(host=str(cluster.folder), user="postgres", dbname=DATABASE) as connection:
            connection.execute("CREATE TEMPORARY TABLE brought (LIKE plain) ON COMMIT DELETE ROWS")
            connection.commit()
            for code in mine:
                with connection.cursor() as cursor, cursor.copy(f"COPY brought ({COLUMNS}) FROM STDIN") as copy:
                    for row in packages[code]:
                        copy.write_row(row)
                connection.execute(UPSERT)
                connection.commit()

    begun = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(bring, [codes[number::WORKERS] for number in range(WORKERS)]))
    taken = time.perf_counter() - begun
    if len(codes) != count:
        raise RuntimeError("not every commune's records are there")
    return taken
