"""Rules over values and geometry; importing the package registers them all."""

from validation import rules

__all__ = ["rules"]
