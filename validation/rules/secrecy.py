"""SEC: nothing that is a state secret enters this program; every dossier says that it has been looked at."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from forms.dossiers import DOSSIER
from forms.files import file_links
from forms.model import RecordType
from forms.secrecy import find_stamp, named_fields
from validation.batch import Batch
from validation.context import CheckContext
from validation.examples import example, sample
from validation.rule import Found, Scope, Severity, rule

DECLARED = "secrecy_declared"
SOURCE = "source_file"

_HINT = re.compile("m(?:ậ|â\u0323|ạ\u0302|a\u0323\u0302|a\u0302\u0323)t", re.IGNORECASE)


@rule(
    "SEC-01",
    {"undeclared": Severity.ERROR, "secret": Severity.ERROR, "": Severity.ERROR, "stamp-source": Severity.ERROR},
    scope=Scope(),
    legal=("plan_records", "secrets"),
    good=[
        example(DOSSIER, sample(name="Quy hoạch chung xã, MẬT ĐỘ dân cư", secrecy_declared=True)),
        example("dossier_document", sample(name="Quyết định", file_name="QD_2820.pdf")),
        example("road_segment", sample(name="Đường cầu Mật Sơn", lineage={"source_file": "bao_mat.shp"})),
    ],
    bad=[
        example(DOSSIER, sample(name="Quy hoạch chung xã"), finds="SEC-01.undeclared"),
        example(DOSSIER, sample(name="Quy hoạch chung xã", secrecy_declared=False), finds="SEC-01.secret"),
        example("dossier_document", sample(name="Bản đồ (TỐI MẬT)"), finds="SEC-01"),
        example("dossier_document", sample(name="Bản đồ", file_name="ban_do_TUYỆT_MẬT.pdf"), finds="SEC-01"),
        example(
            "road_segment",
            sample(
                attachments=[{"sha256": "0" * 64, "name": "Đường MẬT.jpg", "bytes": 1, "mime": "image/jpeg"}],
            ),
            finds="SEC-01",
        ),
        example("road_segment", sample(lineage={"source_file": "QH_MẬT.dgn"}), finds="SEC-01.stamp-source"),
    ],
)
def state_secrets(batch: Batch, context: CheckContext) -> Iterator[Found]:
    """No title and no file name carries a secrecy stamp, and a dossier is declared free of state secrets."""
    if batch.type.id == DOSSIER and any(field.key == DECLARED for field in batch.type.fields):
        for index, answer in enumerate(batch.column(DECLARED)):
            if answer is not True:
                facts = {"field": batch.type.field(DECLARED).label}
                yield Found(index, "undeclared" if answer is None else "secret", DECLARED, context=facts)
    for key in named_fields(batch.type):
        if not _HINT.search(batch.text_of(key)):
            continue
        facts = {"field": batch.type.field(key).label}
        for index, stamp in _stamped(batch.column(key)):
            yield Found(index, field=key, context={**facts, "stamp": stamp})
    for key, names in _file_names(batch):
        facts = {"field": batch.type.field(key).label}
        for index, stamp in _stamped(names):
            yield Found(index, field=key, context={**facts, "stamp": stamp})
    for index, stamp in _stamped(batch.origin_column("source_file")):
        yield Found(index, "stamp-source", context={"stamp": stamp, "file": batch.lineages[index].source_file})


def _stamped(texts: Sequence[Any]) -> Iterator[tuple[int, str]]:
    """Yield the places of the texts that carry a stamp, with it; a column without the word is looked at once."""
    if not _HINT.search("\n".join(text for text in set(texts) if isinstance(text, str))):
        return
    plain = [text if isinstance(text, str) else "" for text in texts]
    for index, text in enumerate(plain):
        if _HINT.search(text) and (stamp := find_stamp(text)):
            yield index, stamp


def _file_names(batch: Batch) -> Iterator[tuple[str, list[str]]]:
    """Yield for each field of files the names and captions that each record gives."""
    for key in _file_fields(batch.type):
        column = batch.column(key)
        if any(column):
            yield key, [" ; ".join(_texts(value)) for value in column]


def _file_fields(record_type: RecordType) -> list[str]:
    return [field.key for field in record_type.fields if field.type == "files"]


def _texts(value: Any) -> list[str]:
    try:
        links = file_links(value)
    except ValueError:
        return []
    return [text for link in links for text in (link.name, link.caption) if text]
