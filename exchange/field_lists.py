"""Which codes of a list are offered in the field."""

from forms.administration import load_communes
from forms.catalogue import COMMUNES, FORMER_COMMUNES, Catalogue
from forms.choices import Choice
from forms.former_units import load_former_units


def offered_codes(catalogue: Catalogue, key: str, commune_code: str, day: str) -> list[Choice]:
    """Return the codes that may be chosen on ``day``, or all of a list of what is past; of the communes only the near.

    Near are the communes of the same province, and the units of before July 2025 of which the commune was made.
    """
    near = _near_codes(key, commune_code)
    items = [item for item in catalogue.choice_list(key) if item.is_selectable and (near is None or item.code in near)]
    return [item for item in items if item.is_valid_on(day)] or items


def _near_codes(key: str, commune_code: str) -> frozenset[str] | None:
    if key == COMMUNES:
        communes = load_communes()
        province = communes[commune_code].province_code
        return frozenset(code for code, commune in communes.items() if commune.province_code == province)
    if key == FORMER_COMMUNES:
        units = load_former_units().items()
        return frozenset(code for code, unit in units if commune_code in {new.commune.code for new in unit.successors})
    return None
