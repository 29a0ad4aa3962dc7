"""What every page asks first: who it is, what they may do, and whether a form is really theirs."""

import hmac
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote, urlsplit

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from core.errors import AppError, EnvironmentFault, UserError
from core.logs import get_log
from core.messages import LANGUAGES, Language
from forms.administration import Commune, choose_commune, load_communes
from province.access import Parts, find_parts, parts_of
from province.faults import status_of
from province.gateway import Gateway
from province.pages.browser_sessions import BrowserSession, resume_browser
from province.pages.people import PERSON_ROLES, Person, PersonRole
from province.pages.quarters import Quarter, parse_quarter, quarter_of, recent_quarters
from province.pages.rendering import PRIVATE, Words, answer_html, guard, render_html

LONGEST_FORM, MOST_FIELDS = 64 << 10, 40
LANGUAGE_COOKIE = "diaba_language"
STATUS = {"PAGE-FORBIDDEN": 403, "PAGE-FORM": 403, "PAGE-FORM-LONG": 413, "PAGE-BUSY": 429, "QUARTER-UNKNOWN": 404}


class NeedsLogin(Exception):
    """Nobody is logged in here; what was asked for comes after that."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person at a page: the gateway, their session, their words."""

    request: Request
    gateway: Gateway
    session: BrowserSession
    words: Words

    @property
    def person(self) -> Person:
        """Who it is."""
        return self.session.person

    def may(self, role: PersonRole) -> bool:
        """Return whether the person has this role or one above it."""
        return PERSON_ROLES.index(self.person.role) <= PERSON_ROLES.index(role)

    def show(
        self, template: str, *, here: str, status: int = 200, problem: AppError | None = None, **facts: Any
    ) -> HTMLResponse:
        """Return a page; ``here`` names its place in the navigation, ``problem`` is told above what was typed."""
        said = self.request.query_params.get("said", "")
        told = self.words(problem.code, **problem.context) if problem else ""
        html = render_html(
            template, self.words, visitor=self, here=here, said=said if said in SAID else "", problem=told, **facts
        )
        return answer_html(html, status_of(problem) if problem else status)

    def commune(self, code: str) -> Commune:
        """Return a commune of the person's province; raise NOT-FOUND for any other, there or not."""
        found = load_communes().get(code)
        if found is None or self.person.province_code not in (None, found.province_code):
            raise UserError("NOT-FOUND")
        return found

    def named_commune(self, text: str) -> Commune:
        """Return the commune of a field into which a code, a name, or both were typed.

        Raises NOT-FOUND as ``commune`` does, and what ``choose_commune`` raises for a name.
        """
        code = text.strip().partition(" ")[0]
        if code.isdecimal():
            return self.commune(code)
        return self.commune(choose_commune(text[:200], self.person.province_code).code)

    def quarter(self, text: str) -> Quarter:
        """Return the quarter of an address, this one when none is named; raise QUARTER-UNKNOWN."""
        return parse_quarter(text) if text else quarter_of(self.gateway.settings.clock())

    def quarters(self, chosen: Quarter) -> list[Quarter]:
        """Return the quarters to choose from, with the chosen one, the newest first."""
        return sorted({chosen, *recent_quarters(self.gateway.settings.clock())}, reverse=True)


SAID = frozenset({"reason", "remark", "closed", "revoked", "withdrawn", "deadline", "password", "disabled", "allowed"})
"""What a page may say after something was done."""


def back(path: str, said: str = "", **query: str) -> RedirectResponse:
    """Send a browser on after something was done, so that reloading does not do it again."""
    pairs = [*query.items(), *([("said", said)] if said else [])]
    tail = "&".join(f"{key}={quote(value, safe='')}" for key, value in pairs)
    return RedirectResponse(f"{path}?{tail}" if tail else path, 303, PRIVATE)


def is_secure(request: Request) -> bool:
    """Return whether the browser came by https, here or at the proxy."""
    return request.url.scheme == "https"


def session_cookie(request: Request) -> str:
    """Return the cookie's name; over https one that no other host and no plain connection can set."""
    return "__Host-diaba" if is_secure(request) else "diaba"


def set_cookie(response: Response, request: Request, name: str, value: str) -> None:
    """Give the browser a cookie that no script reads and that other sites' requests do not carry."""
    response.set_cookie(name, value, path="/", httponly=True, samesite="strict", secure=is_secure(request))


