"""Texts and wants of many records are looked at together first: what is found is what each record alone gives."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.catalogue import Catalogue
from forms.loader import load_catalogue
from validation.batch import Batch
from validation.demands import demands_of
from validation.examples import Example, example, sample
from validation.rule import RULES

CATALOGUE = load_catalogue()
RULE_IDS = ("ENC-01", "ENC-02", "ENC-03", "SEC-01", "SEC-02")
TELLING = (
    *(
        "Đường Nguyễn Huệ",
        unicodedata.normalize("NFD", "Đường Huệ"),
        "Ñöôøng Nguyeãn Hueä",
        "§­êng NguyÔn",
        "Đ\ufffdờng",
    ),
    *(
        "a\x96b",
        "\u0302",
        "a",
        "CCCD số",
        "079123456789",
        "CCCD: 079123456789",
        "MẬT",
        "Tối mật",
        "dòng\nhai",
        "\n",
        "",
    ),
)
TEXTS = st.lists(st.none() | st.sampled_from(TELLING) | st.text(max_size=6), min_size=1, max_size=6)


def batch_of(names: list[str | None], **more: list[Any]) -> Batch:
    rows = [sample(name=name, **{key: cells[place] for key, cells in more.items()}) for place, name in enumerate(names)]
    made: Example = example("land_use_plan_area", *rows)
    return made.batch(CATALOGUE)


@pytest.mark.parametrize("rule_id", RULE_IDS)
@given(names=TEXTS, notes=TEXTS)
def test_texts_together_and_each_alone(rule_id: str, names: list[str | None], notes: list[str | None]) -> None:
    notes = (notes * len(names))[: len(names)]
    context = example("land_use_plan_area", sample()).context(CATALOGUE)
    rule, batch = RULES[rule_id], batch_of(names, note=notes)
    alone = [found for place in range(len(batch)) for found in rule.findings_of(batch.take([place]), context)]
    together = list(rule.findings_of(batch, context))
    assert sorted(map(repr, together)) == sorted(map(repr, alone))


@given(st.lists(st.tuples(*[st.sampled_from((None, "", "7"))] * 3), min_size=1, max_size=5))
def test_wants_together_and_each_alone(rows: list[tuple[str | None, ...]]) -> None:
    """``name`` is wanted only where neither number nor code says which area it is."""
    keys = ("lot_no", "local_code", "official_id")
    batch = batch_of([None] * len(rows), **{key: [row[at] for row in rows] for at, key in enumerate(keys)})
    for place in range(len(rows)):
        for whole, alone in zip(demands_of(batch), demands_of(batch.take([place])), strict=True):
            wanted = {strength: bool(lack[place]) for strength, lack in whole.missing.items() if lack[place]}
            assert wanted == {strength: bool(lack[0]) for strength, lack in alone.missing.items() if lack[0]}


def test_what_one_answer_says_of_all(catalogue: Catalogue) -> None:
    batch = batch_of([None, None], lot_no=["7", "7"])
    [name] = [one for one in demands_of(batch) if one.field.key == "name"]
    assert (name.filled, name.missing_count) == (0, 0)
    [name] = [one for one in demands_of(batch_of([None, "Thôn Minh Tâm"])) if one.field.key == "name"]
    assert (name.filled, name.missing_count) == (1, 1)
