"""Documents of the province's remarks."""

from cli.printed.document import Document


class RemarkDocument(Document):
    """``remarks``: one remark; ``place`` is east and north in metres of the workspace's zone."""

    remark_id: str
    uid: str | None
    type: str | None
    field: str | None
    place: tuple[float, float] | None
    text: str
    deadline: str | None
    days_left: int | None
    done_at: str | None
    done_by: str | None
