"""Fixes prove themselves on the bad examples of their rules: the finding goes, and no new error comes."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from string import Formatter

import numpy as np
import pytest
import shapely

from core.messages import LANGUAGES, load_messages
from forms.catalogue import Catalogue
from forms.record import Record
from geodesy.grid import is_same_on_grid, on_grid
from validation.batch import Batch
from validation.context import CheckContext
from validation.engine import blocks, check_all
from validation.examples import CENTRE, Example, example, sample, uid_at
from validation.finding import Finding
from validation.fixes.fix import FIXES, fixes_of
from validation.fixes.needs import NEEDS, need_code
from validation.fixes.proving import Offer, find_offers
from validation.rule import RULES
from validation.wording import worded

ROAD, DRAIN, ZONE = "road_segment", "drainage_line", "land_use_plan_area"
# What the rules' own examples do not show.
MORE: Mapping[str, tuple[Example, ...]] = {
    "GEO-03": (
        example(ROAD, sample("MULTILINESTRING ((0 0, 9 0), (9 0, 19 5))")),
        example(ZONE, sample("LINESTRING (0 0, 40 0, 40 30, 0 30, 0 0)")),
        example(ZONE, sample("LINESTRING (0 0, 40 0, 40 30, 0 30, 0 0.4)")),
    ),
    "GEO-07": (
        example(ZONE, sample("POLYGON ((0 0, 40 0, 40 30, 0 30, 0 0), (5 5, 9 9, 5 5, 5 5))")),
        example("planning_control_line", sample("MULTILINESTRING ((0 0, 40 0), (5 5, 5 5))")),
    ),
    "GEO-09": (example(ROAD, sample("LINESTRING (437000000 2487000000, 437400000 2487000500)", absolute=True)),),
    "NET-02": (
        example(
            "bridge",
            sample("LINESTRING (40 200, 60 200)", road_segment_uid=uid_at(1001)),
            stored={ROAD: (sample("LINESTRING (0 0, 100 0)"), sample("LINESTRING (0 201, 100 201)"))},
        ),
        example(
            "bridge",
            sample("LINESTRING (40 0, 60 0)", road_segment_uid=uid_at(1001), length_m=2000.0),
            stored={ROAD: (sample("LINESTRING (0 0, 100 0)"),)},
        ),
    ),
    "NET-03": (
        example(
            DRAIN,
            sample("LINESTRING (0 0, 30 0)"),
            stored={"drainage_node": (sample("POINT (0 0)"), sample("POINT (32 1)"))},
        ),
    ),
    "ATT-02": (
        example(ROAD, sample(surface="bê tông xi măng")),
        example(ROAD, sample(surface="btxm"), sample(affected_communes=["01165", "1165x"])),
    ),
    "ATT-06": (example(ROAD, sample(inspected_on="19/11/2026")), example(ROAD, sample(inspected_on="19.11.26"))),
    "ATT-08": (example(ZONE, sample(code_plan="luc")),),
    "ATT-17": (
        example("bridge", sample(name="Cầu Bản", official_id="21583-CAU-2026-0001-K7QD", official_id_status="da_cap")),
    ),
    "DOS-07": (example("planning_dossier", sample(dossier_code="04 qhc-001.0001")),),
    "DOS-10": (
        example(
            "planning_drawing",
            sample(dossier_uid=uid_at(1001)),
            stored={"planning_dossier": (sample(scale_denom=5000),)},
        ),
    ),
    "ATT-01": (example(ROAD, sample("LINESTRING (0 0, 90 0)", name="Đường A"), sample(name="Đường B")),),
    "DOS-08": (example("planning_dossier", sample(legacy_info_code="1925 1101 2345")),),
    "GEO-06": (
        example(
            ZONE,
            sample("POLYGON ((0 0, 400 0, 400 0.08, 0 0.08, 0 0))"),
            sample("POLYGON ((0 0.08, 400 0.08, 400 50, 0 50, 0 0.08))"),
            sample("POLYGON ((0 0, 0 -50, 100 -50, 100 0, 0 0))"),
        ),
    ),
    "TOP-11": (example(ROAD, sample("LINESTRING (0 0, 90 0)", name="A"), sample("LINESTRING (90 0, 0 0)", lanes=2)),),
}
CASES = [(rule_id, item) for rule_id in sorted(RULES) for item in (*RULES[rule_id].bad, *MORE.get(rule_id, ()))]


def stored_scene(item: Example, catalogue: Catalogue) -> CheckContext:
    """The example with its own records in the store as well."""
    batch, context = item.batch(catalogue), item.context(catalogue)
    source = context.batches

    def batches(type_id: str) -> Batch:
        found = source(type_id)
        return batch.followed_by(found) if type_id == batch.type.id else found

    known: dict[str, Batch] = {}
    return replace(context, batches=lambda type_id: known.setdefault(type_id, known.get(type_id) or batches(type_id)))


def after_fix(context: CheckContext, offer: Offer) -> CheckContext:
    """The store as it is once the fix is written, put together without the code that proves fixes."""
    types = {record.uid: record.type_id for record in offer.before}

    def batches(type_id: str) -> Batch:
        found = context.batches(type_id)
        gone = {uid for uid, own in types.items() if own == type_id}
        fresh = [record for uid in gone for record in offer.after[uid]]
        kept = found.take([at for at, uid in enumerate(found.uids) if uid not in gone])
        return kept.followed_by(Batch.of(found.type, fresh)) if fresh else kept

    known: dict[str, Batch] = {}
    return replace(context, batches=lambda type_id: known.setdefault(type_id, known.get(type_id) or batches(type_id)))


def everything(context: CheckContext) -> list[Finding]:
    return check_all(list(context.catalogue.types), context)


def findings_of(rule_id: str, item: Example, catalogue: Catalogue) -> list[Finding]:
    batch = item.batch(catalogue)
    return list(RULES[rule_id].findings_of(batch, item.context(catalogue).for_one_check()))


def offers_of(rule_id: str, item: Example, catalogue: Catalogue) -> list[tuple[Finding, Offer]]:
    context = stored_scene(item, catalogue)
    found = findings_of(rule_id, item, catalogue)
    return [(finding, offer) for finding in found for offer in find_offers(finding, context)]


@pytest.mark.parametrize(("rule_id", "item"), [case for case in CASES if fixes_of(case[0])])
def test_a_fix_removes_its_finding_and_brings_no_new_error(rule_id: str, item: Example, catalogue: Catalogue) -> None:
    context = stored_scene(item, catalogue)
    before = everything(context)
    for finding, offer in offers_of(rule_id, item, catalogue):
        after = everything(after_fix(context, offer))

        def same(found: list[Finding], finding: Finding = finding) -> list[Finding]:
            return [
                one
                for one in found
                if one.rule_id == finding.rule_id
                and {one.uid, *one.others} >= {finding.uid}
                and one.text_code == finding.text_code
                and one.field == finding.field
            ]

        places = [one.place for one in same(after) if one.place is not None]
        assert len(same(after)) < len(same(before)) or (
            offer.fix.by_place
            and finding.place is not None
            and not any(finding.place.equals(place) for place in places)
        )
        known, now = (
            Counter((one.rule_id, one.uid[:36], one.text_code) for one in found if blocks(one))
            for found in (before, after)
        )
        allowed = {one.rule_id for one in offer.uncovers}
        split = {record.uid for record in offer.before if len(offer.after[record.uid]) > 1}
        assert not {key for key in now - known if key[0] not in allowed and not (key[1] in split and key in known)}


@pytest.mark.parametrize(("rule_id", "item"), [case for case in CASES if fixes_of(case[0])])
def test_shapes_stay_sound_and_on_the_grid(rule_id: str, item: Example, catalogue: Catalogue) -> None:
    for _, offer in offers_of(rule_id, item, catalogue):
        for record in offer.before:
            for new in offer.after[record.uid]:
                if new.geometry is not None and new.geometry is not record.geometry:
                    assert new.geometry.is_valid
                    assert is_same_on_grid(new.geometry, on_grid(new.geometry))
                    assert (
                        shapely.get_coordinates(new.geometry) == shapely.get_coordinates(on_grid(new.geometry))
                    ).all()


def test_every_fix_helps_with_every_rule_that_it_is_for(catalogue: Catalogue) -> None:
    shown = {(offer.fix.kind, rule_id) for rule_id, item in CASES for _, offer in offers_of(rule_id, item, catalogue)}
    assert {(item.kind, rule_id) for item in FIXES.values() for rule_id in item.rules if rule_id in RULES} <= shown


def test_what_no_fix_helps_with_says_what_it_takes() -> None:
    assert not {rule_id for rule_id in NEEDS if fixes_of(rule_id)} - {"ATT-01", "GEO-01"}
    without = {rule_id for rule_id in RULES if not fixes_of(rule_id)} - {"ENC-02"}
    assert {f"FIX-NEEDS-{need.upper()}" for need in NEEDS.values()} <= set(load_messages())
    assert all(need_code(rule_id) in load_messages() for rule_id in without)


@pytest.mark.parametrize("kind", sorted(FIXES))
def test_fixes_have_words_and_rules(kind: str) -> None:
    item = FIXES[kind]
    assert all(re.fullmatch(r"[A-Z]{3}-\d\d", rule_id) for rule_id in item.rules)
    assert item.code in load_messages()
    assert item.make.__doc__


@pytest.mark.parametrize(("rule_id", "item"), [case for case in CASES if fixes_of(case[0])])
def test_words_are_filled_by_the_facts(rule_id: str, item: Example, catalogue: Catalogue) -> None:
    for _, offer in offers_of(rule_id, item, catalogue):
        codes = [
            code
            for code in (f"{offer.fix.code}.how", f"{offer.fix.code}.how.{offer.proposed.option}")
            if code in load_messages()
        ]
        for code in codes:
            for language in LANGUAGES:
                asked = {name for _, name, _, _ in Formatter().parse(load_messages()[code][language]) if name}
                assert asked <= set(worded(offer.proposed.facts, language)), code


def changed_shape(rule_id: str, item: Example, catalogue: Catalogue, kind: str) -> shapely.Geometry:
    offers = [offer for _, offer in offers_of(rule_id, item, catalogue) if offer.fix.kind == kind]
    [record] = offers[0].after[offers[0].before[0].uid]
    assert record.geometry is not None
    return shapely.transform(record.geometry, lambda xy: xy - CENTRE)


def test_a_loose_end_goes_to_the_other_line_exactly(catalogue: Catalogue) -> None:
    item = example(ROAD, sample("LINESTRING (0 0, 100 0)"), sample("LINESTRING (50 0.3, 50 80)"))
    [(_, offer)] = offers_of("NET-01", item, catalogue)
    spur, main = (offer.after[uid_at(number)][0].geometry for number in (2, 1))
    assert shapely.get_coordinates(spur)[0].tolist() == (CENTRE + [50, 0]).tolist()
    assert (CENTRE + [50, 0]).tolist() in shapely.get_coordinates(main).tolist()


def test_an_end_near_a_corner_goes_to_the_corner(catalogue: Catalogue) -> None:
    item = example(ROAD, sample("LINESTRING (100.2 0, 150 40)"), stored={ROAD: (sample("LINESTRING (0 0, 100 0)"),)})
    [(_, offer)] = offers_of("NET-01", item, catalogue)
    assert list(offer.after) == [uid_at(1)]
    shape = changed_shape("NET-01", item, catalogue, "snap_end")
    assert shapely.get_coordinates(shape)[0].tolist() == [100, 0]


def test_a_gap_may_go_to_either_neighbour(catalogue: Catalogue) -> None:
    [item] = [one for one in RULES["TOP-05"].bad if one.finds == ("TOP-05.gap",)]
    offers = [offer for _, offer in offers_of("TOP-05", item, catalogue)]
    assert [offer.proposed.is_certain for offer in offers] == [True, False]
    areas = [
        shapely.area(offer.after[offer.before[0].uid][0].geometry) - shapely.area(offer.before[0].geometry)
        for offer in offers
    ]
    assert np.allclose(areas, 5.0)


def test_a_gap_that_nobody_has_drawn_is_not_given_away_unasked(catalogue: Catalogue) -> None:
    [item] = [one for one in RULES["TOP-05"].bad if one.finds == ("TOP-05.share",)]
    assert not any(offer.proposed.is_certain for _, offer in offers_of("TOP-05", item, catalogue))


def test_a_vertex_in_common_goes_from_both_sides(catalogue: Catalogue) -> None:
    west = sample("POLYGON ((0 0, 50 0, 50 20, 50.01 20.005, 50 50, 0 50, 0 0))")
    east = sample("POLYGON ((100 0, 100 50, 50 50, 50.01 20.005, 50 20, 50 0, 100 0))")
    item = example(ZONE, west, east)
    finding, offer = offers_of("GEO-05", item, catalogue)[0]
    assert finding.uid == uid_at(1)
    shapes = [offer.after[uid_at(number)][0].geometry for number in (1, 2)]
    assert shapely.intersection(*shapes).length == pytest.approx(50, abs=0.001)
    assert shapely.intersection(*shapes).area == 0


def test_the_twin_that_stays_takes_what_it_lacks(catalogue: Catalogue) -> None:
    [item] = MORE["TOP-11"]
    offers = [offer for _, offer in offers_of("TOP-11", item, catalogue)]
    first = offers[0]
    [kept] = first.after[uid_at(1)]
    assert (kept.values["name"], kept.values["lanes"], first.after[uid_at(2)]) == ("A", 2, ())
    assert first.proposed.is_certain
    assert not offers[1].proposed.is_certain


def test_twins_that_differ_are_a_persons_choice(catalogue: Catalogue) -> None:
    road = "LINESTRING (0 0, 90 0)"
    item = example(ROAD, sample(road, name="Đường A"), sample(road, name="Đường B"))
    assert [offer.proposed.is_certain for _, offer in offers_of("TOP-11", item, catalogue)] == [False, False]


def test_one_with_an_official_identifier_never_goes(catalogue: Catalogue) -> None:
    road = "LINESTRING (0 0, 90 0)"
    item = example(ROAD, sample(road), sample(road, official_id="D-1", official_id_status="da_cap"))
    offers = [offer for _, offer in offers_of("TOP-11", item, catalogue)]
    assert [offer.proposed.option for offer in offers] == [uid_at(2)]


def test_a_number_that_can_be_read_two_ways_stays(catalogue: Catalogue) -> None:
    assert not offers_of("ATT-05", example("bridge", sample(length_m="1.200")), catalogue)
    assert not offers_of("ATT-06", MORE["ATT-06"][1], catalogue), "two digits name no century"


def test_what_comes_to_light_is_told_and_not_held_against_the_fix(catalogue: Catalogue) -> None:
    bow = "POLYGON ((0 0, 40 30, 40 0, 0 30, 0 0))"
    under = "POLYGON ((0 0, 60 0, 60 40, 0 40, 0 0))"
    item = example(ZONE, sample(under, dossier_uid=uid_at(9001)), sample(bow, dossier_uid=uid_at(9001)))
    [(_, offer)] = offers_of("GEO-02", item, catalogue)
    assert {finding.rule_id for finding in offer.uncovers} == {"TOP-04"}


def test_a_fix_that_would_bring_an_error_is_not_offered(catalogue: Catalogue) -> None:
    """Filled from the west, the gap would lie under a third area: an overlap."""
    boundary = sample("POLYGON ((0 0, 100 0, 100 50, 0 50, 0 0))", dossier_uid=uid_at(9001))
    item = example("planning_boundary", boundary, stored={ZONE: (sample("POLYGON ((0 0, 50 0, 50 50, 0 50, 0 0))"),)})
    assert not offers_of("TOP-05", item, catalogue), "an area of no dossier fills nothing"


def test_nothing_is_offered_for_a_finding_that_is_gone(catalogue: Catalogue) -> None:
    item = example(ROAD, sample("LINESTRING (0 0, 100 0)"), sample("LINESTRING (50 0.3, 50 80)"))
    [finding] = findings_of("NET-01", item, catalogue)
    mended = example(ROAD, sample("LINESTRING (0 0, 100 0)"), sample("LINESTRING (50 0, 50 80)"))
    assert not list(find_offers(finding, stored_scene(mended, catalogue)))


def test_a_record_is_never_changed_in_place(catalogue: Catalogue) -> None:
    item = example(ROAD, sample("LINESTRING (0 0, 10 0, 10.01 0, 20 0)", name="Đường A"))
    context = stored_scene(item, catalogue)
    before: Record = Record(
        **{
            key: getattr(offers_of("GEO-05", item, catalogue)[0][1].before[0], key)
            for key in ("uid", "type_id", "values", "geometry")
        }
    )
    assert shapely.get_num_coordinates(context.batches(ROAD).geometries[0]) == 4
    assert before.values["name"] == "Đường A"


def test_a_sliver_goes_to_the_neighbour_with_the_longest_border(catalogue: Catalogue) -> None:
    [item] = MORE["GEO-06"]
    offers = [offer for _, offer in offers_of("GEO-06", item, catalogue) if offer.fix.kind == "give_sliver"]
    assert [offer.proposed.option for offer in offers] == [uid_at(2), uid_at(3)]
    [joined] = offers[0].after[uid_at(2)]
    assert offers[0].after[uid_at(1)] == ()
    assert joined.geometry is not None
    assert joined.geometry.area == pytest.approx(20_000)


def test_the_files_of_twins_come_together(catalogue: Catalogue) -> None:
    line = "LINESTRING (0 0, 90 0)"
    key = next(field.key for field in catalogue.type(ROAD).fields if field.type == "files")
    links = [{"sha256": letter * 64, "name": f"{letter}.jpg", "bytes": 1, "mime": "image/jpeg"} for letter in "ab"]
    item = example(ROAD, sample(line, **{key: links[:1]}), sample(line, **{key: links}))
    _, first = offers_of("TOP-11", item, catalogue)[0]
    assert first.proposed.is_certain
    assert first.after[uid_at(1)][0].values[key] == links


def test_a_place_that_a_line_passes_again_is_no_reason_to_stop(catalogue: Catalogue) -> None:
    item = example(ROAD, sample("LINESTRING (0 0, 10 0, 10.01 0.005, 20 10, 0 10, 10.01 0.005)"))
    shape = changed_shape("GEO-05", item, catalogue, "drop_vertices")
    assert on_grid(shape).wkt == "LINESTRING (0 0, 10 0, 20 10, 0 10, 10.01 0.005)"


@pytest.mark.parametrize(("reach", "certain"), [(50.5, True), (58, False)])
def test_ground_wider_than_a_slip_is_a_persons_to_give(catalogue: Catalogue, reach: float, certain: bool) -> None:
    dossier = uid_at(9001)
    west = sample(f"POLYGON ((0 0, {reach} 0, {reach} 50, 0 50, 0 0))", dossier_uid=dossier)
    east = sample("POLYGON ((50 0, 100 0, 100 50, 50 50, 50 0))", dossier_uid=dossier)
    offers = [offer for _, offer in offers_of("TOP-04", example(ZONE, west, east), catalogue)]
    assert [offer.proposed.is_certain for offer in offers] == [certain, False]
