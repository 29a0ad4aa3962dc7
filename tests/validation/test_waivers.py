"""Which findings a person may let stand, under which identity, and what a reason is."""

from dataclasses import replace

import pytest

from core.tables import load_table
from forms.loader import load_catalogue
from validation.engine import may_waive
from validation.finding import Finding, Severity
from validation.rule import RULES, rule_pack_hash
from validation.waivers import Waiver, Waivers, is_reason, why_never

FOUND = Finding("TOP-08", Severity.ERROR, "road_segment", "u1", 3, None, None, {"gap_m": 0.4}, ("u3", "u2"), "TOP-08")
FAMILIES = {"PKG", "CRS", "SEC"}


def waiver_of(finding: Finding, **revisions: int) -> Waiver:
    return Waiver(
        finding.key,
        finding.rule_id,
        finding.type_id,
        finding.uid,
        finding.field,
        {finding.uid: finding.revision, **revisions},
        "Đường cụt thật, đã xem tại chỗ",
        "Nguyễn Văn An",
        "2026-03-02T01:00:00.000Z",
    )


def test_the_key_is_the_same_whatever_the_facts_the_revision_and_the_order_of_the_others() -> None:
    again = replace(FOUND, revision=9, context={"gap_m": 0.2}, others=("u2", "u3"))
    assert again.key == FOUND.key
    assert len(FOUND.key) == 64


@pytest.mark.parametrize(
    "other",
    [
        replace(FOUND, rule_id="TOP-09"),
        replace(FOUND, type_id="drain_line"),
        replace(FOUND, uid="u9"),
        replace(FOUND, field="name"),
        replace(FOUND, text_code="TOP-08.far"),
        replace(FOUND, others=("u2",)),
    ],
)
def test_another_finding_has_another_key(other: Finding) -> None:
    assert other.key != FOUND.key


def test_the_table_names_rules_and_families_that_there_are() -> None:
    for row in load_table("rules_never_waived"):
        assert row["vi"]
        assert row["en"]
        assert row["rule"] in FAMILIES or row["rule"] in RULES or row["rule"] == "GEO-04", row["rule"]


def test_identity_place_secrets_and_broken_shapes_may_never_be_waived() -> None:
    for rule_id in ("ADM-01", "ADM-02", "ADM-03", "CRS-01", "CRS-05", "SEC-01", "GEO-02", "ATT-15", "ATT-17", "DOS-05"):
        assert not RULES[rule_id].waivable
        assert why_never(rule_id)
    for rule_id in ("TOP-08", "ATT-06", "NET-01", "TOP-01", "DOS-04"):
        assert RULES[rule_id].waivable
        assert why_never(rule_id) is None
    assert all(not rule.waivable for rule_id, rule in RULES.items() if rule_id.split("-")[0] in FAMILIES)


def test_a_rule_nobody_knows_may_not_be_waived() -> None:
    catalogue = load_catalogue()
    assert may_waive(FOUND, catalogue)
    assert not may_waive(replace(FOUND, rule_id="XX-99"), catalogue)


def test_what_may_be_waived_is_part_of_the_rule_pack(monkeypatch: pytest.MonkeyPatch) -> None:
    before = rule_pack_hash()
    monkeypatch.setitem(RULES, "GEO-02", replace(RULES["GEO-02"], waivable=True))
    assert rule_pack_hash() != before


def test_a_waiver_speaks_of_one_revision() -> None:
    given = Waivers({FOUND.key: waiver_of(FOUND)})
    assert not given.blocks(FOUND)
    assert given.of([FOUND, replace(FOUND, uid="u7")]) == {FOUND.key: waiver_of(FOUND)}
    later = replace(FOUND, revision=4)
    assert given.blocks(later)
    assert given.find_lapsed(later) == waiver_of(FOUND)
    assert not Waivers().blocks(replace(FOUND, severity=Severity.WARNING))


@pytest.mark.parametrize(
    "text", ["", "   ", "ok", "đã xem", "..........................", "aaaaaaaaaaaaaaa", "x" * 600]
)
def test_too_little_is_no_reason(text: str) -> None:
    assert not is_reason(text)


def test_ten_letters_are_one() -> None:
    assert is_reason("Đã xác minh.1")
    assert Waiver.from_dict(waiver_of(FOUND).as_dict()) == waiver_of(FOUND)
