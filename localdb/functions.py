"""SQL functions of our own, for queries alone: nothing stored in the file needs them."""

from typing import Any

from core.text import fold_text
from localdb.columns import sort_key


def register_functions(connection: Any) -> None:
    """Give a DB-API connection the functions that filters and sorting use."""
    connection.create_function("diaba_sort", 1, lambda text: sort_key(text) if text else "", deterministic=True)
    connection.create_function("diaba_casei", 1, _on_text(str.casefold), deterministic=True)
    connection.create_function("diaba_accenti", 1, _on_text(fold_text), deterministic=True)


def _on_text(change: Any) -> Any:
    return lambda text: change(text) if isinstance(text, str) else None
