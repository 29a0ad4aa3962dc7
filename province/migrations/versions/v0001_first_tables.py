"""The first tables. An embedded store of before the migrations has them already and is taken as it is."""

from typing import Any

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)

from province.columns import Geometry, code_text
from province.migrations.partitions import create_partitions

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

PARTITIONED = ("packages", "taken_changes", "attachments", "records", "versions")
BY_COMMUNE: dict[str, Any] = {"postgresql_partition_by": "HASH (commune_code)"}


def upgrade() -> None:
    """Make every table; on a server's database with partitions by commune and geometries of PostGIS."""
    if op.get_context().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.create_table(
        "attachments",
        Column("commune_code", code_text(5), nullable=False),
        Column("sha256", code_text(64), nullable=False),
        Column("package_id", code_text(64), nullable=False),
        Column("name", String(length=200), nullable=False),
        Column("bytes", BigInteger(), nullable=False),
        Column("at", code_text(24), nullable=False),
        PrimaryKeyConstraint("commune_code", "sha256"),
        if_not_exists=True,
        **BY_COMMUNE,
    )
    op.create_table(
        "commune_boundaries",
        Column("commune_code", code_text(5), nullable=False),
        Column("epsg", Integer(), nullable=False),
        Column("geometry", Geometry(), nullable=False),
        Column("min_x", Float(precision=53), nullable=False),
        Column("min_y", Float(precision=53), nullable=False),
        Column("max_x", Float(precision=53), nullable=False),
        Column("max_y", Float(precision=53), nullable=False),
        Column("source", Text(), nullable=False),
        PrimaryKeyConstraint("commune_code"),
        if_not_exists=True,
    )
    op.create_table(
        "commune_sequences",
        Column("commune_code", code_text(5), nullable=False),
        Column("value", BigInteger(), nullable=False),
        PrimaryKeyConstraint("commune_code"),
        if_not_exists=True,
    )
    op.create_table(
        "devices",
        Column("device_id", code_text(36), nullable=False),
        Column("commune_code", code_text(5), nullable=False),
        Column("role", String(length=20), nullable=False),
        Column("public_key", code_text(80), nullable=False),
        Column("name", String(length=200), nullable=False),
        Column("enrolled_at", code_text(24), nullable=False),
        Column("seen_at", code_text(24)),
        Column("revoked_at", code_text(24)),
        PrimaryKeyConstraint("device_id"),
        UniqueConstraint("public_key"),
        if_not_exists=True,
    )
    op.create_index("ix_devices_commune_code", "devices", ["commune_code"], if_not_exists=True)
    op.create_table(
        "enrolment_codes",
        Column("code_hash", code_text(64), nullable=False),
        Column("commune_code", code_text(5), nullable=False),
        Column("role", String(length=20), nullable=False),
        Column("created_at", code_text(24), nullable=False),
        Column("expires_at", code_text(24), nullable=False),
        Column("used_at", code_text(24)),
        Column("device_id", code_text(36)),
        PrimaryKeyConstraint("code_hash"),
        if_not_exists=True,
    )
    op.create_table(
        "incidents",
        Column("incident_id", code_text(36), nullable=False),
        Column("at", code_text(24), nullable=False),
        Column("commune_code", code_text(5)),
        Column("device_id", code_text(36)),
        Column("code", String(length=40), nullable=False),
        Column("context", Text(), nullable=False),
        PrimaryKeyConstraint("incident_id"),
        if_not_exists=True,
    )
    op.create_table(
        "packages",
        Column("commune_code", code_text(5), nullable=False),
        Column("package_id", code_text(64), nullable=False),
        Column("device_id", code_text(36), nullable=False),
        Column("device_sequence", BigInteger(), nullable=False),
        Column("received_at", code_text(24), nullable=False),
        Column("sequence", BigInteger(), nullable=False),
        Column("header", Text(), nullable=False),
        Column("receipt", Text(), nullable=False),
        PrimaryKeyConstraint("commune_code", "package_id"),
        UniqueConstraint("commune_code", "device_id", "device_sequence", name="one_package_a_number"),
        if_not_exists=True,
        **BY_COMMUNE,
    )
    op.create_table(
        "records",
        Column("commune_code", code_text(5), nullable=False),
        Column("uid", code_text(36), nullable=False),
        Column("type_id", code_text(63), nullable=False),
        Column("revision", BigInteger(), nullable=False),
        Column("sequence", BigInteger(), nullable=False),
        Column("epsg", Integer(), nullable=False),
        Column("content", Text()),
        Column("content_hash", code_text(64)),
        Column("geometry", Geometry()),
        Column("min_x", Float(precision=53)),
        Column("min_y", Float(precision=53)),
        Column("max_x", Float(precision=53)),
        Column("max_y", Float(precision=53)),
        Column("changed_at", code_text(24), nullable=False),
        PrimaryKeyConstraint("commune_code", "uid"),
        if_not_exists=True,
        **BY_COMMUNE,
    )
    op.create_index("ix_records_type", "records", ["type_id", "uid"], if_not_exists=True)
    op.create_table(
        "refused_packages",
        Column("commune_code", code_text(5), nullable=False),
        Column("package_id", code_text(64), nullable=False),
        Column("device_id", code_text(36), nullable=False),
        Column("device_sequence", BigInteger(), nullable=False),
        Column("code", String(length=40), nullable=False),
        Column("at", code_text(24), nullable=False),
        PrimaryKeyConstraint("commune_code", "package_id"),
        if_not_exists=True,
    )
    op.create_table(
        "remarks",
        Column("commune_code", code_text(5), nullable=False),
        Column("remark_id", code_text(36), nullable=False),
        Column("uid", code_text(36)),
        Column("type_id", code_text(63)),
        Column("field", String(length=40)),
        Column("x", Float(precision=53)),
        Column("y", Float(precision=53)),
        Column("text", Text(), nullable=False),
        Column("deadline", String(length=10)),
        Column("created_at", code_text(24), nullable=False),
        Column("closed_at", code_text(24)),
        PrimaryKeyConstraint("commune_code", "remark_id"),
        if_not_exists=True,
    )
    op.create_table(
        "server_facts",
        Column("key", code_text(40), nullable=False),
        Column("value", Text(), nullable=False),
        PrimaryKeyConstraint("key"),
        if_not_exists=True,
    )
    op.create_table(
        "taken_changes",
        Column("commune_code", code_text(5), nullable=False),
        Column("change_id", code_text(64), nullable=False),
        Column("package_id", code_text(64), nullable=False),
        Column("device_id", code_text(36), nullable=False),
        Column("uid", code_text(36), nullable=False),
        Column("device_revision", BigInteger(), nullable=False),
        Column("revision", BigInteger(), nullable=False),
        Column("content", Text()),
        PrimaryKeyConstraint("commune_code", "change_id"),
        if_not_exists=True,
        **BY_COMMUNE,
    )
    op.create_index(
        "ix_taken_changes_lineage", "taken_changes", ["commune_code", "uid", "device_id"], if_not_exists=True
    )
    op.create_table(
        "versions",
        Column("commune_code", code_text(5), nullable=False),
        Column("uid", code_text(36), nullable=False),
        Column("revision", BigInteger(), nullable=False),
        Column("sequence", BigInteger(), nullable=False),
        Column("type_id", code_text(63), nullable=False),
        Column("content", Text()),
        Column("content_hash", code_text(64)),
        Column("device_id", code_text(36), nullable=False),
        Column("package_id", code_text(64), nullable=False),
        Column("at", code_text(24), nullable=False),
        PrimaryKeyConstraint("commune_code", "uid", "revision"),
        UniqueConstraint("commune_code", "sequence", name="one_version_a_number"),
        if_not_exists=True,
        **BY_COMMUNE,
    )
    op.create_table(
        "nonces",
        Column("nonce_hash", code_text(64), nullable=False),
        Column("device_id", code_text(36), nullable=False),
        Column("expires_at", code_text(24), nullable=False),
        ForeignKeyConstraint(
            ["device_id"],
            ["devices.device_id"],
        ),
        PrimaryKeyConstraint("nonce_hash"),
        if_not_exists=True,
    )
    op.create_index("ix_nonces_expires_at", "nonces", ["expires_at"], if_not_exists=True)
    op.create_table(
        "tokens",
        Column("token_hash", code_text(64), nullable=False),
        Column("device_id", code_text(36), nullable=False),
        Column("expires_at", code_text(24), nullable=False),
        ForeignKeyConstraint(
            ["device_id"],
            ["devices.device_id"],
        ),
        PrimaryKeyConstraint("token_hash"),
        if_not_exists=True,
    )
    op.create_index("ix_tokens_expires_at", "tokens", ["expires_at"], if_not_exists=True)
    op.create_table(
        "uploads",
        Column("commune_code", code_text(5), nullable=False),
        Column("upload_id", code_text(36), nullable=False),
        Column("device_id", code_text(36), nullable=False),
        Column("package_id", code_text(64), nullable=False),
        Column("length", BigInteger(), nullable=False),
        Column("received_bytes", BigInteger(), nullable=False),
        Column("state", String(length=20), nullable=False),
        Column("error", Text()),
        Column("created_at", code_text(24), nullable=False),
        Column("expires_at", code_text(24), nullable=False),
        ForeignKeyConstraint(
            ["device_id"],
            ["devices.device_id"],
        ),
        PrimaryKeyConstraint("commune_code", "upload_id"),
        UniqueConstraint("commune_code", "device_id", "package_id", name="one_upload_of_a_package"),
        if_not_exists=True,
    )
    op.create_index("ix_uploads_package_id", "uploads", ["package_id"], if_not_exists=True)
    op.create_index("ix_uploads_state", "uploads", ["state"], if_not_exists=True)

    if op.get_context().dialect.name == "postgresql":
        for table in PARTITIONED:
            create_partitions(table, 16)
        for table in ("records", "commune_boundaries"):
            op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {table}_in_its_zone CHECK (ST_SRID(geometry) = epsg)")
        op.execute("CREATE INDEX ix_records_geometry ON records USING gist (geometry)")
