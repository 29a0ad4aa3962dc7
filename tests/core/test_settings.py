"""The user's own settings: replaced whole or not at all."""

from pathlib import Path

import pytest

from core.settings import config_folder, load_settings, save_settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIABA_CONFIG", str(tmp_path / "cấu hình"))
    return tmp_path / "cấu hình"


def test_the_folder_can_be_named(folder: Path) -> None:
    assert config_folder() == folder


def test_the_folder_is_the_systems_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DIABA_CONFIG")
    assert config_folder().name == "diaba"


def test_nothing_saved_is_nothing(folder: Path) -> None:
    assert load_settings() == {}
    assert not folder.exists()


def test_changes_are_merged(folder: Path) -> None:
    save_settings(language="en", last="Sổ xã")
    save_settings(language="vi")
    assert load_settings() == {"language": "vi", "last": "Sổ xã"}
    assert [path.name for path in folder.iterdir()] == ["settings.json"]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe\x00", b'"x"'])
def test_a_damaged_file_is_an_empty_one(folder: Path, content: bytes) -> None:
    folder.mkdir()
    (folder / "settings.json").write_bytes(content)
    assert load_settings() == {}
    save_settings(language="vi")
    assert load_settings() == {"language": "vi"}


def test_a_save_that_fails_leaves_the_old_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_settings(language="vi")

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        save_settings(language="en")
    assert load_settings() == {"language": "vi"}


def test_what_cannot_be_written_leaves_the_old_file(folder: Path) -> None:
    save_settings(language="vi")
    with pytest.raises(TypeError):
        save_settings(language=object())
    assert load_settings() == {"language": "vi"}
