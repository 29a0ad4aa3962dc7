"""What each package brought, counted once when it was taken, so that a quarter's figures are sums of few rows."""

from collections.abc import Sequence

from sqlalchemy import Connection, insert

from province.tables import package_figures
from wire.header import PackageHeader
from wire.receipt import TAKEN, Result


def note_figures(connection: Connection, header: PackageHeader, results: Sequence[Result], now: str) -> None:
    """Keep how many changes a package sent, how many of them were accepted, and how many went back."""
    accepted = sum(result in TAKEN for result in results)
    connection.execute(
        insert(package_figures).values(
            commune_code=header.commune_code,
            package_id=header.package_id,
            received_at=now,
            sent=len(results),
            accepted=accepted,
            returned=len(results) - accepted,
        )
    )
