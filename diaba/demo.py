"""The whole main job on the shipped sample, from field files to the province's receipt."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import typer

from core.clock import utc_now
from core.errors import EnvironmentFault, UserError
from core.messages import render
from core.resources import is_frozen, resource_path
from forms.record import Actor, State
from services.approving import approve
from services.desk import Desk
from services.desk_checks import check_desk
from services.importing import propose_import, run_import
from services.outbox import outbox_of
from services.packaging import package_file, verify_package
from services.reading import count_by_type
from services.syncing import enrol, sync
from services.workspaces import create_desk

COMMUNE = "01153"
MARK = ".diaba-demo"
START_WAIT_S = 60.0

IMPORTS = (
    ("duong_cu.shp", "road_segment"),
    ("cau.csv", "bridge"),
    ("bang_ke_toa_do.txt", "planning_boundary"),
    ("khoanh_dat.geojson", "land_use_plan_area"),
    ("toan_dac.csv", "survey_point"),
)


@dataclass(slots=True)
class Story:
    """Tells each step as it happens, and all of them again at the end."""

    told: list[tuple[str, str]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)

    def tell(self, code: str, **facts: object) -> None:
        """Print one step and remember it for the summary."""
        title, words = render(f"{code}-TITLE"), render(code, facts)
        self.told.append((title, words))
        typer.echo(f"  {len(self.told):2}. {title}: {words}")

    def sum_up(self) -> None:
        """Print every step with its figures."""
        typer.echo("\n" + render("DEMO-SUMMARY", {"seconds": f"{time.monotonic() - self.began:.1f}"}))
        width = max(len(title) for title, _ in self.told)
        for title, words in self.told:
            typer.echo(f"  ✓ {title:{width}}  {words}")


def run_demo(folder: Path, *, headless: bool = False) -> int:
    """Work through the main job in ``folder``; show the window where there is a screen, else draw it to files."""
    folder = folder.resolve()
    _make_folder(folder)
    story = Story()
    typer.echo(render("DEMO-BEGIN", {"folder": str(folder)}))
    sample = resource_path("sample")
    actor = Actor(render("DEMO-OFFICER"))
    with create_desk(
        folder / "workspace",
        COMMUNE,
        boundary_file=sample / "ranh_gioi_xa.geojson",
        actor=actor,
        clock=utc_now,
    ) as desk:
        story.tell("DEMO-WORKSPACE", commune=desk.commune.full_name, epsg=desk.workspace.info.epsg)
        for name, type_id in IMPORTS:
            _import(desk, story, sample / name, type_id)
        _check_and_approve(desk, story)
        with _gateway(folder / "gateway") as server:
            story.tell("DEMO-GATEWAY", server=server)
            _send(desk, story, server, folder / "gateway")
            _second_desk(folder, story, server, actor)
    story.sum_up()
    return _show(folder, headless=headless)


def _make_folder(folder: Path) -> None:
    if folder.exists():
        if any(folder.iterdir()) and not (folder / MARK).exists():
            raise UserError("DEMO-FOLDER", folder=str(folder))
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARK).touch()


def _import(desk: Desk, story: Story, path: Path, type_id: str) -> None:
    plan = propose_import(desk, path, type_id=type_id)
    report = run_import(desk, plan)
    if report.rejected:
        raise UserError("DEMO-REJECTED", file=path.name, reason=report.rejected[0].text)
    encodings = sorted({plan.encodings[column] for column in report.repaired}) or ["utf-8"]
    story.tell(
        "DEMO-IMPORT",
        file=path.name,
        count=report.written,
        type=desk.catalogue.type(type_id).title,
        system=plan.system.label() if plan.system else "–",
        encodings=encodings,
        repaired=sum(report.repaired.values()),
    )


def _check_and_approve(desk: Desk, story: Story) -> None:
    report = check_desk(desk)
    story.tell("DEMO-CHECK", **report.summary())
    approval = approve(desk)
    if approval.blocked:
        first = next(iter(approval.blocked.values()))[0]
        raise UserError("DEMO-BLOCKED", count=len(approval.blocked), reason=first.text())
    story.tell("DEMO-APPROVE", count=len(approval.approved))


def _send(desk: Desk, story: Story, server: str, database: Path) -> None:
    code = _run_program("enrol-code", "--database", str(database / "province.sqlite"), "--commune", COMMUNE)
    enrolment = enrol(desk, server, code)
    story.tell("DEMO-ENROL", device=enrolment["device_id"])
    report = sync(desk)
    package = outbox_of(desk).packages[-1]
    path = package_file(desk, package)
    story.tell("DEMO-PACKAGE", package=package.package_id[:16], count=verify_package(path)["count"], file=path)
    story.tell("DEMO-RECEIPT", **report.summary(), file=report.receipts[-1])
    accepted = sum(states.get(State.ACCEPTED, 0) for states in count_by_type(desk).values())
    story.tell("DEMO-ACCEPTED", count=accepted)


def _second_desk(folder: Path, story: Story, server: str, actor: Actor) -> None:
    code = _run_program("enrol-code", "--database", str(folder / "gateway" / "province.sqlite"), "--commune", COMMUNE)
    with create_desk(folder / "second workspace", COMMUNE, actor=actor, clock=utc_now) as second:
        enrol(second, server, code)
        report = sync(second)
        total = sum(sum(states.values()) for states in count_by_type(second).values())
    story.tell("DEMO-SECOND", pulled=report.summary()["pulled"], count=total)


@contextmanager
def _gateway(folder: Path) -> Iterator[str]:
    """Run the gateway as a program of its own on an embedded store, and stop it at the end."""
    folder.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = f"http://127.0.0.1:{port}"
    with (folder / "gateway.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*_program(), "serve", "--database", str(folder / "province.sqlite"), "--port", str(port)],
            stdout=log,
            stderr=log,
        )
        try:
            _await(server, process)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=30)


def _await(server: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_WAIT_S
    address = (server.split("//")[1].split(":", maxsplit=1)[0], int(server.rsplit(":", 1)[1]))
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(address) == 0:
                return
        time.sleep(0.1)
    raise EnvironmentFault("DEMO-GATEWAY-SILENT", server=server)


def _program() -> list[str]:
    """Return the command that starts this program again."""
    return [sys.executable] if is_frozen() else [sys.executable, "-m", "diaba"]


def _run_program(*arguments: str) -> str:
    done = subprocess.run([*_program(), *arguments], capture_output=True, text=True, check=True, encoding="utf-8")
    return done.stdout.strip()


def _has_screen() -> bool:
    return sys.platform == "win32" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _show(folder: Path, *, headless: bool) -> int:
    typer.echo("")
    if _has_screen() and not headless:
        from desktop.app import run_window

        typer.echo(render("DEMO-WINDOW"))
        return run_window(folder / "workspace")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from desktop.app import render_pictures

    for picture in render_pictures(folder / "workspace", folder / "pictures"):
        typer.echo(render("DEMO-PICTURE", {"file": str(picture)}))
    return 0
