"""The store's own tables."""

from sqlalchemy import (
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData()

workspace_info = Table(
    "workspace_info",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

record_types = Table(
    "record_types",
    metadata,
    Column("type_id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("definition", Text, nullable=False),
)

STANDS, UNDONE, FORGOTTEN = 0, 1, 2  # a group stands, is undone and can be redone, or is undone for good

change_groups = Table(
    "change_groups",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("group_id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("authenticated", Integer, nullable=False),
    Column("device", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("first_sequence", Integer, nullable=False),
    Column("undo_state", Integer, nullable=False, server_default=text("0")),
)
Index(
    "ix_change_groups_undo",
    change_groups.c.undo_state,
    change_groups.c.number,
    sqlite_where=text("kind IN ('edit', 'import')"),
)

changes = Table(
    "changes",
    metadata,
    Column("sequence", Integer, primary_key=True),
    Column("group_number", Integer, nullable=False),
    Column("type_id", Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("before", Text),
    Column("after", Text),
    Column("revision", Integer, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
Index("ix_changes_uid", changes.c.uid, changes.c.sequence)

outbox = Table(
    "outbox",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("type_id", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("changed_at", Text, nullable=False),
    Column("package_id", Text),
    Column("result", Text),
    Column("code", Text),
    Column("field", Text),
    sqlite_with_rowid=False,
)

bases = Table(
    "bases",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("type_id", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("content", Text),
)

packages = Table(
    "packages",
    metadata,
    Column("package_id", Text, primary_key=True),
    Column("sequence", Integer, nullable=False, unique=True),
    Column("path", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("sealed_at", Text, nullable=False),
    Column("sealed_by", Text, nullable=False),
    Column("journal_last", Integer, nullable=False),
    Column("header", Text, nullable=False),
    Column("counts", Text, nullable=False),
    Column("receipt", Text),
    Column("received_at", Text),
)

package_changes = Table(
    "package_changes",
    metadata,
    Column("package_id", Text, primary_key=True),
    Column("uid", Text, primary_key=True),
    Column("type_id", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("content", Text),
    Column("result", Text),
    Column("code", Text),
    Column("field", Text),
    sqlite_with_rowid=False,
)
Index("ix_package_changes_open", package_changes.c.uid, sqlite_where=text("result IS NULL"))
Index("ix_package_changes_uid", package_changes.c.uid)

conflicts = Table(
    "conflicts",
    metadata,
    Column("uid", Text, primary_key=True),
    Column("type_id", Text, nullable=False),
    Column("theirs_revision", Integer, nullable=False),
    Column("theirs", Text),
    Column("at", Text, nullable=False),
)

remarks = Table(
    "remarks",
    metadata,
    Column("remark_id", Text, primary_key=True),
    Column("uid", Text),
    Column("type_id", Text),
    Column("field", Text),
    Column("x", Float),
    Column("y", Float),
    Column("text", Text, nullable=False),
    Column("deadline", Text),
    Column("created_at", Text, nullable=False),
    Column("closed_at", Text),
    Column("done_at", Text),
    Column("done_by", Text),
)

figures = Table(
    "figures",
    metadata,
    Column("day", Text, primary_key=True),
    Column("word", Text, primary_key=True),
    Column("good", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    sqlite_with_rowid=False,
)

boundaries = Table(
    "boundaries",
    metadata,
    Column("fid", Integer, primary_key=True),
    Column("commune_code", Text, nullable=False, unique=True),
    Column("source", Text, nullable=False),
    Column("stored_at", Text, nullable=False),
)

catalogue_packs = Table(
    "catalogue_packs",
    metadata,
    Column("pack_id", Text, primary_key=True),
    Column("place", Integer, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    Column("header", Text, nullable=False),
    Column("loaded_at", Text, nullable=False),
    Column("loaded_by", Text, nullable=False),
)

pack_files = Table(
    "pack_files",
    metadata,
    Column("pack_id", Text, primary_key=True),
    Column("folder", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

contents = Table(
    "contents",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("bytes", Integer, nullable=False),
    Column("mime", Text, nullable=False),
    Column("stored_bytes", Integer, nullable=False),
    Column("added_at", Text, nullable=False),
    Column("facts", Text),
    Column("preview", LargeBinary),
    Column("is_damaged", Integer, nullable=False, server_default=text("0")),
    Column("province_at", Text),
)

content_chunks = Table(
    "content_chunks",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

drafts = Table(
    "drafts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("type_id", Text, nullable=False),
    Column("uid", Text),
    Column("revision", Integer, nullable=False),
    Column("texts", Text, nullable=False),
    Column("held_values", Text, nullable=False),
    Column("geometry", Text),
    Column("capture_method", Text),
    Column("saved_at", Text, nullable=False),
)

basemaps = Table(
    "basemaps",
    metadata,
    Column("basemap_id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("facts", Text, nullable=False),
    Column("system", Text),
    Column("placement", Text),
    Column("control", Text),
    Column("is_shown", Integer, nullable=False),
    Column("is_above", Integer, nullable=False),
    Column("opacity", Float, nullable=False),
    Column("added_at", Text, nullable=False),
)

code_marks = Table(
    "code_marks",
    metadata,
    Column("device_id", Text, primary_key=True),
    Column("attempt", Integer, nullable=False),
)

code_counters = Table(
    "code_counters",
    metadata,
    Column("mark", Text, primary_key=True),
    Column("type_code", Text, primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
    sqlite_with_rowid=False,
)

waivers = Table(
    "waivers",
    metadata,
    Column("key", Text, primary_key=True),
    Column("type_id", Text, nullable=False),
    Column("uid", Text, nullable=False),
    Column("content", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_waivers_uid", waivers.c.uid)

drawing_profiles = Table(
    "drawing_profiles",
    metadata,
    Column("name", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("saved_at", Text, nullable=False),
    Column("saved_by", Text, nullable=False),
)

bookmarks = Table(
    "bookmarks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("xmin", Float, nullable=False),
    Column("ymin", Float, nullable=False),
    Column("xmax", Float, nullable=False),
    Column("ymax", Float, nullable=False),
    Column("created_at", Text, nullable=False),
    Column("created_by", Text, nullable=False),
)

import_profiles = Table(
    "import_profiles",
    metadata,
    Column("signature", Text, primary_key=True),
    Column("type_id", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("saved_at", Text, nullable=False),
    Column("saved_by", Text, nullable=False),
    sqlite_with_rowid=False,
)

finding_facts = Table(
    "finding_facts",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("rule_id", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("type_id", Text, nullable=False),
    Column("field", Text),
    Column("context", Text, nullable=False),
    Column("text_code", Text, nullable=False),
)
Index("ix_finding_facts_rule", finding_facts.c.rule_id, finding_facts.c.type_id)

findings = Table(
    "findings",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("uid", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("fact", Integer, nullable=False),
    Column("east", Float),
    Column("north", Float),
    Column("others", Text),
)
Index("ix_findings_uid", findings.c.uid)
Index("ix_findings_fact", findings.c.fact)

finding_marks = Table(
    "finding_marks",
    metadata,
    Column("run", Text, primary_key=True),
    Column("sequence", Integer, nullable=False),
    Column("hash", Text, nullable=False),
    Column("surroundings", Text, nullable=False),
    Column("contents", Text, nullable=False),
    Column("facts", Text, nullable=False),
)
SYSTEM_TABLES = frozenset({*metadata.tables, "record_search"})
