"""The communes of a quarter: as a table, as a map, as a file; and each by itself, with why it is silent."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import func, select
from starlette.responses import Response

from core.errors import UserError
from forms.administration import Commune, load_provinces
from province.pages.asking import Officer, OwnForm, PageRoute, Viewer, Visitor, back
from province.pages.drawing import draw_communes, draw_records, parse_box
from province.pages.quarters import Period, Quarter, fetch_period
from province.pages.rendering import PRIVATE, Address, cut, page_numbers
from province.pages.sheets import KINDS, write_sheet
from province.pages.standings import (
    LONGEST_REASON,
    STATES,
    Standing,
    communes_of,
    fetch_standings,
    filter_standings,
    sum_up,
    write_reason,
)
from province.tables import packages, records

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PAGE = 50
ORDERS = {
    "commune": lambda item: (item.commune.province_code, item.commune.code),
    "sent": lambda item: (-item.sent, item.commune.code),
    "returned": lambda item: (-item.returned - item.refused, item.commune.code),
    "last": lambda item: (item.last_at or "", item.commune.code),
}

Text = Annotated[str, Query(max_length=100)]
Number = Annotated[int, Query(ge=1, le=1_000_000)]


def _stand(visitor: Visitor, quarter: Quarter, communes: list[Commune]) -> tuple[Period, list[Standing]]:
    with visitor.gateway.database.reading() as connection:
        period = fetch_period(connection, quarter, visitor.person.province_code)
        return period, fetch_standings(connection, period, communes, visitor.gateway.now())


@router.get("/page")
def communes_page(
    visitor: Viewer, quarter: Text = "", state: Text = "", q: Text = "", order: Text = "commune", page: Number = 1
) -> Response:
    """Show the communes of the person's province with what each sent in a quarter."""
    chosen = visitor.quarter(quarter)
    period, every = _stand(visitor, chosen, communes_of(visitor.person.province_code))
    state = state if state in (*STATES, "returned") else ""
    order = order if order in ORDERS else "commune"
    found = sorted(filter_standings(every, state, q), key=ORDERS[order])
    shown, pages = page_numbers(len(found), PAGE, page)
    return visitor.show(
        "communes.html",
        here="communes",
        period=period,
        quarters=visitor.quarters(chosen),
        totals=sum_up(every),
        found=len(found),
        standings=cut(found, PAGE, shown),
        states=STATES,
        state=state,
        q=q,
        order=order,
        address=Address("/page", quarter=chosen.key, state=state, q=q, order=order),
        files={kind: Address(f"/page/export/{kind}", quarter=chosen.key, state=state, q=q) for kind in KINDS},
        page=shown,
        pages=pages,
        country=visitor.person.province_code is None,
    )


@router.get("/page/export/{kind}")
def export(visitor: Viewer, kind: str, quarter: Text = "", state: Text = "", q: Text = "") -> Response:
    """Return the communes of a quarter, as filtered, as a file."""
    if kind not in KINDS:
        raise UserError("NOT-FOUND")
    chosen = visitor.quarter(quarter)
    period, every = _stand(visitor, chosen, communes_of(visitor.person.province_code))
    body = write_sheet(kind, period, filter_standings(every, state, q), visitor.words)
    headers = {"Content-Disposition": f'attachment; filename="diaba-{chosen.key}.{kind}"', **PRIVATE}
    return Response(body, media_type=KINDS[kind], headers=headers)


@router.get("/page/map")
def map_page(visitor: Viewer, quarter: Text = "", whole: bool = False, province: Text = "") -> Response:
    """Show the communes of a province on a map, each in the colour of how it stands."""
    chosen, provinces = visitor.quarter(quarter), load_provinces()
    code = visitor.person.province_code or (province if province in provinces else next(iter(provinces)))
    communes = communes_of(code)
    period, every = _stand(visitor, chosen, communes)
    with visitor.gateway.database.reading() as connection:
        drawing = draw_communes(connection, communes, whole=whole)
    return visitor.show(
        "map.html",
        here="map",
        period=period,
        quarters=visitor.quarters(chosen),
        totals=sum_up(every),
        standings={item.commune.code: item for item in every},
        states=STATES,
        drawing=drawing,
        whole=whole,
        province=provinces[code],
        provinces=provinces if visitor.person.province_code is None else {},
    )


@router.get("/page/communes/{code}")
def commune_page(visitor: Viewer, code: str, quarter: Text = "", box: Text = "") -> Response:
    """Show one commune: its quarter, its records by type, its map."""
    commune, chosen, gateway = visitor.commune(code), visitor.quarter(quarter), visitor.gateway
    period, (standing,) = _stand(visitor, chosen, [commune])
    with gateway.database.reading() as connection:
        counts = connection.execute(
            select(records.c.type_id, func.count())
            .where(records.c.commune_code == code, records.c.content.is_not(None))
            .group_by(records.c.type_id)
        )
        held = {str(row[0]): int(row[1]) for row in counts}
        recent = connection.execute(
            select(packages.c.package_id, packages.c.received_at, packages.c.device_sequence)
            .where(packages.c.commune_code == code)
            .order_by(packages.c.received_at.desc(), packages.c.package_id)
            .limit(5)
        ).all()
        drawing = draw_records(connection, commune, parse_box(box), gateway.catalogue, visitor.words.language)
    types = [item for item in gateway.catalogue.types.values() if item.id in held]
    return visitor.show(
        "commune.html",
        here="communes",
        commune=commune,
        period=period,
        quarters=visitor.quarters(chosen),
        standing=standing,
        held=held,
        types=types,
        groups={item.id: item.group for item in gateway.catalogue.types.values()},
        recent=recent,
        drawing=drawing,
        longest=LONGEST_REASON,
    )


@router.post("/page/communes/{code}/reason")
def post_reason(visitor: Officer, form: OwnForm, code: str) -> Response:
    """Write down why a commune sends nothing in a quarter."""
    commune, chosen = visitor.commune(code), visitor.quarter(form.get("quarter", ""))
    write_reason(visitor.gateway, visitor.person, commune, chosen, form.get("reason", ""), form.get("document", ""))
    return back(f"/page/communes/{commune.code}", "reason", quarter=chosen.key)
