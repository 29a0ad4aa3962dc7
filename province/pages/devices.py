"""What the province's administrators do with the devices of communes, written down as it is done."""

from sqlalchemy import Row, delete, insert, select

from core.canonical import sha256_hex
from core.errors import UserError
from forms.administration import Commune
from province.gateway import Gateway
from province.pages.audit import note_action
from province.pages.people import Person
from province.sessions import create_code, revoke_device
from province.tables import device_replacements, devices, enrolment_codes
from wire.handshake import clean_code


def issue_code(gateway: Gateway, person: Person, commune: Commune, role: str) -> str:
    """Return a one-time code for a device of a commune; raise ROLE-UNKNOWN."""
    code = create_code(gateway, commune, role)
    _note(gateway, person, commune, "code-issued", role=role)
    return code


def withdraw_code(gateway: Gateway, person: Person, commune: Commune, code_hash: str) -> None:
    """Take back a code of a commune that nobody has used; raise NOT-FOUND."""
    table = enrolment_codes
    with gateway.database.writing() as connection:
        gone = connection.execute(
            delete(table).where(
                table.c.code_hash == code_hash[:64].replace("\0", ""),
                table.c.commune_code == commune.code,
                table.c.used_at.is_(None),
            )
        ).rowcount
        if not gone:
            raise UserError("NOT-FOUND")
        note_action(
            gateway, connection, person.login, "code-withdrawn", province=commune.province_code, commune=commune.code
        )


def take_rights(gateway: Gateway, person: Person, commune: Commune, device_id: str) -> None:
    """Take a device's rights away at once; raise NOT-FOUND for one that is not the commune's."""
    device = _find(gateway, commune, device_id)
    _note(gateway, person, commune, "device-revoked", device=device_id, subject=device.name)
    revoke_device(gateway, device_id)


def replace_device(gateway: Gateway, person: Person, commune: Commune, device_id: str) -> str:
    """Return a one-time code for the device that is to take this one's place, with the same role.

    The old one keeps its rights until they are taken away, so that nothing on its way is lost. Raises NOT-FOUND.
    """
    device = _find(gateway, commune, device_id)
    code = create_code(gateway, commune, device.role)
    with gateway.database.writing() as connection:
        connection.execute(
            insert(device_replacements).values(
                commune_code=commune.code,
                code_hash=sha256_hex(clean_code(code).encode("utf-8")),
                device_id=device_id,
                at=gateway.now(),
            )
        )
        note_action(
            gateway,
            connection,
            person.login,
            "device-replaced",
            province=commune.province_code,
            commune=commune.code,
            device=device_id,
            subject=device.name,
        )
    return code


def _find(gateway: Gateway, commune: Commune, device_id: str) -> Row[tuple[object, ...]]:
    with gateway.database.reading() as connection:
        found = connection.execute(
            select(devices).where(devices.c.device_id == device_id, devices.c.commune_code == commune.code)
        ).one_or_none()
    if found is None:
        raise UserError("NOT-FOUND")
    return found


def _note(gateway: Gateway, person: Person, commune: Commune, action: str, **facts: str) -> None:
    with gateway.database.writing() as connection:
        note_action(
            gateway,
            connection,
            person.login,
            action,
            province=commune.province_code,
            commune=commune.code,
            **facts,
        )
