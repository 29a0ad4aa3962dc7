"""A waiver in one sentence: who let a finding stand, when and why."""

from core.clock import VIETNAM, parse_timestamp
from desktop.words import word
from validation.waivers import Waiver


def given(waiver: Waiver) -> str:
    """Say who let it stand."""
    return _said("UI-WAIVER-GIVEN", waiver)


def lapsed(waiver: Waiver) -> str:
    """Say who let it stand before the content changed."""
    return _said("UI-WAIVER-LAPSED", waiver)


def _said(code: str, waiver: Waiver) -> str:
    date = parse_timestamp(waiver.at).astimezone(VIETNAM).strftime("%d/%m/%Y")
    return word(code, person=waiver.person, date=date, reason=waiver.reason)
