"""The gateway's tables, the same on the embedded store and on a server's database.

Everything that belongs to a commune has its code first in its key, so that a server partitions it by commune and a
national deployment can spread communes over machines (ADR 14); within a commune, changes are numbered by one sequence,
which a writer holds until it commits. The migrations make these tables; a test holds both against each other.
"""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from province.columns import COMMUNE, DIGEST, MOMENT, POSTGRESQL, UID, Geometry, code_text

PARTITIONED = ("packages", "taken_changes", "attachments", "records", "versions")
"""The tables that grow with every package; on a server's database each is cut by commune into ``PARTITIONS``."""

PARTITIONS = 16
BY_COMMUNE: dict[str, Any] = {"postgresql_partition_by": "HASH (commune_code)"}

metadata = MetaData()

server_facts = Table(
    "server_facts", metadata, Column("key", code_text(40), primary_key=True), Column("value", Text, nullable=False)
)

enrolment_codes = Table(
    "enrolment_codes",
    metadata,
    Column("code_hash", DIGEST, primary_key=True),
    Column("commune_code", COMMUNE, nullable=False),
    Column("role", String(20), nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("used_at", MOMENT),
    Column("device_id", UID),
)

devices = Table(
    "devices",
    metadata,
    Column("device_id", UID, primary_key=True),
    Column("commune_code", COMMUNE, nullable=False, index=True),
    Column("role", String(20), nullable=False),
    Column("public_key", code_text(80), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("enrolled_at", MOMENT, nullable=False),
    Column("seen_at", MOMENT),
    Column("revoked_at", MOMENT),
)

nonces = Table(
    "nonces",
    metadata,
    Column("nonce_hash", DIGEST, primary_key=True),
    Column("device_id", UID, ForeignKey(devices.c.device_id), nullable=False),
    Column("expires_at", MOMENT, nullable=False, index=True),
)

tokens = Table(
    "tokens",
    metadata,
    Column("token_hash", DIGEST, primary_key=True),
    Column("device_id", UID, ForeignKey(devices.c.device_id), nullable=False),
    Column("expires_at", MOMENT, nullable=False, index=True),
)

uploads = Table(
    "uploads",
    metadata,
    Column("commune_code", COMMUNE, primary_key=True),
    Column("upload_id", UID, primary_key=True),
    Column("device_id", UID, ForeignKey(devices.c.device_id), nullable=False),
    Column("package_id", DIGEST, nullable=False, index=True),
    Column("length", BigInteger, nullable=False),
    Column("received_bytes", BigInteger, nullable=False),
    Column("state", String(20), nullable=False, index=True),
    Column("error", Text),
    Column("created_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False),
    Column("metadata", Text),
    UniqueConstraint("commune_code", "device_id", "package_id", name="one_upload_of_a_package"),
)

packages = Table(
    "packages",
    metadata,
    Column("commune_code", COMMUNE, primary_key=True),
    Column("package_id", DIGEST, primary_key=True),
    Column("device_id", UID, nullable=False),
    Column("device_sequence", BigInteger, nullable=False),
    Column("received_at", MOMENT, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("header", Text, nullable=False),
    Column("receipt", Text, nullable=False),
    UniqueConstraint("commune_code", "device_id", "device_sequence", name="one_package_a_number"),
    **BY_COMMUNE,
)

refused_packages = Table(
    "refused_packages",
    metadata,
    Column("commune_code", COMMUNE, primary_key=True),
    Column("package_id", DIGEST, primary_key=True),
    Column("device_id", UID, nullable=False),
    Column("device_sequence", BigInteger, nullable=False),
    Column("code", String(40), nullable=False),
    Column("at", MOMENT, nullable=False),
)

taken_changes = Table(
    "taken_changes",
    metadata,
    Column("commune_code", COMMUNE, primary_key=True),
    Column("change_id", DIGEST, primary_key=True),
    Column("package_id", DIGEST, nullable=False),
    Column("device_id", UID, nullable=False),
    Column("uid", UID, nullable=False),
    Column("device_revision", BigInteger, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("content", Text),
    Column("content_hash", DIGEST),
    **BY_COMMUNE,
)
Index("ix_taken_changes_lineage", taken_changes.c.commune_code, taken_changes.c.uid, taken_changes.c.device_id)

attachments = Table(
    "attachments",
    metadata,
    Column("commune_code", COMMUNE, primary_key=True),
    Column("sha256", DIGEST, primary_key=True),
    Column("package_id", DIGEST, nullable=False),
    Column("name", String(200), nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("at", MOMENT, nullable=False),
    **BY_COMMUNE,
)

commune_sequences = Table(
    "commune_sequences",
    metadata,
    Column("commune_code", COMMUNE, primary_key=True),
    Column("value", BigInteger, nullable=False),
)

records = Table(
    "records",
    metadata,
    Column("commune_code", COMMUNE, primary_key=True),
    Column("uid", UID, primary_key=True),
    Column("type_id", code_text(63), nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("epsg", Integer, nullable=False),
    Column("content", Text),
    Column("content_hash", DIGEST),
    Column("geometry", Geometry),
    Column("min_x", Float(53)),
    Column("min_y", Float(53)),
    Column("max_x", Float(53)),
    Column("max_y", Float(53)),
    Column("changed_at", MOMENT, nullable=False),
    **BY_COMMUNE,
)
Index("ix_records_type", records.c.type_id, records.c.uid)
Index("ix_records_geometry", records.c.geometry, postgresql_using="gist").ddl_if(dialect=POSTGRESQL)

versions = Table(
    "versions",
    metadata,
    Column("commune_code", COMMUNE, primary_key=True),
    Column("uid", UID, primary_key=True),
    Column("revision", BigInteger, primary_key=True),
    Column("sequence", BigInteger, nullable=False),
    Column("type_id", code_text(63), nullable=False),
    Column("content", Text),
    Column("content_hash", DIGEST),
    Column("device_id", UID, nullable=False),
    Column("package_id", DIGEST, nullable=False),
    Column("at", MOMENT, nullable=False),
    UniqueConstraint("commune_code", "sequence", name="one_version_a_number"),
    **BY_COMMUNE,
)

commune_boundaries = Table(
    "commune_boundaries",
    metadata,
    Column("commune_code", COMMUNE, primary_key=True),
    Column("epsg", Integer, nullable=False),
    Column("geometry", Geometry, nullable=False),
    Column("min_x", Float(53), nullable=False),
    Column("min_y", Float(53), nullable=False),
    Column("max_x", Float(53), nullable=False),
    Column("max_y", Float(53), nullable=False),
    Column("source", Text, nullable=False),
)

remarks = Table(
    "remarks",
    metadata,
    Column("commune_code", COMMUNE, primary_key=True),
    Column("remark_id", UID, primary_key=True),
    Column("uid", UID),
    Column("type_id", code_text(63)),
    Column("field", String(40)),
    Column("x", Float(53)),
    Column("y", Float(53)),
    Column("text", Text, nullable=False),
    Column("deadline", String(10)),
    Column("created_at", MOMENT, nullable=False),
    Column("closed_at", MOMENT),
)

package_figures = Table(
    "package_figures",
    metadata,
    Column("commune_code", COMMUNE, primary_key=True),
    Column("package_id", DIGEST, primary_key=True),
    Column("received_at", MOMENT, nullable=False, index=True),
    Column("sent", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("returned", Integer, nullable=False),
)

silence_reasons = Table(
    "silence_reasons",
    metadata,
    Column("commune_code", COMMUNE, primary_key=True),
    Column("quarter", code_text(6), primary_key=True),
    Column("reason", Text, nullable=False),
    Column("document", String(200), nullable=False),
    Column("login", String(60), nullable=False),
    Column("at", MOMENT, nullable=False),
)

device_replacements = Table(
    "device_replacements",
    metadata,
    Column("commune_code", COMMUNE, primary_key=True),
    Column("code_hash", DIGEST, primary_key=True),
    Column("device_id", UID, nullable=False),
    Column("at", MOMENT, nullable=False),
)

quarter_deadlines = Table(
    "quarter_deadlines",
    metadata,
    Column("quarter", code_text(6), primary_key=True),
    Column("province_code", code_text(2), primary_key=True),
    Column("day", code_text(10), nullable=False),
    Column("document", String(200), nullable=False),
    Column("login", String(60), nullable=False),
    Column("at", MOMENT, nullable=False),
)

people = Table(
    "people",
    metadata,
    Column("person_id", UID, primary_key=True),
    Column("login", code_text(60), nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("role", String(20), nullable=False),
    Column("province_code", code_text(2)),
    Column("language", code_text(2), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("must_change", Boolean, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", MOMENT),
    Column("created_at", MOMENT, nullable=False),
    Column("disabled_at", MOMENT),
)

browser_sessions = Table(
    "browser_sessions",
    metadata,
    Column("session_hash", DIGEST, primary_key=True),
    Column("person_id", UID, ForeignKey(people.c.person_id), nullable=False, index=True),
    Column("form_token", code_text(64), nullable=False),
    Column("seen_at", MOMENT, nullable=False),
    Column("expires_at", MOMENT, nullable=False, index=True),
)

person_actions = Table(
    "person_actions",
    metadata,
    Column("action_id", UID, primary_key=True),
    Column("at", MOMENT, nullable=False),
    Column("login", String(60), nullable=False),
    Column("province_code", code_text(2)),
    Column("commune_code", COMMUNE),
    Column("action", code_text(40), nullable=False),
    Column("context", Text, nullable=False),
)

incidents = Table(
    "incidents",
    metadata,
    Column("incident_id", UID, primary_key=True),
    Column("at", MOMENT, nullable=False),
    Column("commune_code", COMMUNE),
    Column("device_id", UID),
    Column("code", String(40), nullable=False),
    Column("context", Text, nullable=False),
)

reading_keys = Table(
    "reading_keys",
    metadata,
    Column("key_id", UID, primary_key=True),
    Column("key_hash", DIGEST, nullable=False, unique=True),
    Column("name", String(200), nullable=False),
    Column("types", Text),
    Column("communes", Text),
    Column("personal", Boolean, nullable=False),
    Column("created_at", MOMENT, nullable=False),
    Column("revoked_at", MOMENT),
)
