"""Who comes in, how long they stay, and what keeps others out."""

import re
import threading

import pytest

from province.pages import people
from province.pages.browser_sessions import REST_S, WHOLE_S
from province.pages.people import LOCKED_S, MOST_FAILURES
from tests.province_page.conftest import PASSWORD, TOKEN, Office

PAGES = [
    "/page",
    "/page/map",
    "/page/packages",
    "/page/remarks",
    "/page/devices",
    "/page/deadlines",
    "/page/people",
    "/page/actions",
    "/page/communes/01153",
    "/page/export/csv",
    "/page/password",
    "/page/nowhere",
]


@pytest.mark.parametrize("path", PAGES)
def test_nobody_sees_a_page_without_logging_in(office: Office, path: str) -> None:
    answer = office.browser().get(path)
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/page/login")


def test_the_gateway_s_address_leads_to_the_page(office: Office) -> None:
    assert office.browser().get("/").headers["Location"] == "/page"


def test_the_first_password_is_good_for_one_thing(office: Office) -> None:
    login, first = office.person("viewer")
    browser = office.browser()
    browser.get("/page/login")
    answer = browser.send("/page/login", login=login.upper(), password=first)
    assert answer.url.path == "/page/password"
    assert browser.get("/page").headers["Location"].startswith("/page/login")
    for new, again in (("ngắn", "ngắn"), (first, first), (PASSWORD, PASSWORD + "x")):
        browser.get("/page/password")
        assert browser.send("/page/password", old=first, new=new, again=again).status_code == 400
    browser.get("/page/password")
    assert browser.send("/page/password", old="sai", new=PASSWORD, again=PASSWORD).status_code == 400
    browser.get("/page/password")
    assert browser.send("/page/password", old=first, new=PASSWORD, again=PASSWORD).url.path == "/page"
    assert "Đã đổi mật khẩu" in browser.text


def test_changing_the_password_ends_the_other_sessions(office: Office) -> None:
    here = office.at_work("viewer")
    login = re.search(r'name="username" value="([^"]+)"', here.get("/page/password").text)
    assert login is not None
    there = office.browser()
    there.get("/page/login")
    there.send("/page/login", login=login[1], password=PASSWORD)
    assert there.get("/page").status_code == 200
    here.get("/page/password")
    here.send("/page/password", old=PASSWORD, new=PASSWORD + "2", again=PASSWORD + "2")
    assert (here.get("/page").status_code, there.get("/page").status_code) == (200, 303)


def test_wrong_passwords_lock_for_a_while_and_say_no_more(office: Office) -> None:
    login, first = office.person("viewer")
    browser = office.browser()
    said = set()
    for name in [login] * MOST_FAILURES + ["không có ai"]:
        browser.get("/page/login")
        answer = browser.send("/page/login", login=name, password="đoán mò")
        assert answer.status_code == 403
        said.add(re.sub(r'value="[^"]*"', "", answer.text))
    browser.get("/page/login")
    locked = browser.send("/page/login", login=login, password=first)
    said.add(re.sub(r'value="[^"]*"', "", locked.text))
    assert (locked.status_code, len(said)) == (403, 1)
    office.clock.move(seconds=LOCKED_S + 1)
    browser.get("/page/login")
    assert browser.send("/page/login", login=login, password=first).url.path == "/page/password"


def test_a_right_password_forgets_the_wrong_ones_before_it(office: Office) -> None:
    login, first = office.person("viewer")
    browser = office.browser()
    for _ in range(2):
        for _ in range(MOST_FAILURES - 1):
            browser.get("/page/login")
            browser.send("/page/login", login=login, password="sai")
        browser.get("/page/login")
        answer = browser.send("/page/login", login=login, password=first)
        assert answer.url.path == "/page/password"
        browser.send("/page/logout")


