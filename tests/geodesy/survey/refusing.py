"""What tests of refusals share."""

from typing import Any

import pytest

from core.errors import UserError


def refused(code: str) -> Any:
    """Expect a ``UserError`` of this code."""
    return pytest.raises(UserError, check=lambda error: error.code == code)
