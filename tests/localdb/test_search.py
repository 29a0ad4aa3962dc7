import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.identity import new_uid
from core.text import fold_text
from forms.record import Lineage
from localdb import search
from localdb.catalogue_sync import rebuild_search
from localdb.columns import fold_word, title_sort, title_sorts
from localdb.engine import fetch_rows
from localdb.unit_of_work import unit_of_work
from tests.localdb.samples import AN, build_catalogue, build_type, field, square


@pytest.fixture
def filled(workspace, catalogue, now):
    site, sheet = catalogue.type("site"), catalogue.type("sheet")
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        for name, code, secret in (
            ("Đường Đồng Đăng", "ĐX-0223", "mật"),
            ("Trường Tiểu học Nà Ón", "TH.01", "khẩu"),
            ("Ao cá", "đồng 7", None),
            (None, "ĐỒNG 8", None),
        ):
            work.insert(site, {"name": name, "local_code": code, "secret": secret}, square())
        work.insert(sheet, {"name": "Tờ bản đồ Đồng Văn"})
    return workspace


def titles(workspace, catalogue, text, **more):
    with workspace.reading() as connection:
        return [hit.title for hit in search.search(connection, catalogue, text, **more)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dong dang", ["Đường Đồng Đăng"]),
        ("ĐƯỜNG", ["Đường Đồng Đăng"]),
        ("dx0223", []),
        ("dx 0223", ["Đường Đồng Đăng"]),
        ("ĐX-02", ["Đường Đồng Đăng"]),
        ("na on", ["Trường Tiểu học Nà Ón"]),
        ("nà ón", ["Trường Tiểu học Nà Ón"]),
        ("th.01", ["Trường Tiểu học Nà Ón"]),
        ("mat", []),
        ("", []),
        ("  -- ", []),
        ("xyz", []),
        ('" OR 1', []),
        ("NEAR(dong", []),
        ("title : dong", []),
    ],
)
def test_words_are_found_without_marks(filled, catalogue, text, found):
    assert titles(filled, catalogue, text) == found


def test_titles_come_first(filled, catalogue):
    assert titles(filled, catalogue, "đồng") == ["Tờ bản đồ Đồng Văn", "Đường Đồng Đăng", "Ao cá", "ĐỒNG 8"]
    assert titles(filled, catalogue, "dong", limit=3) == ["Tờ bản đồ Đồng Văn", "Đường Đồng Đăng", "Ao cá"]


def test_search_follows_every_edit(filled, catalogue, now):
    site = catalogue.type("site")
    with filled.reading() as connection:
        ((uid,),) = fetch_rows(connection, "SELECT uid FROM site WHERE name = 'Ao cá'")
    with unit_of_work(filled, actor=AN, now=now(), label="x") as work:
        work.update(site, uid, values={"name": "Hồ sen", "local_code": None}, expected=1)
    assert titles(filled, catalogue, "ao") == []
    assert titles(filled, catalogue, "ho sen") == ["Hồ sen"]
    with unit_of_work(filled, actor=AN, now=now(), label="x") as work:
        work.update(site, uid, values={"name": None}, expected=2)
    assert titles(filled, catalogue, "sen") == []


def test_the_index_can_be_made_anew(filled, catalogue):
    wanted = [titles(filled, catalogue, text) for text in ("dong", "truong", "ban do")]
    with filled.store.writing() as connection:
        connection.exec_driver_sql("DELETE FROM record_search")
        for record_type in catalogue.types.values():
            rebuild_search(connection, record_type, filled.type_numbers[record_type.id])
    assert [titles(filled, catalogue, text) for text in ("dong", "truong", "ban do")] == wanted


@given(st.text(max_size=12).filter(lambda text: not any(char.isspace() for char in text)))
def test_the_short_way_folds_the_same(word):
    assert fold_word(word) == fold_text(word)


TITLES = st.text("AaĐđ 0٣12_-́\n\t\x1f\u200bß", max_size=12) | st.text(max_size=9) | st.none()


@given(st.integers(0, 5).flatmap(lambda count: st.lists(st.lists(TITLES, min_size=count, max_size=count), max_size=3)))
def test_many_titles_sort_as_one_by_one(columns):
    count = len(columns[0]) if columns else 4
    rows = zip(*columns, strict=True) if columns else [()] * count
    assert title_sorts(columns, count) == [title_sort(row) for row in rows]


@given(st.lists(st.text("Aađ 0_-.№\n\u200b", max_size=12) | st.text(max_size=9), max_size=5))
def test_many_texts_are_indexed_by_thewords_of_each(texts):
    words = [" ".join(word for word in re.findall(r"[^\W_]+", fold_text(text))) for text in texts]
    assert search.words_of(texts) == words


def test_a_record_is_found_by_its_commune_of_today_and_of_before(workspace, make_workspace, now):
    fields = [
        field("name", "text"),
        field("commune_code", "choice", choices="communes"),
        field("former_commune_code", "choice", choices="former_communes"),
    ]
    placed = build_catalogue([build_type("lot", fields)])
    workspace.close()
    lot, workspace = placed.type("lot"), make_workspace(again=placed)
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        work.insert(lot, {"name": "A", "commune_code": "01153"})
        old = work.insert(lot, {"name": "Ao", "commune_code": "01243", "former_commune_code": "01240"})
        work.insert_many(
            lot,
            uids=[new_uid(), new_uid()],
            values={"name": ["Bắc Quang", "C"], "commune_code": ["00694", "99999"]},
            geometries=None,
            lineages=[Lineage(), Lineage()],
        )
    assert titles(workspace, placed, "bac quang") == ["Bắc Quang", "A"]
    assert titles(workspace, placed, "xã Tân Trịnh") == ["Ao"]
    assert titles(workspace, placed, "quang binh") == ["Ao"]
    assert titles(workspace, placed, "ao tan trinh") == ["Ao"]
    assert titles(workspace, placed, "ha giang 1") == ["Bắc Quang"]
    with unit_of_work(workspace, actor=AN, now=now(), label="x") as work:
        work.update_many(lot, {old.uid: {"commune_code": "01153", "former_commune_code": None}})
    assert titles(workspace, placed, "tan trinh") == []
    assert "Ao" in titles(workspace, placed, "bac quang")
    with workspace.store.writing() as connection:
        rebuild_search(connection, lot, workspace.type_numbers["lot"])
    assert titles(workspace, placed, "bac quang") == ["Bắc Quang", "A", "Ao"]
