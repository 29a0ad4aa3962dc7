"""The page in a real browser, served by ``diaba serve`` as a program: styles, script, keyboard, dialogs, cookies."""

import json
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.common.window import WindowTypes
from selenium.webdriver.support.expected_conditions import alert_is_present
from selenium.webdriver.support.wait import WebDriverWait

from forms.administration import load_communes
from geodesy.datum import transform_geometries
from geodesy.systems import WGS84, epsg_system
from province.gateway import open_gateway
from province.sessions import create_code, enrol
from province.settings import GatewaySettings
from province.taking import take_package
from tests.databases import NewDatabase
from tests.province.conftest import enrol_request, whole_upload
from tests.province.samples import COMMUNE, EPSG, ORIGIN, OTHER_COMMUNE, Device, change, road
from tests.province_page.chromium import Chromium, running_chromium
from tests.sync.lines import GatewayProcess

PASSWORD = "một câu rất dài để nhớ"
HOSTILE = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"


def write_outlines(path: Path) -> None:
    """Two communes side by side around the sample's roads."""
    x, y = ORIGIN
    boxes = {
        COMMUNE: shapely.box(x - 3_000, y - 3_000, x + 3_000, y + 3_000),
        OTHER_COMMUNE: shapely.box(x + 3_000, y - 3_000, x + 8_000, y + 3_000),
    }
    features = []
    for code, box in boxes.items():
        outline = transform_geometries(shapely.segmentize(box, 500), epsg_system(EPSG), WGS84)
        geometry = json.loads(shapely.to_geojson(outline))
        features.append({"type": "Feature", "properties": {"commune_code": code}, "geometry": geometry})
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")


