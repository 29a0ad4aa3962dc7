"""How much a device and a commune may have on its way at once, so that none takes the room of the others."""

import errno
import math
import shutil

from sqlalchemy import Connection, func, select

from core.errors import EnvironmentFault, UserError
from province.settings import GatewaySettings
from province.tables import uploads

_ON_ITS_WAY = ("receiving", "received")
"""States of an upload that count; one that is held waits for another, which must find room."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
"""What the system says when the disk takes no more."""

_MB, _DAY_S = 1_000_000, 24 * 3600
_OF_DEVICE = "UPLOAD-TOO-MANY", "UPLOAD-QUOTA"
_OF_COMMUNE = "UPLOAD-TOO-MANY-COMMUNE", "UPLOAD-QUOTA-COMMUNE"


def refuse_beyond_quotas(
    connection: Connection, settings: GatewaySettings, *, commune_code: str, device_id: str, length: int
) -> None:
    """Refuse one more upload of ``length`` bytes where device or commune has too much on its way already.

    Raises ``UserError`` UPLOAD-TOO-MANY and UPLOAD-QUOTA (of the device), UPLOAD-TOO-MANY-COMMUNE and
    UPLOAD-QUOTA-COMMUNE. The caller holds the commune's name, so that two that ask at once are counted one by one.
    """
    query = select(uploads.c.device_id, func.count(), func.sum(uploads.c.length)).group_by(uploads.c.device_id)
    there = query.where(uploads.c.commune_code == commune_code, uploads.c.state.in_(_ON_ITS_WAY))
    on_its_way = {device: (count, int(size)) for device, count, size in connection.execute(there)}
    of_commune = sum(count for count, _ in on_its_way.values()), sum(size for _, size in on_its_way.values())
    days = math.ceil(settings.upload_s / _DAY_S)
    for codes, (count, size), most, room in (
        (_OF_DEVICE, on_its_way.get(device_id, (0, 0)), settings.uploads_per_device, settings.bytes_per_device),
        (_OF_COMMUNE, of_commune, settings.uploads_per_commune, settings.bytes_per_commune),
    ):
        if count >= most:
            raise UserError(codes[0], limit=most, days=days)
        if size + length > room:
            raise UserError(codes[1], limit_mb=room // _MB, asked_mb=math.ceil(length / _MB), days=days)


def refuse_without_room(settings: GatewaySettings, length: int) -> None:
    """Raise ``EnvironmentFault`` GATEWAY-DISK when the disk has no room for ``length`` bytes and a reserve."""
    if shutil.disk_usage(settings.inbox).free < length + settings.disk_reserve_bytes:
        raise full_disk(settings, length)


def full_disk(settings: GatewaySettings, length: int) -> EnvironmentFault:
    """Return GATEWAY-DISK about ``length`` bytes that the disk does not take."""
    free = shutil.disk_usage(settings.inbox).free
    return EnvironmentFault("GATEWAY-DISK", needed_mb=math.ceil(length / _MB), free_mb=free // _MB)
