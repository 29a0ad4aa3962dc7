"""Documents of files kept with records."""

from typing import Literal

from cli.printed.document import Document


class RefusedFileDocument(Document):
    """A file that could not be attached, and why."""

    file: str
    code: str
    text: str


class AttachedDocument(Document):
    """``attach``: how many files were attached, and those that were not."""

    uid: str
    revision: int
    attached: int
    refused: list[RefusedFileDocument]


class SignatureDocument(Document):
    """A signature of a PDF; ``valid`` says nothing of who signed, ``reason`` is the code that explains it."""

    signer: str | None
    valid: bool | None
    at: str | None
    reason: str | None


class FactsDocument(Document):
    """``document``: what a file's content says of itself; ``notes`` are codes of what to be wary of."""

    file: str
    kind: Literal["image", "pdf", "office", "text", "cad", "video", "other"]
    mime: str
    bytes: int
    sha256: str
    width: int | None
    height: int | None
    dpi: float | None
    color_bits: int | None
    pages: int | None
    page_mm: tuple[float, float] | None
    has_text: bool | None
    scan: bool | None
    pdf_a: str | None
    taken_at: str | None
    place: tuple[float, float] | None
    altitude_m: float | None
    signatures: list[SignatureDocument]
    notes: list[str]


class StrippedDocument(Document):
    """``strip-place``: the copy that was written."""

    file: str
    sha256: str
    bytes: int


class AttachmentDocument(Document):
    """``attachments``: a file of a record; ``held`` tells where its bytes are."""

    sha256: str
    name: str
    bytes: int
    mime: str
    page: int | None
    caption: str | None
    taken_at: str | None
    place: tuple[float, float] | None
    held: Literal["whole", "damaged", "elsewhere", "missing"]
    in_province: bool


class SavedFileDocument(Document):
    """``save-attachment``: the file that was written."""

    sha256: str
    file: str
    bytes: int


class DetachedDocument(Document):
    """``detach``: the record, and the file it has no more."""

    uid: str
    revision: int
    sha256: str


class PhotoDocument(Document):
    """A photo and the nearest record; ``place`` is longitude and latitude, ``point`` lies in the workspace's zone."""

    file: str
    uid: str | None
    type: str | None
    distance_m: float | None
    taken_at: str | None
    place: tuple[float, float] | None
    point: tuple[float, float] | None
    error: str | None


class FolderPhotosDocument(Document):
    """``attach-folder``: what is proposed, and what was done; ``attached`` counts by record, null without --apply."""

    photos: list[PhotoDocument]
    attached: dict[str, int] | None
    made: list[str]
    refused: list[RefusedFileDocument]
