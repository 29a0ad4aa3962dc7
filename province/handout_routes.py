"""What the province checks with, over HTTP: told in a signed document, and the catalogue packs themselves."""

from fastapi import APIRouter, Response

from core.errors import UserError
from province.access import Caller, Running
from province.describing import DEVICE_CODES, SEALED, content, refusals
from wire.catalogue_notice import PACK_MEDIA_TYPE, CatalogueNotice
from wire.header import FORMAT
from wire.sealed import seal_document

router = APIRouter(prefix="/v1/catalogue", tags=["catalogue"])


@router.get(
    "",
    summary="What the province checks with, signed",
    response_class=Response,
    responses={200: content("application/json", SEALED, "The sealed notice"), **refusals(*DEVICE_CODES)},
)
def get_catalogue(_caller: Caller, parts: Running) -> Response:
    """Return hashes of catalogue and rules, the packs in force, and the package formats taken, as a sealed document."""
    gateway = parts.gateway
    notice = CatalogueNotice(
        catalogue_hash=gateway.catalogue.hash,
        rule_pack_hash=gateway.rule_pack,
        package_formats=(FORMAT,),
        types={type_id: record_type.version for type_id, record_type in gateway.catalogue.types.items()},
        packs=tuple(handout.notice for handout in gateway.handouts),
    )
    return Response(seal_document(notice.as_dict(), gateway.key), media_type="application/json")


@router.get(
    "/packs/{digest}",
    summary="A catalogue pack in force",
    response_class=Response,
    responses={
        200: content(PACK_MEDIA_TYPE, {"type": "string", "format": "binary"}, "The pack's file"),
        **refusals(*DEVICE_CODES, "HANDOUT-UNKNOWN"),
    },
)
def get_pack(digest: str, _caller: Caller, parts: Running) -> Response:
    """Return the file of the pack whose SHA-256 is ``digest``; HANDOUT-UNKNOWN when it is none in force."""
    for handout in parts.gateway.handouts:
        if handout.notice.digest == digest:
            return Response(handout.data, media_type=PACK_MEDIA_TYPE)
    raise UserError("HANDOUT-UNKNOWN", digest=digest[:64])
