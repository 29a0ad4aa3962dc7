"""The texts a catalogue is made of: definitions, code lists and declared rules, and what comes with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Sources:
    """The bytes of every file by name: ``definitions``, ``rules`` and ``profiles`` are YAML, the others CSV.

    ``profiles`` say how an office's drawings and tables become records; they change no type and no check.
    ``tolerances`` are the measures within which an office lets the rules look away.
    """

    definitions: Mapping[str, bytes] = field(default_factory=dict)
    choices: Mapping[str, bytes] = field(default_factory=dict)
    rules: Mapping[str, bytes] = field(default_factory=dict)
    profiles: Mapping[str, bytes] = field(default_factory=dict)
    tolerances: Mapping[str, bytes] = field(default_factory=dict)

    def overlaid(self, above: "Sources") -> "Sources":
        """Return these texts with the files of ``above`` added; a file of the same name replaces the one here."""
        return Sources(
            {**self.definitions, **above.definitions},
            {**self.choices, **above.choices},
            {**self.rules, **above.rules},
            {**self.profiles, **above.profiles},
            {**self.tolerances, **above.tolerances},
        )


def read_sources(definitions: Path, choices: Path) -> Sources:
    """Return the texts that lie in two folders."""
    return Sources(_read(definitions, "*.yaml"), _read(choices, "*.csv"))


def _read(folder: Path, pattern: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob(pattern))}
