"""The way one came: from record to record by their references, and back."""


class Trail:
    """The records left behind, the latest last; a child that is being added returns by itself once it is stored."""

    def __init__(self) -> None:
        self._uids: list[str] = []
        self._child_at: int | None = None

    @property
    def last(self) -> str | None:
        """The record to which the way back leads."""
        return self._uids[-1] if self._uids else None

    @property
    def is_at_child(self) -> bool:
        """Whether the record shown is a child that was begun from the last one."""
        return self._child_at is not None and self._child_at == len(self._uids)

    def leave(self, uid: str, *, for_child: bool = False) -> None:
        """Note that ``uid`` is left for another record, maybe for a new child of it."""
        self._uids.append(uid)
        if for_child:
            self._child_at = len(self._uids)

    def step_back(self) -> str:
        """Return the record to show again."""
        if self.is_at_child:
            self._child_at = None
        return self._uids.pop()

    def forget(self) -> None:
        """Begin anew."""
        self._uids.clear()
        self._child_at = None
