"""What each role may do, that a form must be the page's own, and that everything done is written down."""

import re

import pytest
from sqlalchemy import func, select

from forms.administration import load_communes
from province.gateway import Gateway
from province.pages.audit import fetch_actions
from province.remarks import add_remark
from province.sessions import create_code, find_session, issue_nonce
from province.tables import (
    device_replacements,
    devices,
    enrolment_codes,
    person_actions,
    quarter_deadlines,
    remarks,
    silence_reasons,
)
from tests.province.samples import COMMUNE, OTHER_COMMUNE, change, road
from tests.province_page.conftest import Browser, Office

ROLES = ["viewer", "officer", "admin"]
FORMS = [
    (f"/page/communes/{COMMUNE}/reason", {"quarter": "2026Q3", "reason": "Mất điện"}, "officer"),
    ("/page/remarks", {"commune": COMMUNE, "text": "Bổ sung"}, "officer"),
    ("/page/remarks/close", {"commune": COMMUNE, "remark": "@remark"}, "officer"),
    ("/page/devices/codes", {"commune": COMMUNE, "role": "officer"}, "admin"),
    ("/page/devices/codes/withdraw", {"commune": COMMUNE, "code": "@code"}, "admin"),
    ("/page/devices/replace", {"commune": COMMUNE, "device": "@device"}, "admin"),
    ("/page/devices/revoke", {"commune": COMMUNE, "device": "@device"}, "admin"),
    ("/page/deadlines", {"quarter": "2026Q2", "day": "2026-06-15", "document": "CV 1"}, "admin"),
    ("/page/people/allow", {"login": "@login", "allowed": "no"}, "admin"),
]
TABLES = (silence_reasons, remarks, enrolment_codes, device_replacements, quarter_deadlines)


def stored(gateway: Gateway) -> list[object]:
    """Everything that a form may change, and the list of what was done without the comings and goings."""
    kept: list[object] = []
    with gateway.database.reading() as connection:
        for table in TABLES:
            kept.append(connection.execute(select(table).order_by(*table.primary_key.columns)).all())
        kept.append(connection.execute(select(devices.c.device_id, devices.c.revoked_at)).all())
        done = select(func.count()).where(person_actions.c.action.not_in(["entered", "left", "password-changed"]))
        kept.append(connection.execute(done.where(person_actions.c.action != "person-added")).scalar_one())
    return kept


def filled(office: Office, fields: dict[str, str]) -> dict[str, str]:
    """Put real ids where a form needs them."""
    gateway, commune = office.gateway, load_communes()[COMMUNE]
    made = {
        "@remark": lambda: add_remark(gateway, commune, "Cũ"),
        "@device": lambda: office.device().device_id,
        "@login": lambda: office.person("viewer")[0],
        "@code": lambda: newest_code(gateway),
    }
    return {key: made[value]() if value in made else value for key, value in fields.items()}


def newest_code(gateway: Gateway) -> str:
    create_code(gateway, load_communes()[COMMUNE], "officer")
    with gateway.database.reading() as connection:
        unused = select(enrolment_codes.c.code_hash).where(enrolment_codes.c.used_at.is_(None))
        return str(connection.execute(unused.limit(1)).scalar_one())


@pytest.mark.parametrize(("path", "fields", "least"), FORMS, ids=[path for path, _, _ in FORMS])
def test_a_role_does_what_it_may_and_no_more(office: Office, path: str, fields: dict[str, str], least: str) -> None:
    facts = filled(office, fields)
    for role in ROLES:
        browser = office.at_work(role)
        browser.get("/page")
        before = stored(office.gateway)
        answer = browser.send(path, **facts)
        if ROLES.index(role) < ROLES.index(least):
            assert answer.status_code == 403
            assert "Vai trò" in browser.text
            assert stored(office.gateway) == before
        elif role == least:
            assert answer.status_code == 200, browser.text
            assert stored(office.gateway) != before


