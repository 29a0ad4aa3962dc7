"""What must work on this computer before anybody trusts it with records."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import shapely

from core.clock import utc_now
from core.errors import AppError
from core.messages import render
from core.resources import resource_path
from exchange.reading import read_table
from forms.loader import load_catalogue
from forms.record import Actor
from geodesy.datum import transform_xy
from geodesy.systems import WGS84, tm_system
from localdb.engine import sqlite_version

OLDEST_PLAUSIBLE = datetime(2026, 1, 1, tzinfo=UTC)
LATEST_PLAUSIBLE = datetime(2046, 1, 1, tzinfo=UTC)
NEEDED_BYTES = 500 << 20


@dataclass(frozen=True, slots=True)
class SelfTestResult:
    """One thing tried: its name, whether it works, and what was seen."""

    name: str
    passed: bool
    detail: str

    def as_dict(self) -> dict[str, object]:
        """Return plain data for ``--json``."""
        return {"name": self.name, "passed": self.passed, "detail": self.detail}


def run_self_test() -> list[SelfTestResult]:
    """Try everything; a failure is a result, never an exception."""
    return [_tried(name, attempt) for name, attempt in ATTEMPTS.items()]


def _tried(name: str, attempt: Callable[[], str]) -> SelfTestResult:
    title = render(f"SELF-TEST-{name.upper()}")
    try:
        return SelfTestResult(title, True, attempt())
    except AppError as error:
        return SelfTestResult(title, False, str(error))
    except Exception as error:  # noqa: BLE001 (whatever is broken on this computer is what we are here to tell)
        return SelfTestResult(title, False, f"{type(error).__name__}: {error}")


def _store() -> str:
    from services.workspaces import create_desk

    with (
        tempfile.TemporaryDirectory(prefix="diaba-thử ") as folder,
        create_desk(Path(folder) / "Sổ thử", "01153", actor=Actor("self-test"), clock=utc_now) as desk,
    ):
        return f"{desk.workspace.folder.name}: SQLite {sqlite_version()}"


def _proj() -> str:
    """Compare with a computed vector of the pinned operation (Pleiku, axis 108°15')."""
    east_north = transform_xy(np.array([[108.0, 13.98]]), WGS84, tm_system(108.25))[0]
    away = float(np.hypot(east_north[0] - 472796.984, east_north[1] - 1546106.041))
    if away > 0.001:
        raise ValueError(f"{away:.4f} m")
    return f"{away * 1000:.2f} mm"


def _readers() -> str:
    table = read_table(resource_path("sample", "duong_cu.shp"), None)
    return f"{len(table.rows)}"


def _forms() -> str:
    return f"{len(load_catalogue().types)}"


def _geometry() -> str:
    return f"GEOS {shapely.geos_version_string}"


def _fonts() -> str:
    found = sorted(resource_path("fonts").glob("*.ttf"))
    if not found:
        raise FileNotFoundError("resources/fonts")
    return ", ".join(path.stem for path in found)


def _disk() -> str:
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if free < NEEDED_BYTES:
        raise OSError(f"{free >> 20} MiB")
    return f"{free >> 20} MiB"


def _clock() -> str:
    now = utc_now()
    if not OLDEST_PLAUSIBLE <= now <= LATEST_PLAUSIBLE:
        raise ValueError(now.isoformat(timespec="seconds"))
    return now.isoformat(timespec="seconds")


ATTEMPTS: dict[str, Callable[[], str]] = {
    "store": _store,
    "proj": _proj,
    "readers": _readers,
    "forms": _forms,
    "geometry": _geometry,
    "fonts": _fonts,
    "disk": _disk,
    "clock": _clock,
}
