"""How far an area by coordinates may differ from the one that a document states."""

from collections.abc import Mapping


def allowed_area_difference_m2(stated: float, unit_m2: float, limits: Mapping[str, float]) -> float:
    """Return what an area may differ from the ``stated`` one within the tolerances of CRD-04, in m².

    ``stated`` is in a unit of ``unit_m2`` square metres. An area rounded as it is stated fits too: half of its last
    decimal counts as no difference, up to a twentieth of the whole.
    """
    stated_m2 = stated * unit_m2
    decimals = len(f"{stated:.8f}".rstrip("0").partition(".")[2])
    rounding = 0.5 * 10.0**-decimals * unit_m2
    share = limits["crd04_area_percent"] / 100 * stated_m2
    return max(limits["crd04_area_m2"], share, min(rounding, 0.05 * stated_m2))
