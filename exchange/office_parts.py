"""One part of an Office file (an XML inside a zip), opened inside the child and nowhere else."""

import zipfile
from typing import Any
from xml.etree.ElementTree import ParseError  # the type alone: defusedxml parses

from core.errors import UserError

PART_BYTES = 64_000_000


def read_part(archive: zipfile.ZipFile, name: str, shown: str) -> Any:
    """Return the root of one part; a document type, and so every entity, is refused.

    Raise ``UserError`` FILE-UNSAFE for a part that is too large or built to harm, FILE-DAMAGED for one that is no XML.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    with archive.open(name) as part:
        data = part.read(PART_BYTES + 1)
    if len(data) > PART_BYTES:
        raise UserError("FILE-UNSAFE", file=shown, part=name)
    try:
        return fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise UserError("FILE-UNSAFE", file=shown, part="DOCTYPE") from error
    except ParseError as error:
        raise UserError("FILE-DAMAGED", file=shown, reason=str(error)[:200]) from error
