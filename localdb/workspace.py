"""A workspace: the folder a commune's records live in, opened by one program at a time."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path

from shapely.geometry.base import BaseGeometry
from sqlalchemy import Connection

from core.errors import AppError, EnvironmentFault, UserError
from core.identity import new_uid
from forms.administration import Commune, load_communes
from forms.catalogue import Catalogue
from forms.loader import extend_catalogue
from forms.sources import Sources
from geodesy.systems import CoordinateSystem
from localdb import faults
from localdb.boundary import forget_boundaries, store_boundary
from localdb.catalogue_sync import (
    Types,
    fetch_type_numbers,
    find_missing,
    is_current,
    migrate_system,
    schema_version,
    sync_catalogue,
)
from localdb.engine import Store, create_store, fetch_rows, open_store
from localdb.folders import FolderLock, is_writable, lock_folder, refuse_network_share
from localdb.keys import load_device
from localdb.packs import fetch_packs
from validation.declared import refuse_unfit

STORE_FILE = "store.sqlite"
FOLDERS = ("packages", "backups", "basemaps", "logs")


@dataclass(frozen=True, slots=True)
class WorkspaceInfo:
    """What a workspace is of: its commune, and the zone its geometry is stored in.

    ``epsg`` and ``axis`` are the zone's; ``display_axis`` is the one that entry and display start with.
    """

    workspace_id: str
    commune_code: str
    province_code: str
    epsg: int
    axis: float
    display_axis: float
    created_at: str
    boundary_source: str | None


class Workspace:
    """An open workspace; close it, for closing folds the log into the store and lets others in."""

    def __init__(
        self,
        folder: Path,
        store: Store,
        catalogue: Catalogue,
        info: WorkspaceInfo,
        lock: FolderLock | None,
        program_catalogue: Catalogue,
    ) -> None:
        self.folder = folder
        self.store = store
        self.catalogue = catalogue
        self._program_catalogue = program_catalogue
        self.info = info
        self.device_id = load_device(info.workspace_id).device_id
        self._lock = lock
        with store.reading() as connection:
            self.type_numbers = fetch_type_numbers(connection)

    @property
    def srid(self) -> int:
        """The EPSG code of the zone that holds every geometry of the workspace."""
        return self.info.epsg

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one unchanging moment of the store."""
        with self.store.reading() as connection:
            yield connection

    def replace_boundary(self, outlines: Mapping[str, BaseGeometry], *, source: str, now: str) -> None:
        """Store the outlines of communes, this one's among them, in the place of those that were there."""
        with self.store.writing() as connection:
            forget_boundaries(connection)
            for code, outline in outlines.items():
                store_boundary(connection, code, outline, srid=self.srid, source=source, now=now)
            connection.exec_driver_sql(
                "INSERT INTO workspace_info(key, value) VALUES ('boundary_source', ?) "
                "ON CONFLICT(key) DO UPDATE SET value = excluded.value",
                (source,),
            )
        self.info = replace(self.info, boundary_source=source)

    def catalogue_with(self, packs: Iterable[Sources]) -> Catalogue:
        """Return the program's catalogue with these packs over it; raise FORM-SYNTAX when they do not fit together."""
        return extend_catalogue(self._program_catalogue, packs)

    def change_catalogue(self, change: Callable[[Connection], None]) -> None:
        """Let ``change`` store or forget packs, and bring the tables up to the catalogue that follows from them.

        All in one transaction. Raise FORM-SYNTAX when the packs do not fit together, STORE-CATALOGUE when a field would
        have to be stored otherwise.
        """
        with self.store.writing() as connection:
            change(connection)
            catalogue = _with_packs(connection, self._program_catalogue)
            sync_catalogue(connection, catalogue.types, self.srid)
            numbers = fetch_type_numbers(connection)
        self.catalogue, self.type_numbers = catalogue, numbers

    def close(self) -> None:
        """Close the store and let another program open the folder."""
        self.store.close()
        if self._lock is not None:
            self._lock.release()


def create_workspace(
    folder: Path,
    *,
    commune: Commune,
    system: CoordinateSystem,
    boundary: BaseGeometry | None,
    boundary_source: str | None,
    catalogue: Catalogue,
    now: str,
    display_axis: float | None = None,
    key: bytes | None = None,
) -> Workspace:
    """Create a workspace in ``folder`` (made when missing) and open it; a failure leaves no store behind.

    ``boundary`` lies in ``system``, the zone that all geometry is stored in. Raise STORE-ZONE for a zone without an
    EPSG code, STORE-EXISTS, STORE-READONLY, STORE-FULL, STORE-NETWORK-SHARE or STORE-LOCKED.
    """
    if system.epsg is None or system.axis is None:
        raise UserError("STORE-ZONE", system=system.label())
    folder = Path(os.path.abspath(folder))
    refuse_network_share(folder)
    _make_folders(folder)
    lock = lock_folder(folder)
    info = WorkspaceInfo(
        workspace_id=new_uid(),
        commune_code=commune.code,
        province_code=commune.province_code,
        epsg=system.epsg,
        axis=system.axis,
        display_axis=system.axis if display_axis is None else display_axis,
        created_at=now,
        boundary_source=boundary_source,
    )
    try:
        _build_store(folder, info, boundary, catalogue, key)
        return _open(folder, catalogue, lock, key=key, read_only=False)
    except BaseException:
        lock.release()
        raise