def test_a_session_ends_by_rest_by_the_day_and_by_logging_out(office: Office) -> None:
    browser = office.at_work("viewer")
    office.clock.move(seconds=REST_S - 1)
    assert browser.get("/page").status_code == 200
    office.clock.move(seconds=REST_S - 1)
    assert browser.get("/page").status_code == 200
    office.clock.move(seconds=REST_S + 1)
    assert browser.get("/page").status_code == 303

    busy = office.at_work("viewer")
    for _ in range(WHOLE_S // (REST_S - 60) + 1):
        office.clock.move(seconds=REST_S - 60)
        busy.get("/page")
    assert busy.get("/page").status_code == 303

    leaving = office.at_work("viewer")
    kept = dict(leaving.line.cookies)
    leaving.send("/page/logout")
    leaving.line.cookies.update(kept)
    assert leaving.get("/page").status_code == 303


def test_the_cookie_is_for_this_site_alone_and_not_for_scripts(office: Office) -> None:
    login, first = office.person("viewer")
    browser = office.browser()
    browser.get("/page/login")
    token = TOKEN.search(browser.page)
    assert token is not None
    fields = {"token": token[1], "login": login, "password": first}
    plain = browser.line.post("/page/login", data=fields).headers.get_list("Set-Cookie")[0]
    assert plain.startswith("diaba=") and "HttpOnly" in plain and "SameSite=strict" in plain and "Path=/" in plain
    assert "Secure" not in plain
    proxied = {"X-Forwarded-Proto": "https"}
    browser.line.headers.update(proxied)
    browser.get("/page/login")
    token = TOKEN.search(browser.page)
    assert token is not None
    browser.line.cookies.set("diaba_form", token[1])
    answer = browser.line.post("/page/login", data={**fields, "token": token[1]})
    secure = answer.headers.get_list("Set-Cookie")[0]
    assert secure.startswith("__Host-diaba=") and "Secure" in secure


@pytest.mark.parametrize("after", ["//evil.vn/", "https://evil.vn/page", "/pageX\\evil", "/ogc", "javascript:1", ""])
def test_a_login_leads_to_no_other_place(office: Office, after: str) -> None:
    login, first = office.person("viewer")
    browser = office.browser()
    browser.get("/page/login")
    browser.send("/page/login", login=login, password=first)
    browser.send("/page/password", old=first, new=PASSWORD, again=PASSWORD)
    browser.send("/page/logout")
    browser.get("/page/login")
    token = TOKEN.search(browser.page)
    answer = browser.line.post(
        "/page/login", data={"token": token[1] if token else "", "login": login, "password": PASSWORD, "next": after}
    )
    assert answer.headers["Location"] == "/page"


def test_a_person_kept_out_is_out_at_once(office: Office) -> None:
    admin, victim = office.at_work("admin"), office.at_work("officer")
    login = re.search(r'name="username" value="([^"]+)"', victim.get("/page/password").text)
    assert login is not None
    admin.get("/page/people")
    admin.send("/page/people/allow", login=login[1], allowed="no")
    assert victim.get("/page").status_code == 303
    victim.get("/page/login")
    assert victim.send("/page/login", login=login[1], password=PASSWORD).status_code == 403
    admin.send("/page/people/allow", login=login[1], allowed="yes")
    victim.get("/page/login")
    assert victim.send("/page/login", login=login[1], password=PASSWORD).status_code == 200


def test_a_flood_of_logins_is_sent_away_and_not_queued(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    login, first = office.person("viewer")
    browser = office.browser()
    monkeypatch.setattr("province.pages.people._asking", threading.BoundedSemaphore(1))
    people._asking.acquire()
    browser.get("/page/login")
    answer = browser.send("/page/login", login=login, password=first)
    assert (answer.status_code, "quá nhiều lượt" in browser.text) == (429, True)
    people._asking.release()
    browser.get("/page/login")
    assert browser.send("/page/login", login=login, password=first).url.path == "/page/password"


def test_guesses_at_once_are_all_counted(office: Office) -> None:
    login, first = office.person("viewer")

    def guess() -> None:
        people.check_login(office.gateway, login, "sai")

    guessing = [threading.Thread(target=guess) for _ in range(MOST_FAILURES)]
    for thread in guessing:
        thread.start()
    for thread in guessing:
        thread.join()
    assert people.check_login(office.gateway, login, first) is None
    office.clock.move(seconds=LOCKED_S + 1)
    found = people.check_login(office.gateway, login, first)
    assert found is not None and found.login == login
