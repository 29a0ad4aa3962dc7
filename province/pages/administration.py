"""For administrators: the quarters' deadlines, the people, and what was done."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select
from starlette.responses import Response

from core.errors import UserError
from forms.administration import load_communes
from province.pages.asking import Admin, OwnForm, PageRoute, Viewer, back
from province.pages.audit import fetch_actions
from province.pages.people import allow_person
from province.pages.quarters import MOST_DAYS_AFTER, fetch_period, set_deadline
from province.tables import people

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PAGE, MOST_PEOPLE = 100, 500

Text = Annotated[str, Query(max_length=100)]


@router.get("/page/deadlines")
def deadlines_page(visitor: Viewer) -> Response:
    """Show by which day each quarter is due, and what orders it."""
    this = visitor.quarter("")
    with visitor.gateway.database.reading() as connection:
        chosen = [this.next, *visitor.quarters(this)]
        periods = [fetch_period(connection, quarter, visitor.person.province_code) for quarter in chosen]
    return visitor.show("deadlines.html", here="deadlines", periods=periods, this=this, days=MOST_DAYS_AFTER)


@router.post("/page/deadlines")
def post_deadline(visitor: Admin, form: OwnForm) -> Response:
    """Set a quarter's deadline, or go back to the proposal when no day is given."""
    quarter = visitor.quarter(form.get("quarter", ""))
    try:
        day = date.fromisoformat(form["day"]) if form.get("day") else None
    except ValueError as error:
        raise UserError("PAGE-DAY") from error
    set_deadline(visitor.gateway, visitor.person, quarter, day, form.get("document", ""))
    return back("/page/deadlines", "deadline")


@router.get("/page/people")
def people_page(visitor: Admin) -> Response:
    """List the people who may enter, and how they stand."""
    query = select(people).order_by(people.c.disabled_at.is_not(None), people.c.login).limit(MOST_PEOPLE)
    if visitor.person.province_code is not None:
        query = query.where(people.c.province_code == visitor.person.province_code)
    with visitor.gateway.database.reading() as connection:
        rows = connection.execute(query).all()
    return visitor.show("people.html", here="people", rows=rows, now=visitor.gateway.now())


@router.post("/page/people/allow")
def post_allowing(visitor: Admin, form: OwnForm) -> Response:
    """Keep a person out, or let them in again; nobody does it to themselves."""
    login, allowed = form.get("login", "")[:100].replace("\0", ""), form.get("allowed") == "yes"
    if login == visitor.person.login:
        raise UserError("PERSON-SELF")
    with visitor.gateway.database.reading() as connection:
        row = connection.execute(select(people).where(people.c.login == login)).one_or_none()
    if row is None or visitor.person.province_code not in (None, row.province_code):
        raise UserError("NOT-FOUND")
    allow_person(visitor.gateway, login, allowed=allowed, by=visitor.person.login)
    return back("/page/people", "allowed" if allowed else "disabled")


@router.get("/page/actions")
def actions_page(visitor: Admin, before: Text = "") -> Response:
    """List who did what, the newest first."""
    with visitor.gateway.database.reading() as connection:
        found = fetch_actions(
            connection,
            before=before.replace("\0", "") or None,
            limit=PAGE + 1,
            province_code=visitor.person.province_code,
        )
    return visitor.show(
        "actions.html",
        here="actions",
        actions=found[:PAGE],
        later=found[PAGE - 1].action_id if len(found) > PAGE else "",
        first=not before,
        communes=load_communes(),
    )
