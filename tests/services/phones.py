"""Writes what phones send back: the exports of ODK Central and KoboToolbox, under the names that a form really has."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
from PIL import Image

from geodesy.datum import transform_xy
from geodesy.systems import WGS84
from tests.services.desks import HOME, sample_xy

PARTS = ("Latitude", "Longitude", "Altitude", "Accuracy")
PLACES = ("geopoint", "geotrace", "geoshape")


class Form:
    """A form as a phone knows it: the path and the type of every question that is answered."""

    def __init__(self, path: Path) -> None:
        book = openpyxl.load_workbook(path, read_only=True)
        rows = [list(row) for row in book["survey"].iter_rows(values_only=True)]
        self.rows = [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]
        choices = [list(row) for row in book["choices"].iter_rows(values_only=True)]
        self.choices = [dict(zip(choices[0], row, strict=True)) for row in choices[1:]]
        self.settings = dict(zip(*[list(row) for row in book["settings"].iter_rows(values_only=True)][:2], strict=True))
        book.close()
        self.paths: dict[str, tuple[str, ...]] = {}
        self.types: dict[str, str] = {}
        self.fixed: dict[str, str] = {}
        self.words: dict[str, tuple[str, ...]] = {}
        self._walk()

    def _walk(self) -> None:
        names: list[str] = []
        words: list[str] = []
        for row in self.rows:
            kind, name = str(row["type"]), str(row["name"])
            word = str(row["label::Vietnamese (vi)"] or name)
            if kind == "begin_group":
                names.append(name)
                words.append(word)
            elif kind == "end_group":
                names.pop()
                words.pop()
            elif kind != "note":
                self.paths[name], self.types[name], self.words[name] = (*names, name), kind, (*words, word)
                if kind == "calculate":
                    self.fixed[name] = str(row["calculation"]).strip("'\"")


def degrees(offsets: Sequence[tuple[float, float]]) -> np.ndarray:
    """Longitude and latitude of places some metres from the middle of the sample."""
    return transform_xy(sample_xy(offsets), HOME, WGS84)


def place_text(offsets: Sequence[tuple[float, float]], accuracy: float = 4.5) -> str:
    """Places as a phone writes them."""
    return "; ".join(f"{lat!r} {lon!r} 12.0 {accuracy}" for lon, lat in degrees(offsets).tolist())


def _answers(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(answers) - set(form.paths) - {"instance", "edits", "deprecated"}
    assert not unknown, f"the form does not ask {sorted(unknown)}"
    return {**form.fixed, **answers}


def write_central(path: Path, form: Form, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write the CSV of ODK Central: groups joined by a hyphen, a point in four columns, KEY at the end."""
    heads: list[tuple[str, str | None]] = []
    for name in form.paths:
        heads += [(name, part) for part in PARTS] if form.types[name] == "geopoint" else [(name, None)]
    tail = ["SubmissionDate", "meta-instanceID", "ReviewState", "Edits", "FormVersion", "KEY"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*("-".join([*form.paths[name], *([part] if part else [])]) for name, part in heads), *tail])
        for answers in rows:
            full, key = _answers(form, answers), f"uuid:{answers['instance']}"
            cells = []
            for name, part in heads:
                text = str(full.get(name, ""))
                cells.append(text if part is None else text.split()[PARTS.index(part)] if text else "")
            edits = answers.get("edits", 0)
            version = f"uuid:{answers['instance'][:-1]}{edits}" if edits else key
            writer.writerow([*cells, "2026-03-05T01:00:00.000Z", version, "", edits, form.settings["version"], key])
    return path


def write_kobo(path: Path, form: Form, rows: Sequence[Mapping[str, Any]], *, words: bool = False) -> Path:
    """Write the CSV of KoboToolbox: semicolons, groups joined by a slash; with ``words`` labels for names and codes."""
    names = list(form.paths)
    heads = ["/".join((form.words if words else form.paths)[name]) for name in names]
    extra = [
        f"_{name}_{part}" for name in names if form.types[name] == "geopoint" for part in ("latitude", "longitude")
    ]
    tail = ["_id", "_uuid", "_submission_time", "__version__", "meta/deprecatedID"]
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL)
        writer.writerow([*heads, *extra, *tail])
        for number, answers in enumerate(rows, start=1):
            full = _answers(form, answers)
            cells = [_worded(form, name, full.get(name, "")) if words else full.get(name, "") for name in names]
            points = [full.get(name, "").split() for name in names if form.types[name] == "geopoint"]
            extra_cells = [cell for point in points for cell in (point[:2] or ["", ""])]
            deprecated = f"uuid:{answers['deprecated']}" if answers.get("deprecated") else ""
            writer.writerow(
                [*cells, *extra_cells, number, answers["instance"], "2026-03-05T08:00:00", "v1", deprecated]
            )
    return path


def _worded(form: Form, name: str, answer: str) -> str:
    kind, _, list_name = form.types[name].partition(" ")
    if not kind.startswith("select"):
        return answer
    labels = {row["name"]: row["label::Vietnamese (vi)"] for row in form.choices if row["list_name"] == list_name}
    return " ".join(labels[word] for word in str(answer).split())


def write_geojson(path: Path, form: Form, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write the GeoJSON of KoboToolbox: one feature a submission, answers by their path."""
    features = []
    for answers in rows:
        full = _answers(form, answers)
        properties: dict[str, Any] = {}
        geometry = None
        for name, parts in form.paths.items():
            if form.types[name] in PLACES:
                if full.get(name):
                    geometry = _geometry(form.types[name], full[name])
            else:
                properties["/".join(parts)] = full.get(name, "")
        properties["_uuid"] = answers["instance"]
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
    return path


def _geometry(kind: str, text: str) -> dict[str, Any]:
    xyz = [(float(b), float(a), float(c)) for a, b, c, _ in (part.split() for part in text.split(";"))]
    if kind == "geopoint":
        return {"type": "Point", "coordinates": xyz[0]}
    if kind == "geotrace":
        return {"type": "LineString", "coordinates": xyz}
    return {"type": "Polygon", "coordinates": [[*xyz, xyz[0]]]}


def picture(path: Path, colour: str) -> Path:
    """A photo as a phone takes it, with the time and the place in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", (64, 48), colour)
    exif = image.getexif()
    exif[0x9003] = exif[0x0132] = "2026:03:05 08:09:10"
    exif.get_ifd(0x8825).update({1: "N", 2: (22.0, 25.0, 0.0), 3: "E", 4: (104.0, 52.0, 30.0)})
    image.save(path, exif=exif)
    return path
