"""What a sender says of its upload beside the package's id, to be told again."""

from alembic import op
from sqlalchemy import Column, Text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; uploads on their way have nothing to tell."""
    op.add_column("uploads", Column("metadata", Text()))