@pytest.mark.parametrize(("path", "fields", "least"), FORMS, ids=[path for path, _, _ in FORMS])
def test_a_form_of_another_site_or_session_does_nothing(
    office: Office, path: str, fields: dict[str, str], least: str
) -> None:
    facts, browser = filled(office, fields), office.at_work("admin")
    browser.get("/page")
    other = office.at_work("admin")
    other.get("/page")
    before = stored(office.gateway)
    strange = re.search(r'name="token" value="([^"]+)"', other.page)
    own = re.search(r'name="token" value="([^"]+)"', browser.page)
    assert strange is not None and own is not None
    tried = [
        browser.line.post(path, data=facts),
        browser.line.post(path, data={**facts, "token": ""}),
        browser.line.post(path, data={**facts, "token": strange[1]}),
        browser.line.post(path, data={**facts, "token": own[1]}, headers={"Origin": "https://evil.vn"}),
        browser.line.post(path, data={**facts, "token": own[1]}, headers={"Origin": "null"}),
        browser.line.post(path, json={**facts, "token": own[1]}),
    ]
    assert [answer.status_code for answer in tried] == [403] * len(tried)
    assert office.browser().line.post(path, data=facts).status_code == 303
    assert browser.get(path).status_code in (200, 303, 404)
    assert stored(office.gateway) == before


def test_a_form_has_bounds(office: Office) -> None:
    browser = office.at_work("officer")
    browser.get("/page")
    assert browser.send("/page/remarks", commune=COMMUNE, text="a" * 70_000).status_code == 413
    browser.get("/page")
    assert browser.send("/page/remarks", commune=COMMUNE, text="a" * 4_001).status_code == 400
    browser.get("/page")
    many = {f"x{number}": "1" for number in range(60)}
    assert browser.send("/page/remarks", commune=COMMUNE, text="a", **many).status_code == 403


def test_another_province_is_out_of_sight_and_reach(office: Office) -> None:
    device, browser = office.device(), office.at_work("admin", province="79")
    package_id = office.bring(device, [change(road(900))])
    for path in (
        f"/page/communes/{COMMUNE}",
        f"/page/packages?commune={COMMUNE}",
        f"/page/communes/{COMMUNE}/packages/{package_id}",
        f"/page/communes/{COMMUNE}/packages/{package_id}/receipt.json",
        f"/page/remarks?commune={COMMUNE}",
        f"/page/devices?commune={COMMUNE}",
    ):
        assert browser.get(path).status_code == 404, path
    assert device.device_id not in browser.get("/page/devices").text
    assert package_id not in browser.get("/page/packages").text
    for path, fields, _ in FORMS[:-2]:
        facts = filled(office, fields)
        before = stored(office.gateway)
        browser.get("/page")
        assert browser.send(path, **facts).status_code == 404, path
        assert stored(office.gateway) == before
    login, _ = office.person("viewer", province="08")
    browser.get("/page/people")
    assert login not in browser.page
    assert browser.send("/page/people/allow", login=login, allowed="no").status_code == 404


def test_somebody_of_the_whole_country_sees_every_province(office: Office) -> None:
    browser = office.at_work("admin", province=None)
    assert "3.321 xã, phường" in browser.get("/page").text
    assert browser.get("/page?page=67").status_code == 200
    assert browser.get("/page/communes/27673").status_code == 200
    browser.get("/page/deadlines")
    answer = browser.send("/page/deadlines", quarter="2026Q4", day="2026-12-01", document="CV")
    assert answer.status_code == 400


def code_shown(browser: Browser) -> str:
    found = re.search(r'class="secret"><code>([0-9A-Z-]{19})</code>', browser.page)
    assert found is not None, browser.text
    return found[1]


def test_a_code_is_shown_once_and_enrols(office: Office) -> None:
    browser = office.at_work("admin")
    browser.get("/page/devices")
    browser.send("/page/devices/codes", commune=f"{COMMUNE} Xã Bắc Quang", role="approver")
    code = code_shown(browser)
    assert code not in browser.get("/page/devices").text
    with office.gateway.database.reading() as connection:
        said = [action.facts for action in fetch_actions(connection, before=None, limit=5)]
    assert code not in str(said)
    assert browser.send("/page/devices/codes", commune=COMMUNE, role="boss").status_code == 400


