"""Keys with which programs read accepted data."""

from alembic import op
from sqlalchemy import Boolean, Column, PrimaryKeyConstraint, String, Text, UniqueConstraint

from province.columns import code_text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "reading_keys",
        Column("key_id", code_text(36), nullable=False),
        Column("key_hash", code_text(64), nullable=False),
        Column("name", String(length=200), nullable=False),
        Column("types", Text()),
        Column("communes", Text()),
        Column("personal", Boolean(), nullable=False),
        Column("created_at", code_text(24), nullable=False),
        Column("revoked_at", code_text(24)),
        PrimaryKeyConstraint("key_id"),
        UniqueConstraint("key_hash"),
    )
