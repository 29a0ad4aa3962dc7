"""Keeps Python's collector of cyclic garbage out of work that makes hundreds of thousands of objects and no cycle."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Pause the collector, which otherwise walks all of them again and again: a third of a large import's time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