@pytest.fixture(scope="module")
def chromium(new_database: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """A browser logged in as an administrator of the province, who has just set a password of their own."""
    folder = tmp_path_factory.mktemp("tỉnh")
    with new_database(folder) as location:
        gateway = open_gateway(location, GatewaySettings(folder))
        device = Device(folder / "máy", seed=7)
        code = create_code(gateway, load_communes()[COMMUNE], "officer")
        enrol(gateway, enrol_request(device, code, name=HOSTILE))
        changes = [change(road(place)) for place in range(3)]
        changes += [change(road(5, name=HOSTILE)), change(road(6, carriageway_w=-1.0))]
        path, package_id = device.seal(changes)
        take_package(gateway, path, whole_upload(device, path, package_id))
        gateway.close()
        process = GatewayProcess(location, folder)
        write_outlines(folder / "ranh giới.geojson")
        process.run("outlines", str(folder / "ranh giới.geojson"))
        words = ["person-add", "hoa", "--name", "Trần Thị Hoà", "--role", "admin", "--province", "Tuyên Quang"]
        first = process.run(*words).stdout.strip()
        process.start()
        try:
            with running_chromium(process.url, folder / "chromium") as found:
                enter(found, first)
                yield found
        finally:
            process.stop()


def enter(chromium: Chromium, first: str) -> None:
    """Log in and set a password by the keyboard alone."""
    chromium.open("/")
    old = chromium.find("html")
    ActionChains(chromium.driver).send_keys("hoa", Keys.TAB, first, Keys.ENTER).perform()  # the name has the focus
    chromium.left(old)
    assert chromium.path() == "/page/password"
    old = chromium.find("html")
    chromium.find("#old").send_keys(first, Keys.TAB, PASSWORD)
    chromium.find("#again").send_keys(PASSWORD, Keys.ENTER)
    chromium.left(old)
    assert "Đã đổi mật khẩu" in chromium.text()
    assert chromium.complaints() == []


PAGES = [
    "/page",
    "/page/map",
    f"/page/communes/{COMMUNE}",
    "/page/packages",
    "/page/remarks",
    f"/page/remarks?commune={COMMUNE}&state=all",
    "/page/devices",
    "/page/deadlines",
    "/page/people",
    "/page/actions",
    "/page/password",
]

UNNAMED = """
return [...document.querySelectorAll("input:not([type=hidden]), select, textarea, button, svg[role], [role=region]")]
  .filter((item) => !(item.labels && item.labels.length) && !item.textContent.trim()
    && !item.ariaLabel && !item.getAttribute("aria-labelledby"))
  .map((item) => item.outerHTML)
"""
FOREIGN = "return performance.getEntriesByType('resource').map((entry) => entry.name)"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_named_and_no_wider_than_the_window(chromium: Chromium, path: str) -> None:
    chromium.open(path)
    assert chromium.complaints() == []
    assert len(chromium.all("h1")) == 1
    assert chromium.run(UNNAMED) == []
    assert chromium.all("th:not([scope])") == []
    assert chromium.run("return document.documentElement.scrollWidth") <= 1366
    assert all(name.startswith(chromium.url) for name in chromium.run(FOREIGN))
    assert chromium.run("return getComputedStyle(document.querySelector('.top')).backgroundColor") == "rgb(11, 93, 107)"


def test_the_first_tab_offers_the_content_and_the_focus_is_seen(chromium: Chromium) -> None:
    chromium.open("/page")
    ActionChains(chromium.driver).send_keys(Keys.TAB).perform()
    assert chromium.run("return document.activeElement.className") == "skip"
    assert chromium.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"
    ActionChains(chromium.driver).send_keys(Keys.ENTER).perform()
    assert chromium.run("return document.activeElement.id") == "content"


def test_no_script_reads_the_session(chromium: Chromium) -> None:
    chromium.open("/page")
    assert chromium.run("return document.cookie") == ""
    (cookie,) = [item for item in chromium.driver.get_cookies() if item["name"] == "diaba"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")


@pytest.mark.parametrize("path", [f"/page/communes/{COMMUNE}", "/page/devices"])
def test_a_hostile_name_is_read_and_never_run(chromium: Chromium, path: str) -> None:
    chromium.open(path)
    shown = chromium.run("return document.documentElement.textContent")
    assert HOSTILE in shown
    assert chromium.run("return window.hacked === undefined && document.scripts.length === 1")
    assert chromium.complaints() == []


def test_even_a_script_that_got_in_would_not_run(chromium: Chromium) -> None:
    chromium.open("/page")
    chromium.run("document.body.insertAdjacentHTML('beforeend', `<img src=x onerror='window.hacked = 3'>`)")
    chromium.run(
        "const s = document.createElement('script'); s.textContent = 'window.hacked = 4'; document.body.append(s)"
    )
    assert chromium.run("return window.hacked === undefined")
    assert any("Content Security Policy" in line for line in chromium.complaints())


def test_the_map_shows_how_communes_stand_and_leads_to_them(chromium: Chromium) -> None:
    chromium.open("/page/map")
    fills = {
        shape.get_attribute("class"): chromium.run("return getComputedStyle(arguments[0]).fill", shape)
        for shape in chromium.all("path.commune")
    }
    assert fills["commune sent"] == "rgb(95, 174, 128)" and len(set(fills.values())) == len(fills) == 2
    before = chromium.find("figure svg").get_dom_attribute("viewBox")
    chromium.find("[data-zoom='0.6']").click()
    assert chromium.find("figure svg").get_dom_attribute("viewBox") != before
    chromium.find("[data-zoom='0']").click()
    assert chromium.find("figure svg").get_dom_attribute("viewBox") == before
    chromium.leave_by("path.commune.sent")
    assert chromium.path().startswith(f"/page/communes/{COMMUNE}")
    assert len(chromium.all("path.record")) == 4


def test_a_record_on_the_map_leads_to_a_remark_about_it(chromium: Chromium) -> None:
    chromium.open(f"/page/communes/{COMMUNE}?box={','.join(str(side) for side in near(0))}")
    (x, y), old = chromium.run(BESIDE, chromium.find("path.record.line")), chromium.find("html")
    pointer = ActionChains(chromium.driver)
    pointer.w3c_actions.pointer_action.move_to_location(round(x), round(y)).click()
    pointer.perform()
    chromium.left(old)
    assert "Đường số 0" in chromium.text()
    chromium.type("#text", "Đo lại chiều dài")
    chromium.leave_by("section.card button.main")
    assert "Đã gửi ý kiến" in chromium.text() and "Đo lại chiều dài" in chromium.text()
    chromium.leave_by(".remarks form button")
    assert "Đã đóng ý kiến" in chromium.text() and "Đo lại chiều dài" not in chromium.text()


BESIDE = """
const path = arguments[0], place = path.getPointAtLength(path.getTotalLength() / 4);
path.scrollIntoView({block: "center"});
const found = place.matrixTransform(path.getScreenCTM());
return [found.x, found.y + 4];
"""
"""A point of the window 4 points below the line: a hand need not be exact."""


def near(place: int) -> tuple[float, float, float, float]:
    x, y = ORIGIN[0], ORIGIN[1] + 100 * place
    return x - 5, y - 5, x + 95, y + 15


def test_a_reason_and_a_filter(chromium: Chromium) -> None:
    chromium.open(f"/page/communes/{OTHER_COMMUNE}")
    chromium.type("#reason", "Đang kiểm kê")
    chromium.leave_by("section.card form button")
    assert "Đã lưu lý do" in chromium.text()
    chromium.open("/page")
    chromium.leave_by(".tiles .explained a")
    assert [row.text for row in chromium.all("td.reason")] == ["Đang kiểm kê"]
    chromium.type("#q", "không có")
    chromium.leave_by("[role=search] button")
    assert "Không có xã nào như vậy" in chromium.text()


def test_a_device_is_revoked_only_when_the_question_is_answered(chromium: Chromium) -> None:
    chromium.open("/page/devices")
    chromium.type("#commune", OTHER_COMMUNE)
    old = chromium.find("html")
    chromium.find("#role").send_keys(Keys.TAB, Keys.ENTER)
    chromium.left(old)
    code = chromium.find(".secret code").text
    assert len(code) == 19
    chromium.open("/page/devices")
    assert code not in chromium.text()
    chromium.find("button.danger").click()
    WebDriverWait(chromium.driver, 10).until(alert_is_present()).dismiss()
    chromium.open("/page/devices?state=active")
    assert len(chromium.all("button.danger")) == 1
    chromium.find("button.danger").click()
    old = chromium.find("html") if not alert_is_present()(chromium.driver) else None
    assert old is None
    chromium.driver.switch_to.alert.accept()
    WebDriverWait(chromium.driver, 10).until(lambda _: "Đã thu hồi quyền" in chromium.text())


def test_another_site_s_form_arrives_as_nobody_s(chromium: Chromium) -> None:
    target = f"{chromium.url}/page/communes/{COMMUNE}/reason"
    form = f"<form method=post action='{target}'><input name=reason value=evil><button>x</button></form>"
    own = chromium.driver.current_window_handle
    chromium.driver.switch_to.new_window(WindowTypes.TAB)
    try:
        chromium.driver.get("data:text/html," + urllib.parse.quote(form))
        chromium.leave_by("button")
        assert "evil" not in chromium.text()
        assert chromium.all("#login") or "Biểu mẫu" in chromium.text()
    finally:
        chromium.driver.close()
        chromium.driver.switch_to.window(own)
    chromium.open(f"/page/communes/{COMMUNE}")
    assert chromium.find("#reason").get_attribute("value") == ""
    chromium.complaints()


def test_a_person_chooses_the_language_and_the_quarter(chromium: Chromium) -> None:
    chromium.open("/page")
    chromium.leave_by("button[name=language]")
    assert chromium.run("return document.documentElement.lang") == "en" and "Log out" in chromium.text()
    chromium.leave_by("button[name=language]")
    assert "Đăng xuất" in chromium.text()
    old = chromium.find("html")
    chromium.find("#quarter").send_keys(Keys.DOWN)
    chromium.left(old)
    assert "quarter=" in chromium.path()
    assert not chromium.find(".without-script").is_displayed()
