"""Coming in and going out: login, language, password; and the page's own style sheet and script."""

import hmac
import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import FileResponse, RedirectResponse
from starlette.responses import Response

from core.errors import UserError
from core.messages import LANGUAGES
from province.access import Running
from province.pages.asking import (
    LANGUAGE_COOKIE,
    Anyone,
    OwnForm,
    PageRoute,
    Visitor,
    back,
    chosen_language,
    find_visitor,
    read_fields,
    session_cookie,
    set_cookie,
)
from province.pages.browser_sessions import begin_session, end_session
from province.pages.people import LONGEST, SHORTEST, change_password, check_login, set_language
from province.pages.rendering import FOLDER, Words, answer_html, render_html

router = APIRouter(route_class=PageRoute, include_in_schema=False)

LOGIN_COOKIE = "diaba_form"
STATIC = {"page.css": "text/css", "page.js": "text/javascript", "icon.svg": "image/svg+xml"}


@router.get("/")
def root() -> RedirectResponse:
    """Send a browser that has only the gateway's address to the page."""
    return back("/page")


@router.get("/page/static/{name}")
def static(name: str) -> Response:
    """Return the style sheet or the script."""
    if name not in STATIC:
        raise UserError("NOT-FOUND")
    return FileResponse(FOLDER / "static" / name, media_type=STATIC[name], headers={"Cache-Control": "no-cache"})


@router.get("/page/login")
def login_page(
    request: Request,
    found: Annotated[Visitor | None, Depends(find_visitor)],
    after: Annotated[str, Query(alias="next", max_length=1000)] = "",
) -> Response:
    """Ask who it is."""
    if found is not None:
        return back("/page/password" if found.person.must_change else "/page")
    return _ask(request, after)


def _ask(request: Request, after: str, problem: str = "", login: str = "") -> Response:
    token = secrets.token_urlsafe(24)
    words = Words(chosen_language(request))
    html = render_html(
        "login.html",
        words,
        visitor=None,
        here="login",
        said="",
        problem=words(problem) if problem else "",
        token=token,
        login=login,
        after=_local(after),
    )
    answer = answer_html(html, 403 if problem else 200)
    set_cookie(answer, request, LOGIN_COOKIE, token)
    return answer


@router.post("/page/login")
def log_in(request: Request, fields: Annotated[dict[str, str], Depends(read_fields)], parts: Running) -> Response:
    """Let somebody in who gives name and password; a form not asked for here is refused."""
    token = request.cookies.get(LOGIN_COOKIE, "")
    if not token or not hmac.compare_digest(token.encode(), fields.get("token", "").encode()):
        return _ask(request, fields.get("next", ""), "PAGE-FORM")
    login = fields.get("login", "")[:100]
    person = check_login(parts.gateway, login, fields.get("password", ""))
    if person is None:
        return _ask(request, fields.get("next", ""), "PAGE-LOGIN-WRONG", login)
    answer = back("/page/password" if person.must_change else _local(fields.get("next", "")) or "/page")
    set_cookie(answer, request, session_cookie(request), begin_session(parts.gateway, person))
    answer.delete_cookie(LOGIN_COOKIE, path="/")
    return answer


def _local(after: str) -> str:
    """Return an address of this page alone: a login must lead nowhere else."""
    fine = after.startswith("/page") and "\\" not in after and after.isprintable() and after.isascii()
    return after if fine else ""


@router.post("/page/logout")
def log_out(request: Request, visitor: Anyone, _form: OwnForm) -> Response:
    """End the session."""
    end_session(visitor.gateway, visitor.session)
    answer = back("/page/login")
    answer.delete_cookie(session_cookie(request), path="/")
    return answer


@router.post("/page/language")
def switch_language(visitor: Anyone, form: OwnForm) -> Response:
    """Let a person choose the language that they are spoken to in from now on."""
    chosen = next((language for language in LANGUAGES if language == form.get("language")), LANGUAGES[0])
    set_language(visitor.gateway, visitor.person, chosen)
    answer = back(_local(form.get("next", "")) or "/page")
    set_cookie(answer, visitor.request, LANGUAGE_COOKIE, chosen)
    return answer


@router.get("/page/login/{language}")
def login_language(request: Request, language: str) -> Response:
    """Let a browser choose a language before anybody logs in."""
    answer = back("/page/login")
    if language in LANGUAGES:
        set_cookie(answer, request, LANGUAGE_COOKIE, language)
    return answer


@router.get("/page/password")
def password_page(visitor: Anyone) -> Response:
    """Ask for a new password."""
    return visitor.show("password.html", here="password", least=SHORTEST, most=LONGEST)


@router.post("/page/password")
def post_password(visitor: Anyone, form: OwnForm) -> Response:
    """Change a person's own password."""
    old, new = form.get("old", ""), form.get("new", "")
    if new != form.get("again", ""):
        raise UserError("PASSWORD-AGAIN")
    change_password(visitor.gateway, visitor.person, old, new, kept_session=visitor.session.session_hash)
    return back("/page", "password")
