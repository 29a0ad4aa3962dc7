"""Figures of a quarter: who sent, who is late, who is silent; counted the same on both databases."""

import csv
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from core.errors import UserError
from forms.administration import load_communes
from province.figures import note_figures
from province.gateway import Gateway
from province.pages.people import Person
from province.pages.quarters import (
    MOST_DAYS_AFTER,
    Quarter,
    day_after,
    fetch_period,
    parse_quarter,
    quarter_of,
    set_deadline,
)
from province.pages.standings import communes_of, fetch_standings, filter_standings, sum_up, write_reason
from province.tables import package_figures, packages, quarter_deadlines, refused_packages
from tests.province.conftest import Enrolled, FakeClock, bring
from tests.province.samples import COMMUNE, OTHER_COMMUNE, change, road
from tests.province_page.conftest import Office

ADMIN = Person("x", "hoa", "Hoà", "admin", "08", "vi", must_change=False)
Q4 = Quarter(2026, 4)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(datetime(2026, 11, 20, 2, 0, tzinfo=UTC))


def stand(gateway: Gateway, quarter: Quarter = Q4) -> dict[str, tuple[str, int, int, int]]:
    """How the communes stand that are not simply waiting or silent."""
    with gateway.database.reading() as connection:
        period = fetch_period(connection, quarter, "08")
        found = fetch_standings(connection, period, communes_of("08"), gateway.now())
    return {
        item.commune.code: (item.state, item.sent, item.accepted, item.returned)
        for item in found
        if item.state not in ("waiting", "silent")
    }


def test_sent_accepted_and_returned_add_up_to_the_receipt(gateway: Gateway, enrolled: Enrolled) -> None:
    device = enrolled()
    receipt = bring(gateway, device, [change(road(0)), change(road(1)), change(road(2, carriageway_w=-3.0))])
    counted = receipt.count()
    taken = counted["applied"] + counted["merged"] + counted["duplicate"]
    assert stand(gateway) == {COMMUNE: ("sent", 3, taken, 3 - taken)}
    assert (taken, counted["rejected"]) == (2, 1)
    bring(gateway, device, [change(road(3))])
    assert stand(gateway) == {COMMUNE: ("sent", 4, 3, 1)}


def test_the_step_counts_what_came_before_it(gateway: Gateway, enrolled: Enrolled) -> None:
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    from province.migrations.versions import v0002_people_and_quarters as step

    device = enrolled()
    for place in range(5):
        bring(gateway, device, [change(road(place)), change(road(50 + place, carriageway_w=-1.0))])
    with gateway.database.writing() as connection:
        rows = connection.execute(select(package_figures).order_by(package_figures.c.package_id)).all()
        connection.execute(delete(package_figures))
        with Operations.context(MigrationContext.configure(connection)):
            step.AT_ONCE, usual = 2, step.AT_ONCE
            step._count_packages(package_figures)
            step.AT_ONCE = usual
        again = connection.execute(select(package_figures).order_by(package_figures.c.package_id)).all()
    assert len(rows) == 5
    assert again == rows


def test_late_is_after_the_day_that_was_set_and_silent_after_it_without_a_package(
    gateway: Gateway, enrolled: Enrolled, clock: FakeClock
) -> None:
    device, other = enrolled(), enrolled(OTHER_COMMUNE)
    set_deadline(gateway, ADMIN, Q4, date(2026, 11, 25), "Công văn 1")
    clock.now = datetime(2026, 11, 25, 16, 59, 59, tzinfo=UTC)  # 23:59:59 in Vietnam
    bring(gateway, device, [change(road(0))])
    assert stand(gateway) == {COMMUNE: ("sent", 1, 1, 0)}
    with gateway.database.reading() as connection:
        period = fetch_period(connection, Q4, "08")
        every = fetch_standings(connection, period, communes_of("08"), gateway.now())
    assert (sum_up(every).states["waiting"], sum_up(every).states["silent"]) == (len(every) - 1, 0)
    clock.move(seconds=1)
    bring(gateway, other, [change(road(1, commune_code=OTHER_COMMUNE))])
    assert stand(gateway)[OTHER_COMMUNE][0] == "late"
    with gateway.database.reading() as connection:
        every = fetch_standings(connection, period, communes_of("08"), gateway.now())
    assert sum_up(every).states["silent"] == len(every) - 2
    silent = next(item.commune for item in every if item.state == "silent")
    write_reason(gateway, ADMIN, silent, Q4, "Sáp nhập", "CV 2")
    assert stand(gateway)[silent.code][0] == "explained"
    write_reason(gateway, ADMIN, silent, Q4, "", "")
    assert silent.code not in stand(gateway)


