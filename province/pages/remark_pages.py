"""Remarks on the page: what was asked of communes and by when; writing one, closing one."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import func, select
from starlette.responses import Response

from core.clock import local_date
from core.errors import UserError
from core.identity import is_uid
from core.text import clean_text
from forms.administration import load_communes
from province.pages.asking import Officer, OwnForm, PageRoute, Viewer, back
from province.pages.audit import note_action
from province.pages.named import fetch_named
from province.pages.rendering import Address, page_numbers
from province.pages.standings import communes_of
from province.remarks import LONGEST, add_remark, close_remark
from province.tables import remarks

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PAGE = 50
STATES = ("open", "late", "closed", "all")

Text = Annotated[str, Query(max_length=100)]
Number = Annotated[int, Query(ge=1, le=1_000_000)]


@router.get("/page/remarks")
def remarks_page(
    visitor: Viewer,
    commune: Text = "",
    state: Text = "open",
    uid: Text = "",
    field: Text = "",
    page: Number = 1,
) -> Response:
    """List remarks, the most urgent first; with a commune also the form for a new one, about ``uid`` if named."""
    only = visitor.commune(commune) if commune else None
    state = state if state in STATES else "open"
    today = local_date(visitor.gateway.settings.clock()).isoformat()
    codes = [only.code] if only else [item.code for item in communes_of(visitor.person.province_code)]
    table = remarks.c
    query = select(remarks).where(table.commune_code.in_(codes))
    if state in ("open", "late"):
        query = query.where(table.closed_at.is_(None))
    if state == "late":
        query = query.where(table.deadline < today)
    if state == "closed":
        query = query.where(table.closed_at.is_not(None))
    with visitor.gateway.database.reading() as connection:
        total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
        shown, pages = page_numbers(total, PAGE, page)
        rows = connection.execute(
            query.order_by(
                table.closed_at.is_not(None),
                func.coalesce(table.deadline, "9999"),
                table.created_at.desc(),
                table.remark_id,
            )
            .limit(PAGE)
            .offset((shown - 1) * PAGE)
        ).all()
        about = [row.uid for row in rows if row.uid] + ([uid] if is_uid(uid) else [])
        found = fetch_named(connection, codes, about, visitor.gateway.catalogue, visitor.words.language)
    return visitor.show(
        "remarks.html",
        here="remarks",
        commune=only,
        communes=load_communes(),
        choices=communes_of(visitor.person.province_code),
        rows=rows,
        titles={one: named.title for one, named in found.items()},
        types=visitor.gateway.catalogue.types,
        uid=uid if uid in found else "",
        kind=found[uid].record_type if uid in found else None,
        field=field,
        address=Address("/page/remarks", commune=only.code if only else "", state=state),
        state=state,
        states=STATES,
        today=today,
        total=total,
        page=shown,
        pages=pages,
        longest=LONGEST,
    )


@router.post("/page/remarks")
def post_remark(visitor: Officer, form: OwnForm) -> Response:
    """Put down a remark for a commune."""
    commune = visitor.commune(form.get("commune", "").partition(" ")[0])
    uid, field = form.get("uid", "").strip(), form.get("field", "").strip()
    if uid and not is_uid(uid):
        raise UserError("REMARK-RECORD", uid=uid[:40], commune=commune.full_name)
    try:
        deadline = date.fromisoformat(form["deadline"]) if form.get("deadline") else None
    except ValueError as error:
        raise UserError("PAGE-DAY") from error
    text = clean_text(form.get("text", ""))
    remark_id = add_remark(
        visitor.gateway, commune, text, uid=uid or None, field=(field or None) if uid else None, deadline=deadline
    )
    _note(visitor, "remark-written", commune.code, remark=remark_id, text=text[:200])
    return back("/page/remarks", "remark", commune=commune.code)


@router.post("/page/remarks/close")
def post_closing(visitor: Officer, form: OwnForm) -> Response:
    """Close a remark."""
    commune, remark_id = visitor.commune(form.get("commune", "")), form.get("remark", "")
    if not is_uid(remark_id):
        raise UserError("NOT-FOUND")
    close_remark(visitor.gateway, commune, remark_id)
    _note(visitor, "remark-closed", commune.code, remark=remark_id)
    return back("/page/remarks", "closed", commune=commune.code)


def _note(visitor: Officer, action: str, commune: str, **facts: str) -> None:
    with visitor.gateway.database.writing() as connection:
        note_action(
            visitor.gateway,
            connection,
            visitor.person.login,
            action,
            province=load_communes()[commune].province_code,
            commune=commune,
            **facts,
        )
