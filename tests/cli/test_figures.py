"""The seven figures on the command line."""

from pathlib import Path

from tests.cli.running import Done, run


def test_figures_in_words_and_as_a_document(made: tuple[Path, Done]) -> None:
    workspace = made[0]
    done = run("figures", workspace, "--json")
    found = {item["word"]: item for item in done.document("figures")}
    assert done.code == 0
    assert list(found) == ["dung", "du", "sach", "song", "thong_nhat", "lien_thong", "dung_chung"]
    assert all(item["share"] is None or 0 <= item["share"] <= 1 for item in found.values())
    words = run("figures", workspace)
    assert words.code == 0
    assert "Đúng: " in words.out
    assert "Dùng chung: " in words.out
