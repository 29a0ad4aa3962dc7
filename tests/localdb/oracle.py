"""Runs SQL with the real SpatiaLite library, in a process of its own: loaded here it would break shapely."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

_CHILD = """
import json, sys
from sqlcipher3 import dbapi2
def plain(value):
    return {"blob": value.hex()} if isinstance(value, bytes) else value
def given(value):
    return bytes.fromhex(value["blob"]) if isinstance(value, dict) else value
connection = dbapi2.connect(sys.argv[1], isolation_level=None)
connection.enable_load_extension(True)
connection.load_extension("mod_spatialite")
answers = []
for sql, parameters in json.load(sys.stdin):
    try:
        rows = connection.execute(sql, [given(value) for value in parameters]).fetchall()
        answers.append([[plain(value) for value in row] for row in rows])
    except dbapi2.Error as error:
        answers.append({"error": str(error), "in_transaction": connection.in_transaction})
connection.close()
json.dump(answers, sys.stdout)
"""


def ask(path: Path | str, *statements: str | tuple[str, list[Any]]) -> list[Any]:
    """Return the rows of each statement (blobs as ``bytes``), or a dict with its ``error``."""
    asked = [(one, []) if isinstance(one, str) else one for one in statements]
    given = [
        (sql, [{"blob": value.hex()} if isinstance(value, bytes) else value for value in row]) for sql, row in asked
    ]
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(path)], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    if done.returncode and "mod_spatialite" in done.stderr:
        pytest.skip("the SpatiaLite library (libsqlite3-mod-spatialite) is not on this machine")
    assert done.returncode == 0, done.stderr
    return [_decoded(answer) for answer in json.loads(done.stdout)]


def _decoded(answer: Any) -> Any:
    if isinstance(answer, dict):
        return answer
    return [tuple(bytes.fromhex(cell["blob"]) if isinstance(cell, dict) else cell for cell in row) for row in answer]
