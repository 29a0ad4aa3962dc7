"""Puts the gateway together as a web application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import platformdirs
from fastapi import FastAPI

from province import handout_routes, ogc, routes, upload_routes
from province.access import Parts
from province.describing import describe
from province.faults import register_handlers
from province.gateway import open_gateway
from province.intake import Intake
from province.pages.router import router as pages_router
from province.settings import GatewaySettings
from province.storage import embedded_path
from province.tus import MethodOverride
from province.uploads import Uploads

DATABASE_FILE = "province.sqlite"


def default_folder() -> Path:
    """Return the gateway's own data folder on this computer."""
    return Path(platformdirs.user_data_dir("diaba", appauthor=False)) / "province"


def default_settings(database_url: str | None, folder: Path | None = None) -> tuple[str, GatewaySettings]:
    """Return the database's location and the settings that go with it.

    Keys and packages lie in ``folder``, which every worker on one database shares; when it is not named, beside an
    embedded file, else in the data folder of this computer.
    """
    location = database_url or str(default_folder() / DATABASE_FILE)
    path = embedded_path(location)
    usual = default_folder() if path is None else path.absolute().parent / f"{path.stem}-gateway"
    return location, GatewaySettings(folder or usual)


def build_app(database_url: str | None = None, settings: GatewaySettings | None = None) -> FastAPI:
    """Return the application over a database (a path, ``sqlite:///`` and a path, or a server's URL).

    The database is opened here, so that what is wrong with it is said before anything listens; packages are taken from
    the moment the application starts until it stops.
    """
    location, usual = default_settings(database_url)
    gateway = open_gateway(location, settings or usual)
    uploads = Uploads(gateway)
    parts = Parts(gateway, uploads, Intake(gateway, uploads))

    @asynccontextmanager
    async def live(_app: FastAPI) -> AsyncIterator[None]:
        parts.intake.start()
        try:
            yield
        finally:
            parts.intake.stop()
            gateway.close()

    app = FastAPI(title="Địa Bạ: gateway of the province", version="1", lifespan=live, docs_url=None, redoc_url=None)
    app.state.parts = parts
    app.add_middleware(MethodOverride)
    for router in (routes.router, upload_routes.router, handout_routes.router, ogc.router, pages_router):
        app.include_router(router)
    register_handlers(app)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]
    return app
