"""Waived findings at the province: taken where its own rules allow it, else returned; kept in the receipt."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from core.canonical import canonical_json
from core.errors import UserError
from core.identity import new_uid
from forms.content import GEOMETRY, Content
from province.gateway import Gateway
from province.tables import packages
from province.taking import take_package
from tests.province.conftest import Enrolled, bring, whole_upload
from tests.province.samples import change, road
from tests.province.test_taking import BOW_TIE
from validation.finding import Finding, Severity
from validation.rule import RULES
from wire.changes import RecordChange
from wire.header import MOST_WAIVERS, WaivedFinding, parse_header
from wire.package import read_header

LATE = 2090
REASON = "Năm theo quyết định gốc, đã đối chiếu"


def waiver(change: RecordChange, rule_id: str = "ATT-06", **changes: Any) -> WaivedFinding:
    """The waiver of what a rule finds in the record of a change; ``changes`` are what a forger would alter."""
    code = changes.pop("text_code", _code(rule_id))
    field = changes.pop("field", "built_year")
    finding = Finding(rule_id, Severity.ERROR, change.type_id, change.uid, change.revision, field, None, {}, (), code)
    facts: dict[str, Any] = {
        "key": finding.key,
        "rule_id": rule_id,
        "type_id": change.type_id,
        "uid": change.uid,
        "revision": change.revision,
        "field": field,
        "reason": REASON,
        "person": "Nguyễn Văn An",
        "at": "2026-03-01T02:00:00.000Z",
    }
    return WaivedFinding(**{**facts, **changes})


def _code(rule_id: str) -> str:
    return "ATT-06.future-year" if rule_id == "ATT-06" else rule_id


def wrong(**values: Any) -> RecordChange:
    return change(road(0, built_year=LATE, **values))


def test_without_a_waiver_the_record_comes_back_with_code_and_field(gateway: Gateway, enrolled: Enrolled) -> None:
    [outcome] = bring(gateway, enrolled(), [wrong()]).outcomes
    assert (outcome.result, outcome.code, outcome.field, outcome.waived) == ("rejected", "ATT-06", "built_year", ())
    assert outcome.context["findings"][0]["text_code"] == _code("ATT-06")


def test_a_waived_error_is_taken_and_the_receipt_says_so(gateway: Gateway, enrolled: Enrolled) -> None:
    sent = wrong()
    given = waiver(sent)
    receipt = bring(gateway, enrolled(), [sent, change(road(1))], waivers=(given,))
    by_uid = {outcome.uid: outcome for outcome in receipt.outcomes}
    assert [outcome.result for outcome in receipt.outcomes] == ["applied", "applied"]
    assert [(item.key, item.rule_id) for item in by_uid[sent.uid].waived] == [(given.key, "ATT-06")]
    assert "waived" in by_uid[sent.uid].as_dict()
    with gateway.database.reading() as connection:
        [header] = connection.execute(select(packages.c.header)).scalars()
    assert parse_header(header.encode()).waivers == (given,)


@pytest.mark.parametrize(
    "forged",
    [
        {"key": "0" * 64},
        {"uid": new_uid()},
        {"revision": 7},
        {"rule_id": "TOP-08"},
        {"type_id": "bridge"},
        {"reason": "." * 30},
        {"reason": "          "},
    ],
    ids=lambda facts: next(iter(facts)),
)
def test_a_waiver_of_anything_else_does_not_count(gateway: Gateway, enrolled: Enrolled, forged: dict[str, Any]) -> None:
    sent = wrong()
    facts = waiver(sent).model_copy(update=forged)
    [outcome] = bring(gateway, enrolled(), [sent], waivers=(facts,)).outcomes
    assert (outcome.result, outcome.code, outcome.waived) == ("rejected", "ATT-06", ())


def test_what_may_never_be_waived_is_returned_whatever_the_package_says(gateway: Gateway, enrolled: Enrolled) -> None:
    area: Content = {**road(0), GEOMETRY: BOW_TIE}
    area = {key: value for key, value in area.items() if key not in ("carriageway_w",)}
    broken = change(area, type_id="land_use_plan_area")
    plain = bring(gateway, enrolled(), [broken]).outcomes[0]
    codes = {item["rule_id"]: item for item in plain.context["findings"]}
    assert "GEO-02" in codes
    given = tuple(
        waiver(broken, rule_id, text_code=item["text_code"], field=item["field"]) for rule_id, item in codes.items()
    )
    [outcome] = bring(gateway, enrolled(), [broken], waivers=given).outcomes
    assert outcome.result == "rejected"
    assert "GEO-02" in {item["rule_id"] for item in outcome.context["findings"]}
    assert {item["rule_id"] for item in outcome.context["findings"]} == {
        rule_id for rule_id in codes if not RULES[rule_id].waivable
    }


def test_the_province_goes_by_its_own_rules(
    gateway: Gateway, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RULES, "ATT-06", replace(RULES["ATT-06"], waivable=False))
    sent = wrong()
    [outcome] = bring(gateway, enrolled(), [sent], waivers=(waiver(sent),)).outcomes
    assert (outcome.result, outcome.code) == ("rejected", "ATT-06")


def test_a_waiver_does_not_speak_for_what_the_province_merged(gateway: Gateway, enrolled: Enrolled) -> None:
    first, second = enrolled(), enrolled()
    base = road(0)
    uid = new_uid()
    bring(gateway, first, [change(base, uid=uid)])
    theirs = change({**base, "name": "Tên khác"}, uid=uid, revision=2, base_revision=1, base=base)
    bring(gateway, first, [theirs])
    ours = change({**base, "built_year": LATE}, uid=uid, revision=2, base_revision=1, base=base)
    [outcome] = bring(gateway, second, [ours], waivers=(waiver(ours),)).outcomes
    assert (outcome.result, outcome.code, outcome.waived) == ("conflict", "ATT-06", ())


def test_a_header_without_waivers_is_what_it_was(enrolled: Enrolled) -> None:
    path, _ = enrolled().seal([change(road(0))])
    header = read_header(path)
    assert b"waivers" not in header.encode()
    assert header.waivers == ()


def test_a_header_with_waivers_comes_back_to_the_byte(enrolled: Enrolled) -> None:
    sent = wrong()
    path, _ = enrolled().seal([sent], waivers=(waiver(sent),))
    header = read_header(path)
    assert parse_header(header.encode()) == header
    assert header.waivers == (waiver(sent),)
    stretched = {**header.as_dict(), "waivers": []}
    with pytest.raises(UserError):
        parse_header(canonical_json(stretched))


@pytest.mark.parametrize("bad", [{"reason": "ngắn"}, {"reason": "x" * 501}, {"rule_id": "'; --"}, {"key": "zz"}])
def test_a_waiver_that_says_too_little_is_no_waiver(bad: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        waiver(wrong(), **bad)


def test_more_waivers_than_a_package_takes_are_refused(enrolled: Enrolled) -> None:
    sent = wrong()
    with pytest.raises(ValidationError):
        enrolled().seal([sent], waivers=(waiver(sent),) * (MOST_WAIVERS + 1))


def test_a_stamp_of_secrecy_in_a_reason_stops_at_both_ends(
    gateway: Gateway, enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = wrong()
    secret = waiver(sent, reason="Theo văn bản TUYỆT MẬT số 5")
    device = enrolled()
    with pytest.raises(UserError) as refused:
        device.seal([sent], waivers=(secret,))
    assert refused.value.code == "SEC-SECRET-STAMP"
    monkeypatch.setattr("wire.package._refuse_secret_reasons", lambda header: None)
    path, package_id = device.seal([sent], waivers=(secret,))
    with pytest.raises(UserError) as refused:
        take_package(gateway, path, whole_upload(device, path, package_id))
    assert refused.value.code == "SEC-SECRET-STAMP"
