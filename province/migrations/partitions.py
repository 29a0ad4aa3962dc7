"""Cuts a table of a server's database by commune."""

from alembic import op


def create_partitions(table: str, count: int) -> None:
    """Give a table that is partitioned by the hash of its commune ``count`` partitions."""
    for number in range(count):
        op.execute(
            f"CREATE TABLE {table}_p{number:02} PARTITION OF {table} "
            f"FOR VALUES WITH (MODULUS {count}, REMAINDER {number})"
        )
