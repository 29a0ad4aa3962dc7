"""Memory that the window and its renderer both see, and that no crash of either leaves behind."""

import mmap
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Column = tuple[str, tuple[int, ...]]  # numpy type and shape

_ALIGNED = 64  # bytes; a cache line, and enough for every element type


@dataclass(frozen=True, slots=True)
class Place:
    """Where one array lies in a block: byte offset, numpy type, shape."""

    offset: int
    dtype: str
    shape: tuple[int, ...]


class SharedBlock:
    """A piece of memory without a name in any folder: it lives as long as a process holds it.

    On Linux it is an anonymous file which the other process opens through ``/proc``; on Windows a section of the
    paging file. Named shared memory (``multiprocessing.shared_memory``) would outlive a killed program, needs a
    tracker process to clean up, and is limited to the size of ``/dev/shm``.
    """

    def __init__(self, address: str, size: int, memory: mmap.mmap, descriptor: int | None) -> None:
        self.address, self.size = address, size
        self._memory: mmap.mmap | None = memory
        self._descriptor = descriptor

    @classmethod
    def create(cls, size: int) -> "SharedBlock":
        """Return a new block of ``size`` bytes, all zero."""
        size = max(size, 1)
        if sys.platform == "win32":
            tag = f"diaba-{os.urandom(16).hex()}"
            return cls(tag, size, mmap.mmap(-1, size, tagname=tag), None)
        descriptor = os.memfd_create("diaba-map", os.MFD_CLOEXEC)
        os.ftruncate(descriptor, size)
        return cls(f"/proc/{os.getpid()}/fd/{descriptor}", size, mmap.mmap(descriptor, size), descriptor)

    @classmethod
    def open(cls, address: str, size: int) -> "SharedBlock":
        """Return the block that another process created; raise ``OSError`` when that one has let go of it."""
        if sys.platform == "win32":
            return cls(address, size, mmap.mmap(-1, size, tagname=address), None)
        descriptor = os.open(address, os.O_RDWR | os.O_CLOEXEC)
        try:
            return cls(address, size, mmap.mmap(descriptor, size), None)
        finally:
            os.close(descriptor)

    def array(self, place: Place) -> npt.NDArray[Any]:
        """Return the array that lies at ``place``; it keeps the memory mapped for as long as it lives."""
        if self._memory is None:
            raise ValueError("the block is closed")
        count = int(np.prod(place.shape, dtype=np.int64))
        flat = np.frombuffer(self._memory, dtype=place.dtype, count=count, offset=place.offset)
        return flat.reshape(place.shape)

    def close(self) -> None:
        """Let go of the memory; it is given back once the last array over it is gone."""
        self._memory = None
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def reserve(columns: Mapping[str, Column]) -> tuple[SharedBlock, dict[str, Place]]:
    """Return one new block with room for all ``columns``, zero so far, and where each lies."""
    places, end = {}, 0
    for name, (dtype, shape) in columns.items():
        places[name] = Place(end, np.dtype(dtype).str, shape)
        size = np.dtype(dtype).itemsize * int(np.prod(shape, dtype=np.int64))
        end += -(-size // _ALIGNED) * _ALIGNED
    return SharedBlock.create(end), places


def pack_arrays(arrays: Mapping[str, npt.NDArray[Any]]) -> tuple[SharedBlock, dict[str, Place]]:
    """Copy ``arrays`` into one new block; return it and where each lies."""
    block, places = reserve({name: (array.dtype.str, array.shape) for name, array in arrays.items()})
    for name, array in arrays.items():
        block.array(places[name])[...] = array
    return block, places
