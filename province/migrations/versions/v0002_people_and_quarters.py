"""The province's people, their sessions and what they did; quarters, silence and the figures of packages."""

import json

from alembic import op
from sqlalchemy import (
    Boolean,
    Column,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    column,
    select,
    table,
)

from province.columns import code_text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TAKEN = ("applied", "merged", "duplicate")
AT_ONCE = 200


def upgrade() -> None:
    """Make the tables, and count what the packages brought that are here already."""
    figures = op.create_table(
        "package_figures",
        Column("commune_code", code_text(5), nullable=False),
        Column("package_id", code_text(64), nullable=False),
        Column("received_at", code_text(24), nullable=False),
        Column("sent", Integer(), nullable=False),
        Column("accepted", Integer(), nullable=False),
        Column("returned", Integer(), nullable=False),
        PrimaryKeyConstraint("commune_code", "package_id"),
    )
    op.create_index("ix_package_figures_received_at", "package_figures", ["received_at"])
    op.create_table(
        "silence_reasons",
        Column("commune_code", code_text(5), nullable=False),
        Column("quarter", code_text(6), nullable=False),
        Column("reason", Text(), nullable=False),
        Column("document", String(length=200), nullable=False),
        Column("login", String(length=60), nullable=False),
        Column("at", code_text(24), nullable=False),
        PrimaryKeyConstraint("commune_code", "quarter"),
    )
    op.create_table(
        "device_replacements",
        Column("commune_code", code_text(5), nullable=False),
        Column("code_hash", code_text(64), nullable=False),
        Column("device_id", code_text(36), nullable=False),
        Column("at", code_text(24), nullable=False),
        PrimaryKeyConstraint("commune_code", "code_hash"),
    )
    op.create_table(
        "quarter_deadlines",
        Column("quarter", code_text(6), nullable=False),
        Column("province_code", code_text(2), nullable=False),
        Column("day", code_text(10), nullable=False),
        Column("document", String(length=200), nullable=False),
        Column("login", String(length=60), nullable=False),
        Column("at", code_text(24), nullable=False),
        PrimaryKeyConstraint("quarter", "province_code"),
    )
    _make_people()
    assert figures is not None  # noqa: S101 (this never runs without a database)
    _count_packages(figures)


def _make_people() -> None:
    op.create_table(
        "people",
        Column("person_id", code_text(36), nullable=False),
        Column("login", code_text(60), nullable=False),
        Column("name", String(length=200), nullable=False),
        Column("role", String(length=20), nullable=False),
        Column("province_code", code_text(2)),
        Column("language", code_text(2), nullable=False),
        Column("password_hash", Text(), nullable=False),
        Column("must_change", Boolean(), nullable=False),
        Column("failures", Integer(), nullable=False),
        Column("locked_until", code_text(24)),
        Column("created_at", code_text(24), nullable=False),
        Column("disabled_at", code_text(24)),
        PrimaryKeyConstraint("person_id"),
        UniqueConstraint("login"),
    )
    op.create_table(
        "browser_sessions",
        Column("session_hash", code_text(64), nullable=False),
        Column("person_id", code_text(36), nullable=False),
        Column("form_token", code_text(64), nullable=False),
        Column("seen_at", code_text(24), nullable=False),
        Column("expires_at", code_text(24), nullable=False),
        PrimaryKeyConstraint("session_hash"),
        ForeignKeyConstraint(["person_id"], ["people.person_id"]),
    )
    op.create_index("ix_browser_sessions_person_id", "browser_sessions", ["person_id"])
    op.create_index("ix_browser_sessions_expires_at", "browser_sessions", ["expires_at"])
    op.create_table(
        "person_actions",
        Column("action_id", code_text(36), nullable=False),
        Column("at", code_text(24), nullable=False),
        Column("login", String(length=60), nullable=False),
        Column("province_code", code_text(2)),
        Column("commune_code", code_text(5)),
        Column("action", code_text(40), nullable=False),
        Column("context", Text(), nullable=False),
        PrimaryKeyConstraint("action_id"),
    )


def _count_packages(figures: object) -> None:
    """Read the receipts that were given, some at a time."""
    packages = table("packages", *map(column, ("commune_code", "package_id", "received_at", "receipt")))
    connection = op.get_bind()
    key = (packages.c.commune_code, packages.c.package_id)
    last = ("", "")
    while True:
        later = (key[0] > last[0]) | ((key[0] == last[0]) & (key[1] > last[1]))
        rows = connection.execute(select(packages).where(later).order_by(*key).limit(AT_ONCE)).all()
        if not rows:
            return
        found = []
        for row in rows:
            results = [outcome["result"] for outcome in json.loads(row.receipt)["document"]["outcomes"]]
            taken = sum(result in TAKEN for result in results)
            found.append(
                {
                    "commune_code": row.commune_code,
                    "package_id": row.package_id,
                    "received_at": row.received_at,
                    "sent": len(results),
                    "accepted": taken,
                    "returned": len(results) - taken,
                }
            )
        op.bulk_insert(figures, found)  # type: ignore[arg-type]
        last = (rows[-1].commune_code, rows[-1].package_id)
