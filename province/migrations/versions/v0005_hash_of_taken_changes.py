"""The hash of a change that was taken: its content is kept once, with the version that says the same."""

from alembic import op
from sqlalchemy import Column

from province.columns import DIGEST

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; changes that were taken before keep their contents and have none."""
    op.add_column("taken_changes", Column("content_hash", DIGEST))
