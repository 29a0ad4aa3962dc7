"""Every rule module, imported by name so that the packaged program finds them too."""

from validation.rules import administration, attributes, coordinates, dates, dossiers, geometry, territory, topology

__all__ = ["administration", "attributes", "coordinates", "dates", "dossiers", "geometry", "territory", "topology"]
