"""Devices: one-time codes, what is enrolled, taking rights away, and putting another device in one's place."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import func, select
from starlette.responses import Response

from core.errors import UserError
from core.identity import is_uid
from forms.administration import load_communes
from province.pages.asking import Admin, Form, OwnForm, PageRoute, Viewer, Visitor, back
from province.pages.devices import issue_code, replace_device, take_rights, withdraw_code
from province.pages.rendering import Address, page_numbers
from province.pages.standings import communes_of
from province.tables import device_replacements, devices, enrolment_codes
from wire.protocol import ROLES

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PAGE = 50
MOST_CODES = 50

Text = Annotated[str, Query(max_length=100)]
Number = Annotated[int, Query(ge=1, le=1_000_000)]


@router.get("/page/devices")
def devices_page(visitor: Viewer, commune: Text = "", state: Text = "", page: Number = 1) -> Response:
    """List the devices of the province, or of one commune."""
    return _show(visitor, commune, state, page)


def _show(
    visitor: Visitor, commune: str = "", state: str = "", page: int = 1, new_code: str = "", status: int = 200
) -> Response:
    only = visitor.commune(commune) if commune else None
    codes = [only.code] if only else [item.code for item in communes_of(visitor.person.province_code)]
    state = state if state in ("revoked", "active") else ""
    query = select(devices).where(devices.c.commune_code.in_(codes))
    if state:
        there = devices.c.revoked_at
        query = query.where(there.is_(None) if state == "active" else there.is_not(None))
    waiting = enrolment_codes.c
    with visitor.gateway.database.reading() as connection:
        total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
        shown, pages = page_numbers(total, PAGE, page)
        rows = connection.execute(
            query.order_by(devices.c.commune_code, devices.c.enrolled_at, devices.c.device_id)
            .limit(PAGE)
            .offset((shown - 1) * PAGE)
        ).all()
        unused = connection.execute(
            select(enrolment_codes)
            .where(
                waiting.commune_code.in_(codes),
                waiting.used_at.is_(None),
                waiting.expires_at >= visitor.gateway.now(),
            )
            .order_by(waiting.created_at.desc())
            .limit(MOST_CODES)
        ).all()
        replacing = {
            row.device_id: row
            for row in connection.execute(
                select(
                    device_replacements.c.device_id,
                    enrolment_codes.c.used_at,
                    enrolment_codes.c.expires_at,
                    enrolment_codes.c.device_id.label("new_device"),
                )
                .join(enrolment_codes, enrolment_codes.c.code_hash == device_replacements.c.code_hash)
                .where(device_replacements.c.device_id.in_([row.device_id for row in rows]))
                .order_by(device_replacements.c.at)
            )
        }
    return visitor.show(
        "devices.html",
        here="devices",
        status=status,
        commune=only,
        communes=load_communes(),
        choices=communes_of(visitor.person.province_code),
        rows=rows,
        unused=unused,
        replacing=replacing,
        address=Address("/page/devices", commune=only.code if only else "", state=state),
        state=state,
        total=total,
        page=shown,
        pages=pages,
        new_code=new_code,
        roles=ROLES,
        now=visitor.gateway.now(),
    )


@router.post("/page/devices/codes")
def post_code(visitor: Admin, form: OwnForm) -> Response:
    """Make a one-time code and show it once; it is stored nowhere."""
    commune = visitor.commune(form.get("commune", "").partition(" ")[0])
    code = issue_code(visitor.gateway, visitor.person, commune, form.get("role", ""))
    return _show(visitor, commune.code, new_code=code)


@router.post("/page/devices/codes/withdraw")
def post_withdrawal(visitor: Admin, form: OwnForm) -> Response:
    """Take back a code that nobody has used."""
    commune = visitor.commune(form.get("commune", ""))
    withdraw_code(visitor.gateway, visitor.person, commune, form.get("code", ""))
    return back("/page/devices", "withdrawn", commune=commune.code)


@router.post("/page/devices/revoke")
def post_revocation(visitor: Admin, form: OwnForm) -> Response:
    """Take a device's rights away."""
    commune = visitor.commune(form.get("commune", ""))
    take_rights(visitor.gateway, visitor.person, commune, _device(form))
    return back("/page/devices", "revoked", commune=commune.code)


@router.post("/page/devices/replace")
def post_replacement(visitor: Admin, form: OwnForm) -> Response:
    """Make a code for the device that takes another's place, and show it once."""
    commune = visitor.commune(form.get("commune", ""))
    code = replace_device(visitor.gateway, visitor.person, commune, _device(form))
    return _show(visitor, commune.code, new_code=code)


def _device(form: Form) -> str:
    found = form.get("device", "")
    if not is_uid(found):
        raise UserError("NOT-FOUND")
    return found