def test_a_device_is_replaced_before_it_is_revoked(office: Office) -> None:
    browser, old = office.at_work("admin"), office.device()
    browser.get("/page/devices")
    browser.send("/page/devices/replace", commune=COMMUNE, device=old.device_id)
    code = code_shown(browser)
    assert "Đã cấp mã cho máy thay thế" in browser.text
    from province.sessions import enrol
    from tests.province.conftest import enrol_request
    from tests.province.samples import Device

    new = Device(office.folder / "máy thay", seed=next(office.seeds))
    enrol(office.gateway, enrol_request(new, code))
    issue_nonce(office.gateway, old.device_id)
    browser.get("/page/devices")
    assert f"Máy {new.device_id[-8:]} đã đăng ký thay" in browser.text
    browser.send("/page/devices/revoke", commune=COMMUNE, device=old.device_id)
    assert "Đã thu hồi quyền của máy" in browser.text
    with office.gateway.database.reading() as connection:
        find_session(connection, new.device_id)
        with pytest.raises(Exception, match="thu hồi"):
            find_session(connection, old.device_id)
    assert browser.send("/page/devices/revoke", commune=OTHER_COMMUNE, device=new.device_id).status_code == 404


def test_a_remark_goes_to_the_commune_and_is_closed(office: Office) -> None:
    device, browser = office.device(), office.at_work("officer")
    item = change(road(901, name="Đường Hùng Vương"))
    office.bring(device, [item])
    form = browser.get(f"/page/remarks?commune={COMMUNE}&uid={item.uid}&field=carriageway_w")
    assert "Đường Hùng Vương" in form.text and 'value="carriageway_w" selected' in form.text
    browser.send(
        "/page/remarks",
        commune=COMMUNE,
        uid=item.uid,
        field="carriageway_w",
        text="Đo lại\nbề rộng",
        deadline="2026-11-19",
    )
    assert "Quá hạn 19/11/2026" in browser.text and "Đo lại bề rộng" in browser.text
    found = re.findall(r'name="remark" value="([^"]+)"', browser.page)
    with office.gateway.database.reading() as connection:
        row = connection.execute(select(remarks).where(remarks.c.uid == item.uid)).one()
    assert (row.remark_id in found, row.field, row.deadline) == (True, "carriageway_w", "2026-11-19")
    browser.send("/page/remarks/close", commune=COMMUNE, remark=row.remark_id)
    assert "Đã đóng ý kiến" in browser.text
    assert row.remark_id not in browser.page
    assert "Đo lại" in browser.get(f"/page/remarks?commune={COMMUNE}&state=closed").text
    for fields in (
        {"text": "x", "deadline": "2026-13-45"},
        {"text": "x", "uid": "'; DROP TABLE remarks;--"},
        {"text": "x", "uid": item.uid, "field": "no_such"},
        {"text": " "},
    ):
        browser.get("/page/remarks")
        assert browser.send("/page/remarks", commune=COMMUNE, **fields).status_code == 400


def test_what_was_done_is_written_down_with_who_and_when(office: Office) -> None:
    officer, admin = office.at_work("officer", name="Vũ Thị Hạnh"), office.at_work("admin")
    officer.get("/page")
    officer.send(f"/page/communes/{COMMUNE}/reason", quarter="2026Q4", reason="Lũ quét", document="CV 9")
    with office.gateway.database.reading() as connection:
        newest = fetch_actions(connection, before=None, limit=1, province_code="08")[0]
    assert (newest.action, newest.commune_code, newest.at) == ("reason-written", COMMUNE, office.gateway.now())
    assert newest.login.startswith("officer")
    assert newest.facts == {"quarter": "2026Q4", "reason": "Lũ quét", "document": "CV 9"}
    admin.get("/page/actions")
    assert newest.login in admin.text and "Ghi lý do không gửi" in admin.text and "Lũ quét" in admin.text
    assert newest.login not in office.at_work("admin", province="79").get("/page/actions").text
    assert officer.get("/page/actions").status_code == 403
    assert officer.get("/page/people").status_code == 403


def test_nobody_keeps_themselves_out(office: Office) -> None:
    admin = office.at_work("admin")
    login = re.search(r'name="username" value="([^"]+)"', admin.get("/page/password").text)
    assert login is not None
    assert admin.send("/page/people/allow", login=login[1], allowed="no").status_code == 400
