"""The error tree: codes, exit codes, words, and the way between processes."""

import copy
import pickle

import pytest

from core.errors import AppError, Bug, Cancelled, EnvironmentFault, UserError

KINDS = [(UserError, 2), (EnvironmentFault, 3), (Cancelled, 130), (Bug, 70)]


@pytest.mark.parametrize(("kind", "exit_code"), KINDS)
def test_has_its_exit_code(kind: type[AppError], exit_code: int) -> None:
    assert issubclass(kind, AppError)
    assert kind("FILE-MISSING", file="x").exit_code == exit_code


@pytest.mark.parametrize(("kind", "_exit_code"), KINDS)
def test_comes_back_whole_from_another_process(kind: type[AppError], _exit_code: int) -> None:
    error = kind("FILE-MISSING", file="Đường.shp", rows=[1, 2])
    for back in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(back) is kind
        assert (back.code, back.context) == ("FILE-MISSING", {"file": "Đường.shp", "rows": [1, 2]})
        assert str(back) == str(error)


def test_words_come_from_the_messages() -> None:
    text = str(UserError("FILE-MISSING", file="Đường.shp"))
    assert "Đường.shp" in text
    assert "FILE-MISSING" not in text


def test_a_fact_may_be_called_code() -> None:
    """The code is positional only, so that a fact of that name does not collide."""
    assert UserError("BOUNDARY-NOT-FOUND", file="a", commune="b", code="01153").context["code"] == "01153"


def test_cancelling_needs_no_words() -> None:
    assert Cancelled().code == "CANCELLED"
    assert str(Cancelled())
