import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import UserError
from localdb import folders

ROOT = Path(__file__).resolve().parents[2]


def test_the_longest_mount_above_a_folder_decides(monkeypatch, tmp_path):
    lines = (
        "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
        f"22 21 0:3 / {tmp_path}/máy\\040chủ rw shared:1 - cifs //may/chia rw\n"
        f"23 22 0:4 / {tmp_path}/other rw - nfs4 may:/x rw\n"
    )
    real = Path.read_text
    monkeypatch.setattr(
        Path, "read_text", lambda self, **more: lines if str(self) == "/proc/self/mountinfo" else real(self, **more)
    )
    assert folders.network_system(tmp_path) is None
    assert folders.network_system(tmp_path / "máy chủ" / "xã") == "cifs"
    assert folders.network_system(tmp_path / "máy chủ cũ") is None
    assert folders.network_system(tmp_path / "other") == "nfs4"


def test_this_disk_is_no_share(tmp_path):
    assert folders.network_system(tmp_path) is None


def test_writable_is_found_out_by_writing(tmp_path):
    assert folders.is_writable(tmp_path)
    assert not folders.is_writable(tmp_path / "missing")
    assert list(tmp_path.iterdir()) == []


def test_one_holder_at_a_time(tmp_path):
    first = folders.lock_folder(tmp_path)
    with pytest.raises(UserError) as caught:
        folders.lock_folder(tmp_path)
    assert caught.value.code == "STORE-LOCKED"
    first.release()
    folders.lock_folder(tmp_path).release()


def test_the_lock_of_a_killed_program_is_free(tmp_path):
    hold = "import sys, time; from pathlib import Path; from localdb.folders import lock_folder\n"
    hold += "lock = lock_folder(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as child:
        assert child.stdout.readline() == "held\n"
        with pytest.raises(UserError):
            folders.lock_folder(tmp_path)
        os.kill(child.pid, 9)
        child.wait()
        folders.lock_folder(tmp_path).release()