def chosen_language(request: Request) -> Language:
    """Return the language that a browser chose before anybody logged in."""
    found = request.cookies.get(LANGUAGE_COOKIE, "")
    return next((language for language in LANGUAGES if language == found), LANGUAGES[0])


def find_visitor(request: Request, parts: Annotated[Parts, Depends(parts_of)]) -> Visitor | None:
    """Return who is logged in, or ``None``."""
    session = resume_browser(parts.gateway, request.cookies.get(session_cookie(request)))
    return None if session is None else Visitor(request, parts.gateway, session, Words(session.person.language))


def anyone(found: Annotated[Visitor | None, Depends(find_visitor)]) -> Visitor:
    """Return who is logged in, whatever they may do, and even if they must first change their password."""
    if found is None:
        raise NeedsLogin
    return found


def having(role: PersonRole) -> Callable[[Visitor], Visitor]:
    """Return what lets nobody through without this role or one above it; raises PAGE-FORBIDDEN."""

    def check(visitor: Annotated[Visitor, Depends(anyone)]) -> Visitor:
        if visitor.person.must_change:
            raise NeedsLogin
        if not visitor.may(role):
            raise UserError("PAGE-FORBIDDEN")
        return visitor

    return check


Viewer = Annotated[Visitor, Depends(having("viewer"))]
Officer = Annotated[Visitor, Depends(having("officer"))]
Admin = Annotated[Visitor, Depends(having("admin"))]
Anyone = Annotated[Visitor, Depends(anyone)]
Form = Mapping[str, str]


def refuse_other_sites(request: Request) -> None:
    """Raise PAGE-FORM when a form comes from another site's page."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("Host", ""):
        raise UserError("PAGE-FORM")


async def read_fields(request: Request) -> dict[str, str]:
    """Return a form's fields, bounded in size and number.

    Raises PAGE-FORM when another site sent it or it is no form, PAGE-FORM-LONG beyond the bounds.
    """
    refuse_other_sites(request)
    if request.headers.get("Content-Type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise UserError("PAGE-FORM")
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > LONGEST_FORM:
            raise UserError("PAGE-FORM-LONG", most=LONGEST_FORM)
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise UserError("PAGE-FORM") from error


def own_form(
    fields: Annotated[dict[str, str], Depends(read_fields)], visitor: Annotated[Visitor, Depends(anyone)]
) -> Form:
    """Return the fields of a form that this session was given; raise PAGE-FORM for any other."""
    if not hmac.compare_digest(fields.get("token", "").encode(), visitor.session.form_token.encode()):
        raise UserError("PAGE-FORM")
    return fields


OwnForm = Annotated[Form, Depends(own_form)]


class PageRoute(APIRoute):
    """A route whose errors are pages too, and whose every answer carries the guarding headers."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        usual = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return guard(await usual(request))
            except NeedsLogin:
                return guard(_to_login(request))
            except AppError as error:
                return guard(await run_in_threadpool(error_page, request, error))
            except RequestValidationError:
                return guard(await run_in_threadpool(error_page, request, UserError("PAGE-ADDRESS")))
            except Exception as error:  # noqa: BLE001 (the boundary: no trace reaches a browser)
                get_log("province").error("unexpected", exc_info=error)
                return guard(await run_in_threadpool(error_page, request, EnvironmentFault("GATEWAY-FAULT")))

        return handle


def _to_login(request: Request) -> Response:
    after = request.url.path
    if request.method == "GET" and request.url.query:
        after += f"?{request.url.query}"
    return back("/page/login", **({"next": after} if request.method == "GET" and after != "/page" else {}))


def error_page(request: Request, error: AppError) -> HTMLResponse:
    """Return an error as a page in words, in the language of whoever asked."""
    status = STATUS.get(error.code) or (500 if error.code == "GATEWAY-FAULT" else status_of(error))
    try:
        visitor = find_visitor(request, find_parts(request))
    except Exception:  # noqa: BLE001 (the database may be what is away: then the error is told to nobody known)
        visitor = None
    words = visitor.words if visitor else Words(chosen_language(request))
    problem = words("PAGE-NOT-FOUND" if error.code == "NOT-FOUND" else error.code, **error.context)
    return answer_html(render_html("error.html", words, visitor=visitor, here="", said="", problem=problem), status)