def test_a_package_counts_for_the_quarter_that_is_still_due(
    gateway: Gateway, enrolled: Enrolled, clock: FakeClock
) -> None:
    set_deadline(gateway, ADMIN, Q4, date(2027, 1, 10), "Công văn 1")
    device = enrolled()
    clock.now = datetime(2027, 1, 8, 3, 0, tzinfo=UTC)
    bring(gateway, device, [change(road(0))])
    assert stand(gateway) == {COMMUNE: ("sent", 1, 1, 0)}
    assert stand(gateway, Q4.next) == {}
    set_deadline(gateway, ADMIN, Q4, None, "")
    assert stand(gateway) == {}
    assert stand(gateway, Q4.next) == {COMMUNE: ("sent", 1, 1, 0)}


def test_what_was_refused_whole_is_counted_and_is_no_delivery(gateway: Gateway, enrolled: Enrolled) -> None:
    device = enrolled()
    with gateway.database.writing() as connection:
        connection.execute(
            insert(refused_packages).values(
                commune_code=COMMUNE,
                package_id="a" * 64,
                device_id=device.device_id,
                device_sequence=1,
                code="PACKAGE-RULE",
                at=gateway.now(),
            )
        )
        period = fetch_period(connection, Q4, "08")
        (item,) = fetch_standings(connection, period, [load_communes()[COMMUNE]], gateway.now())
    assert (item.state, item.refused, item.packages) == ("waiting", 1, 0)
    assert filter_standings([item], "returned", "") == [item]


@given(st.dates(date(2025, 1, 1), date(2099, 12, 31)))
def test_every_day_is_in_one_quarter(day: date) -> None:
    quarter = quarter_of(datetime(day.year, day.month, day.day, 5, tzinfo=UTC))
    assert quarter.first_day <= day <= quarter.last_day
    assert parse_quarter(quarter.key) == quarter
    assert quarter.next.previous == quarter
    assert quarter.previous.last_day < quarter.first_day


@given(st.lists(st.integers(0, 91 + MOST_DAYS_AFTER), min_size=6, max_size=6), st.data())
def test_periods_follow_one_another_whatever_the_deadlines(days: list[int], data: st.DataObject) -> None:
    from datetime import timedelta

    from sqlalchemy import create_engine

    from province.tables import metadata

    engine = create_engine("sqlite://")
    metadata.create_all(engine, tables=[quarter_deadlines])
    quarter, begun = Quarter(2026, 1), []
    with engine.begin() as connection:
        for number in days:
            day = min(quarter.first_day + timedelta(days=number), quarter.last_day + timedelta(days=MOST_DAYS_AFTER))
            if data.draw(st.booleans()):
                row = {"quarter": quarter.key, "province_code": "08", "day": day.isoformat()}
                rest = {"document": "CV", "login": "x", "at": "x"}
                connection.execute(insert(quarter_deadlines).values({**row, **rest}))
            begun.append(quarter)
            quarter = quarter.next
        periods = [fetch_period(connection, one, "08") for one in begun]
    engine.dispose()
    for before, after in zip(periods, periods[1:], strict=False):
        assert before.end == after.begin
        assert before.begin < before.end
        assert before.due <= before.end
    assert periods[-1].end >= day_after(periods[-1].quarter.last_day)


