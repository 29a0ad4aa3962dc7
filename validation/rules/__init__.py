"""Every rule module, imported by name so that the packaged program finds them too."""

from validation.rules import (
    administration,
    attributes,
    coordinates,
    dates,
    dossier_parts,
    dossiers,
    drawings,
    files,
    geometry,
    grades,
    identifiers,
    scans,
    secrecy,
    territory,
    topology,
)

__all__ = [
    "administration",
    "attributes",
    "coordinates",
    "dates",
    "dossier_parts",
    "dossiers",
    "drawings",
    "files",
    "geometry",
    "grades",
    "identifiers",
    "scans",
    "secrecy",
    "territory",
    "topology",
]
