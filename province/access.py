"""What every route asks for: the gateway's parts, and who is calling."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from province.gateway import Gateway
from province.intake import Intake
from province.sessions import Session, resume_session
from province.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Parts:
    """The gateway and those of its parts that live as long as the server runs."""

    gateway: Gateway
    uploads: Uploads
    intake: Intake


def find_parts(request: Request) -> Parts:
    """Return the parts of the gateway that answers a request."""
    parts: Parts = request.app.state.parts
    return parts


async def parts_of(request: Request) -> Parts:
    """Return the parts to a route that asks for them, in the loop itself: there is nothing to wait for."""
    return find_parts(request)


_token = HTTPBearer(scheme_name="device", description="The token of POST /v1/tokens", auto_error=False)
"""Only described by this: what the header holds is read by ``resume_session``."""


def session_of(
    request: Request,
    parts: Annotated[Parts, Depends(parts_of)],
    _described: Annotated[HTTPAuthorizationCredentials | None, Security(_token)],
) -> Session:
    """Return the device that holds the request's token; runs before a byte of a body is read."""
    return resume_session(parts.gateway, request.headers.get("Authorization"))


Running = Annotated[Parts, Depends(parts_of)]
Caller = Annotated[Session, Depends(session_of)]
