"""Packages and receipts: what came, what was refused whole, and what became of each change."""

import json
import re
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select
from starlette.responses import Response

from core.errors import UserError
from forms.administration import load_communes
from province.pages.asking import PageRoute, Viewer
from province.pages.named import fetch_named
from province.pages.quarters import fetch_period
from province.pages.rendering import PRIVATE, Address, cut, page_numbers
from province.pages.standings import communes_of
from province.tables import package_figures, packages, refused_packages
from wire.receipt import RESULTS

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PAGE, OUTCOMES = 50, 100
_DIGEST = re.compile(r"[0-9a-f]{64}")
_AFTER = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)-([0-9a-f]{64})")

Text = Annotated[str, Query(max_length=100)]
Number = Annotated[int, Query(ge=1, le=1_000_000)]


@router.get("/page/packages")
def packages_page(
    visitor: Viewer, quarter: Text = "", commune: Text = "", kind: Text = "taken", after: Text = ""
) -> Response:
    """List the packages of a quarter, taken or refused whole, the newest first; ``after`` is the last one seen."""
    chosen, only = visitor.quarter(quarter), visitor.commune(commune) if commune else None
    kind = kind if kind in ("taken", "refused") else "taken"
    table, at = (refused_packages, "at") if kind == "refused" else (package_figures, "received_at")
    moment = table.c[at]
    with visitor.gateway.database.reading() as connection:
        period = fetch_period(connection, chosen, visitor.person.province_code)
        query = select(table).where(moment >= period.begin, moment < period.end)
        if only is not None:
            query = query.where(table.c.commune_code == only.code)
        elif visitor.person.province_code is not None:
            codes = [item.code for item in communes_of(visitor.person.province_code)]
            query = query.where(table.c.commune_code.in_(codes))
        if found := _AFTER.fullmatch(after):
            query = query.where((moment < found[1]) | ((moment == found[1]) & (table.c.package_id < found[2])))
        ordered = query.order_by(moment.desc(), table.c.package_id.desc()).limit(PAGE + 1)
        rows = connection.execute(ordered).all()
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return visitor.show(
        "packages.html",
        here="packages",
        period=period,
        quarters=visitor.quarters(chosen),
        commune=only,
        kind=kind,
        address=Address("/page/packages", quarter=chosen.key, commune=only.code if only else "", kind=kind),
        rows=rows[:PAGE],
        communes=load_communes(),
        later=f"{getattr(last, at)}-{last.package_id}" if last is not None else "",
        first=not after,
    )


@router.get("/page/communes/{code}/packages/{package_id}")
def package_page(visitor: Viewer, code: str, package_id: str, result: Text = "", page: Number = 1) -> Response:
    """Show a package and its receipt, change by change."""
    header, receipt = _fetch(visitor, code, package_id)
    document = receipt["document"]
    counts: dict[str, int] = dict.fromkeys(RESULTS, 0)
    for outcome in document["outcomes"]:
        counts[outcome["result"]] += 1
    result = result if result in RESULTS else ""
    found = [outcome for outcome in document["outcomes"] if not result or outcome["result"] == result]
    shown, pages = page_numbers(len(found), OUTCOMES, page)
    outcomes, catalogue = cut(found, OUTCOMES, shown), visitor.gateway.catalogue
    with visitor.gateway.database.reading() as connection:
        uids = [outcome["uid"] for outcome in outcomes]
        named = fetch_named(connection, [code], uids, catalogue, visitor.words.language)
    return visitor.show(
        "package.html",
        here="packages",
        commune=visitor.commune(code),
        header=header,
        receipt=document,
        counts=counts,
        result=result,
        found=len(found),
        outcomes=outcomes,
        titles={uid: item.title for uid, item in named.items()},
        page=shown,
        pages=pages,
        types=catalogue.types,
    )


@router.get("/page/communes/{code}/packages/{package_id}/receipt.json")
def receipt_file(visitor: Viewer, code: str, package_id: str) -> Response:
    """Return the signed receipt as a file, byte for byte as the commune has it."""
    visitor.commune(code)
    with visitor.gateway.database.reading() as connection:
        stored = connection.execute(
            select(packages.c.receipt).where(packages.c.commune_code == code, packages.c.package_id == package_id)
        ).scalar_one_or_none()
    if stored is None:
        raise UserError("NOT-FOUND")
    headers = {"Content-Disposition": f'attachment; filename="{package_id}.receipt.json"', **PRIVATE}
    return Response(str(stored).encode("utf-8"), media_type="application/json", headers=headers)


def _fetch(
    visitor: Viewer, code: str, package_id: str
) -> tuple[dict[str, object], dict[str, dict[str, list[dict[str, str]]]]]:
    visitor.commune(code)
    if not _DIGEST.fullmatch(package_id):
        raise UserError("NOT-FOUND")
    with visitor.gateway.database.reading() as connection:
        row = connection.execute(
            select(packages.c.header, packages.c.receipt).where(
                packages.c.commune_code == code, packages.c.package_id == package_id
            )
        ).one_or_none()
    if row is None:
        raise UserError("NOT-FOUND")
    return json.loads(row.header), json.loads(row.receipt)
