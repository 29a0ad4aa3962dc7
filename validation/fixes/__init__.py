"""Every module of fixes, imported by name so that the packaged program finds them too."""

from validation.fixes import amounts, areas, lines, shapes, twins, units, values

__all__ = ["amounts", "areas", "lines", "shapes", "twins", "units", "values"]