@pytest.mark.parametrize("text", ["2026Q5", "2026q4", "26Q4", "²026Q4", "2024Q4", "", "2026Q4 ", "2100Q1"])
def test_what_is_no_quarter_is_refused(text: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_quarter(text)
    assert caught.value.code == "QUARTER-UNKNOWN"


@pytest.mark.parametrize(
    ("day", "document", "code"),
    [
        (date(2026, 9, 30), "CV", "DEADLINE-DAY"),
        (date(2027, 2, 15), "CV", "DEADLINE-DAY"),
        (date(2026, 12, 1), " ", "DEADLINE-DOCUMENT"),
    ],
)
def test_a_deadline_needs_a_day_of_its_quarter_and_a_document(
    gateway: Gateway, day: date, document: str, code: str
) -> None:
    with pytest.raises(UserError) as caught:
        set_deadline(gateway, ADMIN, Q4, day, document)
    assert caught.value.code == code


def test_a_proposed_deadline_is_not_shown_as_the_law(office: Office) -> None:
    browser = office.at_work("admin")
    browser.get("/page?quarter=2025Q3")
    assert "Hạn nộp: 30/09/2025 do chương trình đề xuất, chưa có văn bản quy định ngày" in browser.text
    browser.send("/page/deadlines", quarter="2025Q3", day="2025-09-20", document="CV 77/STC")
    browser.get("/page?quarter=2025Q3")
    assert "Hạn nộp: 20/09/2025 theo CV 77/STC" in browser.text


def test_pages_search_and_order(office: Office) -> None:
    browser = office.at_work("viewer")
    total = len(communes_of("08"))
    seen = []
    for page in range(1, -(-total // 50) + 1):
        seen += browser.get(f"/page?page={page}").text.split('href="/page/communes/')[1:]
    assert [part[:5] for part in seen] == sorted(item.code for item in communes_of("08"))
    browser.get("/page?q=bac+quang")
    assert "Xã Bắc Quang" in browser.text and browser.page.count('scope="row"') == 1
    assert "Không có xã nào như vậy" in (browser.get("/page?q=atlantis"), browser.text)[1]


def test_the_file_has_every_commune_and_the_figures_of_the_table(office: Office) -> None:
    device, browser = office.device(), office.at_work("viewer")
    office.bring(device, [change(road(920)), change(road(921, carriageway_w=-2.0))])
    answer = browser.get("/page/export/csv?quarter=2026Q4")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == len(communes_of("08"))
    row = next(row for row in rows if row["Mã"] == COMMUNE)
    assert (row["Xã, phường"], int(row["Đã gửi"])) == (load_communes()[COMMUNE].full_name, 2)
    assert int(row["Tiếp nhận"]) + int(row["Trả lại"]) == int(row["Đã gửi"])
    assert 'filename="diaba-2026Q4.csv"' in answer.headers["Content-Disposition"]
    assert browser.get("/page/export/pdf").status_code == 404


def test_packages_are_listed_once_each_page_by_page(office: Office) -> None:
    device = office.device()
    header = {"commune_code": COMMUNE, "package_id": "", "received_at": ""}
    with office.gateway.database.writing() as connection:
        for number in range(120):
            at = f"2025-05-0{1 + number % 3}T00:00:00.000Z"
            values = {**header, "package_id": f"{number:064x}", "received_at": at, "sent": 1, "accepted": 1}
            connection.execute(insert(package_figures).values({**values, "returned": 0}))
    browser, path, seen = office.at_work("viewer"), "/page/packages?quarter=2025Q2", []
    while path:
        browser.get(path)
        seen += [part[:64] for part in browser.page.split(f"/page/communes/{COMMUNE}/packages/")[1:]]
        following = browser.page.partition('rel="next" href="')[2].partition('"')[0]
        path = following.replace("&amp;", "&")
    assert sorted(seen) == [f"{number:064x}" for number in range(120)]
    assert device.device_id


def test_a_receipt_is_shown_change_by_change_and_given_as_it_was_signed(office: Office) -> None:
    device, browser = office.device(), office.at_work("viewer")
    package_id = office.bring(device, [change(road(930, name="Đường Kim Đồng")), change(road(931, carriageway_w=-9.0))])
    browser.get(f"/page/communes/{COMMUNE}/packages/{package_id}")
    assert "Đường Kim Đồng" in browser.text
    assert "Bề rộng mặt đường: -9 m nhỏ hơn mức nhỏ nhất là 0" in browser.text
    browser.get(f"/page/communes/{COMMUNE}/packages/{package_id}?result=rejected")
    assert "Kim Đồng" not in browser.text
    given = browser.get(f"/page/communes/{COMMUNE}/packages/{package_id}/receipt.json").content
    with office.gateway.database.reading() as connection:
        stored = connection.execute(select(packages.c.receipt).where(packages.c.package_id == package_id)).scalar_one()
    assert given == stored.encode()
    assert json.loads(given)["server_key"] == office.gateway.server_key


def test_figures_hold_what_a_package_brought(gateway: Gateway, tmp_path: Path, enrolled: Enrolled) -> None:
    from wire.package import read_header

    path, package_id = enrolled().seal([change(road(0))])
    header = read_header(path, limits=gateway.settings.limits)
    with gateway.database.writing() as connection:
        note_figures(connection, header, ["applied", "merged", "duplicate", "conflict", "rejected"], gateway.now())
        row = connection.execute(select(package_figures)).one()
    assert (row.package_id, row.sent, row.accepted, row.returned) == (package_id, 5, 3, 2)
