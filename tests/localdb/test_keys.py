import json
import stat

import pytest

from core.errors import EnvironmentFault
from core.identity import new_uid
from core.settings import config_folder
from localdb import keys


def test_a_key_is_made_once_and_kept_from_others():
    workspace_id = new_uid()
    first = keys.load_device(workspace_id)
    assert first.enrolment is None
    path = config_folder() / "devices" / f"{workspace_id}.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0
    again = keys.load_device(workspace_id)
    assert again.device_id == first.device_id
    assert again.private_key.private_bytes_raw() == first.private_key.private_bytes_raw()
    assert keys.load_device_key(workspace_id).private_bytes_raw() == first.private_key.private_bytes_raw()
    assert [item.name for item in path.parent.iterdir()] == [path.name]


def test_each_workspace_has_its_own():
    one, other = keys.load_device(new_uid()), keys.load_device(new_uid())
    assert one.device_id != other.device_id
    assert one.private_key.private_bytes_raw() != other.private_key.private_bytes_raw()


def test_enrolment_is_kept_beside_the_key():
    workspace_id = new_uid()
    before = keys.load_device(workspace_id)
    keys.save_enrolment(workspace_id, {"device_id": "x", "role": "officer"})
    after = keys.load_device(workspace_id)
    assert after.enrolment == {"device_id": "x", "role": "officer"}
    assert after.private_key.private_bytes_raw() == before.private_key.private_bytes_raw()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"private_key": "AAAA", "device_id": "x"}', '{"private_key": 5}'])
def test_a_damaged_key_is_told_and_not_replaced(text):
    workspace_id = new_uid()
    keys.load_device(workspace_id)
    path = config_folder() / "devices" / f"{workspace_id}.json"
    path.write_text(text)
    with pytest.raises(EnvironmentFault) as caught:
        keys.load_device(workspace_id)
    assert caught.value.code == "DEVICE-KEY"
    assert path.read_text() == text


def test_a_workspace_cannot_name_a_file_elsewhere():
    with pytest.raises(EnvironmentFault):
        keys.load_device("../../etc/passwd")


def test_the_file_holds_no_more_than_it_says():
    workspace_id = new_uid()
    keys.load_device(workspace_id)
    path = config_folder() / "devices" / f"{workspace_id}.json"
    assert set(json.loads(path.read_text())) == {"device_id", "private_key", "enrolment"}
