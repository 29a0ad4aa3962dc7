"""Names, reasons and addresses that would be markup, script, SQL or a formula are words and nothing else."""

import csv
import io
import zipfile

import pytest
from sqlalchemy import select

from core.messages import load_messages
from province.pages.rendering import SECURITY
from province.tables import remarks, silence_reasons
from tests.province.samples import COMMUNE, change, road
from tests.province_page.conftest import Office

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>${7*7}<%7*7%>"
SQL = "'; DROP TABLE people;-- \" OR 1=1"
NOTHING_OF = ("<script>alert", "<img src=x", "\"'><")


def is_clean(page: str) -> bool:
    return not any(part in page for part in NOTHING_OF) and "49" not in page.partition("${7*7}")[0][-4:]


@pytest.mark.parametrize("text", [SCRIPT, SQL])
def test_what_people_wrote_is_shown_as_they_wrote_it(office: Office, text: str) -> None:
    device, browser = office.device(), office.at_work("admin", name=text)
    item = change(road(910, name=text))
    package_id = office.bring(device, [item], approved_by=text)
    browser.get("/page")
    browser.send(f"/page/communes/{COMMUNE}/reason", quarter="2026Q1", reason=text, document=text)
    browser.get(f"/page/remarks?commune={COMMUNE}&uid={item.uid}")
    browser.send("/page/remarks", commune=COMMUNE, uid=item.uid, text=text)
    browser.send("/page/deadlines", quarter="2026Q1", day="2026-03-20", document=text)
    for path in (
        "/page?quarter=2026Q1",
        "/page/deadlines",
        "/page/people",
        "/page/actions",
        f"/page/communes/{COMMUNE}?quarter=2026Q1",
        f"/page/communes/{COMMUNE}/packages/{package_id}",
        f"/page/remarks?commune={COMMUNE}",
        f"/page/remarks?commune={COMMUNE}&uid={item.uid}",
    ):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert is_clean(browser.page), path
        assert " ".join(text.split()) in browser.text.replace("&#39;", "'"), path
    with office.gateway.database.reading() as connection:
        said = connection.execute(select(remarks.c.text).where(remarks.c.uid == item.uid)).scalar_one()
        reason = connection.execute(select(silence_reasons.c.reason).where(silence_reasons.c.quarter == "2026Q1"))
    assert said == text
    assert reason.scalar_one() == text


ADDRESSES = ["/page?q={}", "/page?state={}", "/page?order={}", "/page/communes/{}", "/page/packages?after={}"]
ADDRESSES += ["/page/remarks?uid={}", "/page/remarks?state={}", "/page/map?province={}", "/page?said={}", "/page/{}"]
ADDRESSES += [f"/page/communes/{COMMUNE}?box={{}}", "/page?quarter={}", "/page/devices?state={}", "/page/export/{}"]
ADDRESSES += ["/page/actions?before={}", f"/page/communes/{COMMUNE}/packages/{{}}", "/page?page={}", "/page/static/{}"]
TEXTS = [SCRIPT, SQL, "\0", "..%2f..%2fpeople.py", "9" * 90, "nan,inf,0,1", "💥" * 20]


@pytest.fixture(scope="module")
def known() -> set[int]:
    return {200, 400, 404}


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_does_harm(office: Office, address: str, known: set[int]) -> None:
    import urllib.parse

    browser = office.at_work("admin")
    for text in TEXTS:
        answer = browser.get(address.format(urllib.parse.quote(text, safe="%")))
        assert answer.status_code in known, (address, text, browser.text)
        assert is_clean(answer.text) and "Traceback" not in answer.text
    assert browser.get("/page").status_code == 200


@pytest.mark.parametrize("path", ["/page", "/page/login", "/page/nowhere", "/page/map", "/page/static/page.css"])
def test_every_answer_keeps_foreign_things_out(office: Office, path: str) -> None:
    browser = office.browser() if path == "/page/login" else office.at_work("viewer")
    answer = browser.get(path)
    assert {name: answer.headers[name] for name in SECURITY} == SECURITY
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy and "default-src 'none'" in policy
    if "html" in answer.headers["Content-Type"]:
        assert answer.headers["Cache-Control"] == "no-store"
        page = answer.text
        assert " style=" not in page and "<style" not in page and " on" + "click" not in page
        assert "http://" not in page and "https://" not in page
        assert page.count("<script") == 1


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t="])
def test_a_file_holds_no_formula(office: Office, start: str) -> None:
    browser = office.at_work("officer")
    browser.get("/page")
    text = f'{start}HYPERLINK("http://evil.vn";"x")'
    browser.send(f"/page/communes/{COMMUNE}/reason", quarter="2025Q4", reason=text)
    rows = list(csv.reader(io.StringIO(browser.get("/page/export/csv?quarter=2025Q4").content.decode("utf-8-sig"))))
    cell = next(row[-2] for row in rows if row[0] == COMMUNE)
    assert cell == f"'{text.strip()}"
    book = zipfile.ZipFile(io.BytesIO(browser.get("/page/export/xlsx?quarter=2025Q4").content))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet and "hyperlink" not in sheet.lower()
    assert "HYPERLINK(" in book.read("xl/sharedStrings.xml").decode()


def test_every_word_of_the_templates_is_a_message(office: Office) -> None:
    import re

    from province.pages.rendering import FOLDER

    codes = load_messages()
    found = {
        code
        for path in (FOLDER / "templates").glob("*.html")
        for code in re.findall(r't\("(PAGE-[A-Z0-9-]*[A-Z0-9])"[,)]', path.read_text(encoding="utf-8"))
    }
    assert len(found) > 100
    assert found - set(codes) == set()


@pytest.mark.parametrize("path", ["/page", "/page/map", "/page/packages", "/page/remarks", "/page/devices"])
def test_no_code_is_left_without_words_in_either_language(office: Office, path: str) -> None:
    browser = office.at_work("admin")
    for language, word in (("en", "Log out"), ("vi", "Đăng xuất")):
        browser.get("/page")
        browser.send("/page/language", language=language, next=path)
        assert word in browser.text and "PAGE-" not in browser.page
        assert f'<html lang="{language}">' in browser.page
