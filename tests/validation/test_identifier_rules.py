"""Duplicates among very many records, and against those stored."""

from core.identity import new_uids
from forms.catalogue import Catalogue
from forms.record import Record, State
from validation.batch import Batch
from validation.context import CheckContext
from validation.engine import check_batch
from validation.rule import RULES
from validation.rules.identifiers import NAMED_OTHERS


def records(count: int, **values: object) -> list[Record]:
    return [Record(uid, "road_segment", dict(values), None, revision=1) for uid in new_uids(count)]


def test_a_thousand_alike_name_a_few_and_count_all(catalogue: Catalogue, context: CheckContext) -> None:
    batch = Batch.of(catalogue.type("road_segment"), records(1000, local_code="ĐX-1", commune_code="01153"))
    found = list(RULES["ATT-15"].findings_of(batch, context))
    assert len(found) == 1000
    assert {finding.context["count"] for finding in found} == {999}
    assert {len(finding.others) for finding in found} == {NAMED_OTHERS}
    assert not any(finding.uid in finding.others for finding in found)


def test_a_cancelled_record_holds_no_code(catalogue: Catalogue, context: CheckContext) -> None:

    one, other = records(2, local_code="ĐX-1", commune_code="01153")
    gone = Record(other.uid, other.type_id, other.values, None, revision=1, state=State.CANCELLED)
    batch = Batch.of(catalogue.type("road_segment"), [one, gone])
    assert not [finding for finding in check_batch(batch, context) if finding.rule_id == "ATT-15"]
