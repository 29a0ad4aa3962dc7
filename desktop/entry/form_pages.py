"""How a record type's fields lie on pages of the form, and which of them still want something."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from forms.model import AnyField, RecordType, Section
from forms.requirements import is_filled, required_strength

ONE_PAGE = 16
FEWEST = 4
DEMANDING = ("save", "approve")
OWN_KEYS = ("local_code", "official_id", "official_id_status")


@dataclass(frozen=True, slots=True)
class FormPage:
    """One page: its title, and its sections with their fields, none of them empty."""

    key: str
    title: Mapping[str, str]
    sections: tuple[tuple[Section, tuple[AnyField, ...]], ...]

    @property
    def fields(self) -> Iterator[AnyField]:
        """The fields in reading order."""
        return (field for _, fields in self.sections for field in fields)


def shown_fields(record_type: RecordType, section: str) -> tuple[AnyField, ...]:
    """Return the fields of a section that stand in the form; files have a page of their own in the record."""
    return tuple(field for field in record_type.fields_of(section) if field.type != "files")


def own_fields(record_type: RecordType) -> set[str]:
    """Return the fields that each record has for itself: its codes, and what is computed from it."""
    return {field.key for field in record_type.fields if field.computed or field.key in OWN_KEYS}


def build_pages(record_type: RecordType, omit: Collection[str] = ()) -> list[FormPage]:
    """Return the pages of a type's form, the fields in ``omit`` left out.

    A type of few fields has one page, and a tab of fewer than ``FEWEST`` fields lies on the one before it: a page that
    is nearly empty costs more than it helps.
    """
    pages: list[FormPage] = []
    for tab in record_type.tabs:
        pairs = [
            (section, tuple(field for field in shown_fields(record_type, section.key) if field.key not in omit))
            for section in record_type.sections_of(tab.key)
        ]
        sections = tuple((section, fields) for section, fields in pairs if fields)
        if sections:
            pages.append(FormPage(tab.key, tab.label, sections))
    if sum(_count(page) for page in pages) <= ONE_PAGE:
        return _join(pages)
    joined: list[FormPage] = []
    for page in pages:
        if joined and (_count(page) < FEWEST or _count(joined[-1]) < FEWEST):
            joined[-1:] = _join([joined[-1], page])
        else:
            joined.append(page)
    return joined


def _count(page: FormPage) -> int:
    return sum(1 for _ in page.fields)


def _join(pages: list[FormPage]) -> list[FormPage]:
    if not pages:
        return []
    sections = tuple(pair for page in pages for pair in page.sections)
    return [FormPage(pages[0].key, pages[0].title, sections)]


def wanting_fields(page: FormPage, values: Mapping[str, Any], wrong: Iterable[str] = ()) -> set[str]:
    """Return the keys of a page's fields that are demanded and empty, or that are ``wrong``."""
    faulty = set(wrong)
    return {
        field.key
        for field in page.fields
        if field.key in faulty
        or (not is_filled(values.get(field.key)) and required_strength(field, values) in DEMANDING)
    }