def open_workspace(
    folder: Path,
    catalogue: Catalogue,
    *,
    read_only: bool = False,
    key: bytes | None = None,
    without_packs: bool = False,
) -> Workspace:
    """Open the workspace in ``folder`` and bring its tables up to the catalogue and the packs the workspace holds.

    ``without_packs`` leaves those aside, so that one which no longer fits (PACK-MISFIT) can be replaced or removed.
    Raise STORE-MISSING, STORE-DAMAGED, STORE-LOCKED, STORE-READONLY (open it ``read_only`` then), STORE-NEWER,
    STORE-UPGRADE, STORE-CATALOGUE or STORE-NETWORK-SHARE.
    """
    folder = Path(os.path.abspath(folder))
    refuse_network_share(folder)
    if not (folder / STORE_FILE).is_file():
        raise UserError("STORE-MISSING", file=str(folder / STORE_FILE), folder=str(folder))
    if read_only:
        return _open(folder, catalogue, None, key=key, read_only=True, without_packs=without_packs)
    if not is_writable(folder):
        raise EnvironmentFault("STORE-READONLY", file=str(folder / STORE_FILE), folder=str(folder))
    lock = lock_folder(folder)
    try:
        return _open(folder, catalogue, lock, key=key, read_only=False, without_packs=without_packs)
    except BaseException:
        lock.release()
        raise


def _make_folders(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise UserError("STORE-EXISTS", file=str(folder), folder=str(folder)) from error
    except OSError as error:
        raise faults.fault_of_disk(error, folder / STORE_FILE) from error
    if not is_writable(folder):
        raise EnvironmentFault("STORE-READONLY", file=str(folder / STORE_FILE), folder=str(folder))
    if (folder / STORE_FILE).exists():
        raise UserError("STORE-EXISTS", file=str(folder / STORE_FILE), folder=str(folder))
    try:
        for name in FOLDERS:
            (folder / name).mkdir(exist_ok=True)
    except OSError as error:
        raise faults.fault_of_disk(error, folder / STORE_FILE) from error


def _build_store(
    folder: Path, info: WorkspaceInfo, boundary: BaseGeometry | None, catalogue: Catalogue, key: bytes | None
) -> None:
    """Make the whole store under a working name, then give it its own: half a workspace is never seen."""
    path = folder / f"{STORE_FILE}.new"
    _remove(path)
    try:
        store = create_store(path, key=key)
        try:
            with store.writing() as connection:
                migrate_system(connection, info.epsg)
                sync_catalogue(connection, catalogue.types, info.epsg)
                _write_info(connection, info)
                if boundary is not None:
                    source = info.boundary_source or ""
                    store_boundary(
                        connection, info.commune_code, boundary, srid=info.epsg, source=source, now=info.created_at
                    )
        finally:
            store.close()
        path.replace(folder / STORE_FILE)
    except (AppError, OSError) as error:
        _remove(path)
        if isinstance(error, OSError):
            raise faults.fault_of_disk(error, path) from error
        raise


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _open(
    folder: Path,
    catalogue: Catalogue,
    lock: FolderLock | None,
    *,
    key: bytes | None,
    read_only: bool,
    without_packs: bool = False,
) -> Workspace:
    store = open_store(folder / STORE_FILE, key=key, read_only=read_only)
    try:
        with store.reading() as connection:
            info = _read_info(connection, store)
            extended = catalogue if without_packs else _with_packs(connection, catalogue)
        _bring_up(store, extended, info)
        return Workspace(folder, store, extended, info, lock, catalogue)
    except BaseException:
        store.close()
        raise


def _with_packs(connection: Connection, catalogue: Catalogue) -> Catalogue:
    """Return the catalogue with the store's packs over it; raise PACK-MISFIT when a pack no longer fits the program."""
    packs = fetch_packs(connection)
    try:
        extended = extend_catalogue(catalogue, [pack.sources for pack in packs])
        refuse_unfit(extended)
    except UserError as error:
        names = [pack.header["name"] for pack in packs]
        raise UserError("PACK-MISFIT", packs=[name["vi"] for name in names], reason=str(error)) from error
    return extended


def _bring_up(store: Store, catalogue: Catalogue, info: WorkspaceInfo) -> None:
    """Add to the store what the catalogue has more; a store that cannot be written must have it all."""
    with store.reading() as connection:
        if is_current(connection, catalogue.types):
            _refuse_missing(connection, store, catalogue.types, info)
            return
    if store.read_only:
        raise UserError("STORE-UPGRADE", folder=str(store.path.parent))
    with store.writing() as connection:
        migrate_system(connection, info.epsg)
        sync_catalogue(connection, catalogue.types, info.epsg)


def _refuse_missing(connection: Connection, store: Store, types: Types, info: WorkspaceInfo) -> None:
    found = find_missing(connection, types, info.epsg)
    if found:
        raise EnvironmentFault("STORE-DAMAGED", file=str(store.path), what=found, folder=str(store.path.parent))


def _write_info(connection: Connection, info: WorkspaceInfo) -> None:
    rows = [(item.name, getattr(info, item.name)) for item in fields(info)]
    connection.exec_driver_sql(
        "INSERT INTO workspace_info(key, value) VALUES (?, ?)",
        [(key, str(value)) for key, value in rows if value is not None],
    )


def _read_info(connection: Connection, store: Store) -> WorkspaceInfo:
    try:
        rows = (
            dict(fetch_rows(connection, "SELECT key, value FROM workspace_info")) if schema_version(connection) else {}
        )
        return WorkspaceInfo(
            workspace_id=rows["workspace_id"],
            commune_code=load_communes()[rows["commune_code"]].code,
            province_code=rows["province_code"],
            epsg=int(rows["epsg"]),
            axis=float(rows["axis"]),
            display_axis=float(rows["display_axis"]),
            created_at=rows["created_at"],
            boundary_source=rows.get("boundary_source"),
        )
    except (KeyError, ValueError) as error:
        raise EnvironmentFault(
            "STORE-DAMAGED", file=str(store.path), what="workspace_info", folder=str(store.path.parent)
        ) from error
