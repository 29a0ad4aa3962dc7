"""Codes, challenges and tokens: each good once or for a while, by the server's clock alone."""

from pathlib import Path

import pytest

from core.errors import EnvironmentFault, UserError
from forms.administration import load_communes
from province.gateway import Gateway, load_server_key
from province.sessions import create_code, enrol, issue_nonce, issue_token, resume_session, revoke_device
from tests.province.conftest import Enrolled, FakeClock, bring, enrol_request
from tests.province.samples import COMMUNE, Device, change, road
from wire.handshake import clean_code, token_message
from wire.protocol import TokenRequest
from wire.signing import encode_bytes, sign


def answer(gateway: Gateway, device: Device, nonce: str, server_key: str | None = None) -> TokenRequest:
    message = token_message(server_key=server_key or gateway.server_key, device_id=device.device_id, nonce=nonce)
    return TokenRequest(device_id=device.device_id, nonce=nonce, signature=encode_bytes(sign(device.key, message)))


def fails(code: str, step: object, *arguments: object) -> None:
    with pytest.raises(UserError) as caught:
        step(*arguments)  # type: ignore[operator]
    assert caught.value.code == code


def test_a_token_speaks_for_its_device_for_a_quarter_of_an_hour(
    gateway: Gateway, enrolled: Enrolled, clock: FakeClock
) -> None:
    device = enrolled()
    token = issue_token(gateway, answer(gateway, device, issue_nonce(gateway, device.device_id).nonce)).token
    session = resume_session(gateway, f"Bearer {token}")
    assert (session.device_id, session.commune_code, session.role) == (device.device_id, COMMUNE, "officer")
    clock.move(minutes=14)
    resume_session(gateway, f"Bearer {token}")
    clock.move(minutes=2)
    fails("TOKEN-INVALID", resume_session, gateway, f"Bearer {token}")


def test_a_token_tells_the_highest_number_judged_of_this_device_alone(gateway: Gateway, enrolled: Enrolled) -> None:
    device, other = enrolled(), enrolled()

    def told(one: Device) -> int:
        nonce = issue_nonce(gateway, one.device_id).nonce
        return issue_token(gateway, answer(gateway, one, nonce)).last_sequence

    assert told(device) == 0
    bring(gateway, device, [change(road())])
    bring(gateway, device, [change(road(1))], device_sequence=7)
    bring(gateway, other, [change(road(2))])
    assert (told(device), told(other)) == (7, 1)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Basic x", "Bearer  "])
def test_no_token_is_no_token(gateway: Gateway, header: str | None) -> None:
    with pytest.raises(UserError) as caught:
        resume_session(gateway, header)
    assert caught.value.code in {"TOKEN-MISSING", "TOKEN-INVALID"}


def test_a_challenge_is_good_once(gateway: Gateway, enrolled: Enrolled) -> None:
    device = enrolled()
    request = answer(gateway, device, issue_nonce(gateway, device.device_id).nonce)
    issue_token(gateway, request)
    fails("NONCE-INVALID", issue_token, gateway, request)


def test_a_challenge_answered_badly_is_spent(gateway: Gateway, enrolled: Enrolled) -> None:
    device, other = enrolled(), enrolled()
    nonce = issue_nonce(gateway, device.device_id).nonce
    forged = answer(gateway, Device(device.folder, seed=other.seed, device_id=device.device_id), nonce)
    fails("PROOF-WRONG", issue_token, gateway, forged)
    fails("NONCE-INVALID", issue_token, gateway, answer(gateway, device, nonce))


def test_a_challenge_is_for_one_device_one_server_and_two_minutes(
    gateway: Gateway, enrolled: Enrolled, clock: FakeClock
) -> None:
    device, other = enrolled(), enrolled()
    nonce = issue_nonce(gateway, device.device_id).nonce
    fails("NONCE-INVALID", issue_token, gateway, answer(gateway, other, nonce))
    elsewhere = answer(gateway, device, issue_nonce(gateway, device.device_id).nonce, "ed25519:" + "A" * 43 + "=")
    fails("PROOF-WRONG", issue_token, gateway, elsewhere)
    late = issue_nonce(gateway, device.device_id).nonce
    clock.move(minutes=3)
    fails("NONCE-INVALID", issue_token, gateway, answer(gateway, device, late))


def test_revocation_ends_everything_at_once(gateway: Gateway, enrolled: Enrolled) -> None:
    device = enrolled()
    token = issue_token(gateway, answer(gateway, device, issue_nonce(gateway, device.device_id).nonce)).token
    revoke_device(gateway, device.device_id)
    fails("TOKEN-INVALID", resume_session, gateway, f"Bearer {token}")
    fails("DEVICE-REVOKED", issue_nonce, gateway, device.device_id)


def test_a_code_runs_out(gateway: Gateway, clock: FakeClock, tmp_path: Path) -> None:
    code = create_code(gateway, load_communes()[COMMUNE], "officer")
    clock.move(days=8)
    fails("CODE-EXPIRED", enrol, gateway, enrol_request(Device(tmp_path), code))


def test_a_code_that_failed_is_not_spent(gateway: Gateway, enrolled: Enrolled, tmp_path: Path) -> None:
    code = create_code(gateway, load_communes()[COMMUNE], "officer")
    taken = Device(tmp_path, seed=90, device_id=enrolled().device_id)
    fails("DEVICE-TAKEN", enrol, gateway, enrol_request(taken, code))
    assert enrol(gateway, enrol_request(Device(tmp_path, seed=91), code)).commune_code == COMMUNE


def test_roles_are_a_closed_list(gateway: Gateway) -> None:
    fails("ROLE-UNKNOWN", create_code, gateway, load_communes()[COMMUNE], "king")


def test_codes_survive_being_read_aloud() -> None:
    assert clean_code(" o1-il ab ") == "0111AB"


def test_a_damaged_server_key_is_named_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "server.key"
    path.write_text("không phải khóa", encoding="utf-8")
    with pytest.raises(EnvironmentFault) as caught:
        load_server_key(path)
    assert (caught.value.code, caught.value.context["file"]) == ("GATEWAY-KEY", str(path))
    assert path.read_text(encoding="utf-8") == "không phải khóa"


def test_a_code_of_another_commune_stays_good_and_leaves_the_device_free(gateway: Gateway, tmp_path: Path) -> None:
    communes = load_communes()
    device, neighbour = Device(tmp_path / "một", seed=71), Device(tmp_path / "hai", seed=72)
    other = create_code(gateway, communes["01090"], "officer")
    fails("CODE-OTHER-COMMUNE", enrol, gateway, enrol_request(device, other, commune_code=COMMUNE))
    right = create_code(gateway, communes[COMMUNE], "officer")
    assert enrol(gateway, enrol_request(device, right, commune_code=COMMUNE)).commune_code == COMMUNE
    assert enrol(gateway, enrol_request(neighbour, other)).commune_code == "01090"
