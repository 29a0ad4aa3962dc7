"""DOS-05: whether the files that a record names are there, and still the same."""

from collections.abc import Iterator
from typing import Any

from forms.files import FileLink, file_links, is_sha256
from forms.requirements import is_filled
from validation.batch import Batch
from validation.context import CheckContext, HeldContent
from validation.examples import example, sample
from validation.reads import Contents
from validation.rule import Found, Scope, Severity, rule

HASH, NAME, SIZE = "file_sha256", "file_name", "file_bytes"
SENT_BYTES_LIMIT = 1 << 30  # an entry of a package, `wire.limits`

_HERE, _LOST, _OTHER, _AWAY, _LARGE = "0a" * 32, "0b" * 32, "0c" * 32, "0d" * 32, "0e" * 32
_HELD = {
    _LARGE: HeldContent(1 << 31, "whole"),
    _HERE: HeldContent(5, "whole"),
    _OTHER: HeldContent(5, "damaged"),
    _AWAY: HeldContent(5, "elsewhere"),
}


def _link(sha256: str, size: int = 5) -> dict[str, Any]:
    return {"sha256": sha256, "name": "cong.jpg", "bytes": size, "mime": "image/jpeg"}


def _named(sha256: str | None, size: int | None = None) -> dict[str, Any]:
    return {NAME: "QD_2820.pdf", HASH: sha256, SIZE: size}


@rule(
    "DOS-05",
    {
        "missing": Severity.ERROR,
        "changed": Severity.ERROR,
        "unhashed": Severity.ERROR,
        "large": Severity.ERROR,
        "absent": Severity.WARNING,
    },
    scope=Scope(),
    legal=("plan_database", "accuracy"),
    reads=(Contents(),),
    good=[
        example("road_segment", sample(), sample(attachments=[_link(_HERE), _link(_AWAY)]), contents=_HELD),
        example("road_segment", sample(attachments=[_link(_LOST)])),
        example("dossier_document", sample(), sample(**_named(_HERE, 5)), sample(**_named(_AWAY)), contents=_HELD),
        example("dossier_document", sample(**_named(_LOST))),
    ],
    bad=[
        example(
            "road_segment", sample(attachments=[_link(_HERE), _link(_LOST)]), finds="DOS-05.missing", contents=_HELD
        ),
        example("road_segment", sample(attachments=[_link(_OTHER)]), finds="DOS-05.changed", contents=_HELD),
        example("road_segment", sample(attachments=[_link(_HERE, 6)]), finds="DOS-05.changed", contents=_HELD),
        example("road_segment", sample(attachments=[_link(_LARGE, 1 << 31)]), finds="DOS-05.large", contents=_HELD),
        example("dossier_document", sample(**_named(None)), finds="DOS-05.unhashed", contents=_HELD),
        example("dossier_document", sample(**_named(_LOST)), finds="DOS-05.absent", contents=_HELD),
        example("dossier_document", sample(**_named(_OTHER, 5)), finds="DOS-05.changed", contents=_HELD),
        example("dossier_document", sample(**_named(_HERE, 6)), finds="DOS-05.changed", contents=_HELD),
    ],
)
def files_are_there(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """Every file that a record keeps is held whole, here or by the province, unchanged, and small enough to be sent."""
    keys = {field.key: field.type for field in batch.type.fields}
    for key in (key for key, kind in keys.items() if kind == "files"):
        yield from _check_links(batch, key, context)
    if HASH in keys and NAME in keys:
        yield from _check_one_file(batch, context)


def _check_links(batch: Batch, key: str, context: CheckContext) -> Iterator[Found]:
    column = batch.column(key)
    if not any(column):
        return
    linked = [(index, link) for index, value in enumerate(column) for link in _links(value)]
    held = context.held_contents({link.sha256 for _, link in linked})
    if held is None:
        return
    told: set[tuple[int, str]] = set()
    for index, link in linked:
        variant = _judge(held.get(link.sha256), link.bytes, missing="missing")
        if variant and (index, link.sha256) not in told:
            told.add((index, link.sha256))
            yield Found(index, variant, key, context={"file": link.name, "size": link.bytes >> 20})


def _check_one_file(batch: Batch, context: CheckContext) -> Iterator[Found]:
    hashes, names, sizes = batch.column(HASH), batch.column(NAME), batch.column(SIZE)
    held = context.held_contents({text for text in hashes if is_sha256(text)})
    for index, (sha256, name, stated) in enumerate(zip(hashes, names, sizes, strict=True)):
        size = stated if type(stated) is int else None
        facts = {"file": name or sha256, "size": (size or 0) >> 20}
        if not is_filled(sha256):
            if is_filled(name):
                yield Found(index, "unhashed", HASH, context=facts)
        elif held is not None and (variant := _judge(held.get(str(sha256)), size, missing="absent")):
            yield Found(index, variant, HASH, context=facts)


def _judge(held: HeldContent | None, size: int | None, *, missing: str) -> str | None:
    """Return what is wrong with a file of ``size`` bytes whose content is held so, ``None`` for nothing."""
    if held is None:
        return missing
    if held.state == "elsewhere":
        return None
    if held.state == "damaged" or (size is not None and size != held.bytes):
        return "changed"
    return "large" if held.bytes > SENT_BYTES_LIMIT else None


def _links(value: Any) -> tuple[FileLink, ...]:
    try:
        return file_links(value)
    except ValueError:  # what is no list of links is refused where it comes in
        return ()
