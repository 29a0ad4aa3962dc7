"""How much a device and a commune may have on its way at once, so that none takes the room of the others."""

import errno
import math
import shutil
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Connection, func, select

from core.errors import EnvironmentFault, UserError
from province.settings import GatewaySettings
from province.tables import uploads

_ON_ITS_WAY = ("receiving", "received")
"""States of an upload that count; one that is held waits for another, which must find room."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the system says when the disk takes no more."""

_MB, _DAY_S = 1_000_000, 24 * 3600
_CODES = {"device": ("UPLOAD-TOO-MANY", "UPLOAD-QUOTA"), "commune": ("UPLOAD-TOO-MANY-COMMUNE", "UPLOAD-QUOTA-COMMUNE")}


@dataclass(frozen=True, slots=True)
class _Quota:
    """How many uploads and how many bytes, as their senders declared them, somebody may have on its way."""

    whose: Literal["device", "commune"]
    count: int
    size: int
    condition: ColumnElement[bool]


def refuse_beyond_quotas(
    connection: Connection, settings: GatewaySettings, *, commune_code: str, device_id: str, length: int
) -> None:
    """Refuse one more upload of ``length`` bytes where device or commune has too much on its way already.

    Raises ``UserError`` UPLOAD-TOO-MANY and UPLOAD-QUOTA (of the device), UPLOAD-TOO-MANY-COMMUNE and
    UPLOAD-QUOTA-COMMUNE. The caller holds the commune's name, so that two that ask at once are counted one by one.
    """
    of_commune = uploads.c.commune_code == commune_code
    of_device = of_commune & (uploads.c.device_id == device_id)
    for quota in (
        _Quota("device", settings.uploads_per_device, settings.bytes_per_device, of_device),
        _Quota("commune", settings.uploads_per_commune, settings.bytes_per_commune, of_commune),
    ):
        query = select(func.count(), func.coalesce(func.sum(uploads.c.length), 0))
        count, size = connection.execute(query.where(quota.condition, uploads.c.state.in_(_ON_ITS_WAY))).one()
        too_many, too_much = _CODES[quota.whose]
        days = math.ceil(settings.upload_s / _DAY_S)
        if count >= quota.count:
            raise UserError(too_many, limit=quota.count, days=days)
        if int(size) + length > quota.size:
            raise UserError(too_much, limit_mb=quota.size // _MB, asked_mb=math.ceil(length / _MB), days=days)


def refuse_without_room(settings: GatewaySettings, length: int) -> None:
    """Raise ``EnvironmentFault`` GATEWAY-DISK when the disk has no room for ``length`` bytes and a reserve."""
    if shutil.disk_usage(settings.inbox).free < length + settings.disk_reserve_bytes:
        raise full_disk(settings, length)


def full_disk(settings: GatewaySettings, length: int) -> EnvironmentFault:
    """Return GATEWAY-DISK about ``length`` bytes that the disk does not take."""
    free = shutil.disk_usage(settings.inbox).free
    return EnvironmentFault("GATEWAY-DISK", needed_mb=math.ceil(length / _MB), free_mb=free // _MB)
