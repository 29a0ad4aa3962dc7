"""Brings the gateway's tables to the form this program knows, step by step; each step is a file of ``migrations``."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from core.errors import EnvironmentFault


def steps() -> ScriptDirectory:
    """Return every step, in order."""
    return ScriptDirectory.from_config(_config())


def newest_revision() -> str:
    """Return the step that this program needs."""
    return steps().get_current_head() or ""


def current_revision(connection: Connection) -> str | None:
    """Return the step a database has reached, ``None`` when no step was taken."""
    return MigrationContext.configure(connection).get_current_revision()


def needs_steps(connection: Connection) -> bool:
    """Return whether steps are missing; raise GATEWAY-SCHEMA-NEWER when a newer program has taken further ones."""
    found = current_revision(connection)
    known = {step.revision for step in steps().walk_revisions()}
    if found is not None and found not in known:
        raise EnvironmentFault("GATEWAY-SCHEMA-NEWER", found=found, known=newest_revision())
    return found != newest_revision()


def take_steps(connection: Connection) -> None:
    """Take the missing steps in the caller's transaction: all of them, or none."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    folder = str(Path(__file__).parent / "migrations")
    config.set_main_option("script_location", folder.replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
