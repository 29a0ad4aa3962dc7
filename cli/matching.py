"""What the command line says of matching an import, and what it shows of one; and what is remembered of sources."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cli.options import AsJson, Workspace, open_workspace
from cli.output import print_json, show
from core.errors import UserError
from core.messages import current_language, render
from services.matching import Matching

Texts = list[str] | None
MatchBy = Annotated[
    Literal["uid", "official-id", "local-code", "likeness"] | None,
    typer.Option("--match", help="Know records again by uid | official-id | local-code | likeness."),
]
OnMatch = Annotated[
    Literal["update", "skip", "add"],
    typer.Option("--on-match", help="update | skip | add: what a row does whose record is here."),
]
OnNew = Annotated[
    Literal["add", "skip"], typer.Option("--on-new", help="add | skip: what a row does that is new here.")
]
EraseEmpty = Annotated[bool, typer.Option("--erase-empty", help="Let empty cells empty the fields of a record.")]
Choose = Annotated[Texts, typer.Option("--choose", help="ROW=UID, ROW=new or ROW=skip for a row that asks.")]
Keep = Annotated[Texts, typer.Option("--keep", help="ROW or ROW.field that stays as it is here; geometry is a field.")]
Take = Annotated[Texts, typer.Option("--take", help="ROW.field to take although it only loses the marks of ours.")]
Within = Annotated[float, typer.Option("--match-within", help="How far apart shapes of one object may lie, in metres.")]
Seen = Annotated[
    str | None, typer.Option("--seen", help="The token of the --dry-run you looked at; nothing else is written then.")
]
Values = Annotated[Texts, typer.Option("--value", help="field:text=code for a text of no code list; =- leaves it out.")]
Remember = Annotated[bool, typer.Option("--remember", help="Do the same with the next file of these columns.")]
Afresh = Annotated[bool, typer.Option("--afresh", help="Propose anew, whatever is remembered of these columns.")]

SHOWN = 50


def build_matching(
    by: str | None,
    on_match: Any,
    on_new: Any,
    *,
    erase_empty: bool,
    choose: Texts,
    keep: Texts,
    take: Texts,
    within_m: float,
    seen: str | None,
) -> Matching | None:
    """Return the matching that the options ask for; raise ``UserError`` CLI-NO-MATCH for one without ``--match``."""
    if by is None:
        given = [
            name
            for name, value in (("--choose", choose), ("--keep", keep), ("--take", take), ("--seen", seen))
            if value
        ]
        given += ["--erase-empty"] if erase_empty else []
        if given:
            raise UserError("CLI-NO-MATCH", option=given[0])
        return None
    return Matching(
        by,  # type: ignore[arg-type]  # the option has checked it
        on_match,
        on_new,
        erase_empty,
        {_row(text, "--choose"): _after(text, "=", "--choose") for text in choose or ()},
        frozenset((_row(text, "--keep"), text.partition(".")[2].strip() or None) for text in keep or ()),
        frozenset((_row(text, "--take"), _after(text, ".", "--take")) for text in take or ()),
        within_m,
        seen,
    )


def read_value_pairs(texts: Texts) -> dict[str, dict[str, str | None]]:
    """Return ``field:text=code`` as the readings of a plan."""
    from services.column_values import value_key

    found: dict[str, dict[str, str | None]] = {}
    for text in texts or ():
        field, colon, rest = text.partition(":")
        written, equals, code = rest.rpartition("=")
        if not (colon and equals and field.strip() and written.strip() and code.strip()):
            raise UserError("CLI-VALUE", text=text)
        found.setdefault(field.strip(), {})[value_key(written)] = None if code.strip() == "-" else code.strip()
    return found


def _row(text: str, option: str) -> int:
    number = text.partition("=")[0].partition(".")[0].strip()
    if not number.isdecimal():
        raise UserError("CLI-ROW", option=option, text=text)
    return int(number)


def _after(text: str, sign: str, option: str) -> str:
    answer = text.partition(sign)[2].strip()
    if not answer:
        raise UserError("CLI-ROW", option=option, text=text)
    return answer


def show_matches(matches: Any, record_type: Any, catalogue: Any) -> None:
    """Print what each row is here: what is new is counted, what would change is told value by value."""
    from forms.content import GEOMETRY
    from forms.values import format_value
    from services.matching import moved_m

    show("CLI-MATCHED", **matches.counts, token=matches.token)
    language = current_language()
    told = [row for row in matches.rows if row.outcome not in ("same", "new")]
    for row in told[:SHOWN]:
        show(
            "CLI-MATCH-ROW",
            row=row.row,
            outcome=render(f"MATCH-IS-{row.outcome.upper()}", {}),
            title=row.title,
            text=row.text,
        )
        for key, (old, new) in row.differences.items():
            if key == GEOMETRY:
                show("CLI-MATCH-SHAPE", moved_m=moved_m(old, new))
                continue
            field = record_type.field(key)
            words = [format_value(field, value, catalogue, language) or "–" for value in (old, new)]
            code = "CLI-MATCH-KEPT" if key in row.kept else "CLI-MATCH-FIELD"
            show(code, field=field.label, old=words[0], new=words[1])
        for item in row.candidates:
            share = "–" if item.likeness is None else round(100 * item.likeness)
            show("CLI-MATCH-CANDIDATE", uid=item.uid, title=item.title, share=share)
    if len(told) > SHOWN:
        show("CLI-MATCH-MORE", count=len(told) - SHOWN)


def remembered(
    workspace: Workspace,
    forget: Annotated[str | None, typer.Option("--forget", help="Signature of the columns to forget.")] = None,
    type_id: Annotated[str | None, typer.Option("--type", help="Record type of the one to forget.")] = None,
    write: Annotated[Path | None, typer.Option("--write", help="Write all as a profile for a catalogue pack.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what is remembered of how files are read, by their columns; forget one, or hand all out in a pack."""
    from services.column_profiles import write_columns
    from services.import_profiles import forget_profile, list_profiles

    with open_workspace(workspace) as desk:
        if forget is not None:
            forget_profile(desk, forget, type_id or "")
        found = list_profiles(desk)
    if write is not None:
        write_columns(found, write)
    if as_json:
        print_json([_profile_document(item) for item in found])
        return
    for item in found:
        show("CLI-REMEMBERED", signature=item.signature, type=item.type_id, source=item.source, day=item.saved_at[:10])


def _profile_document(item: Any) -> dict[str, Any]:
    return {
        "signature": item.signature,
        "type": item.type_id,
        "source": item.source,
        "map": dict(item.mapping),
        "values": {key: dict(readings) for key, readings in item.values.items()},
        "saved_at": item.saved_at,
        "saved_by": item.saved_by,
    }


def merge_values(
    proposed: Any, given: dict[str, dict[str, str | None]], fields: Sequence[str]
) -> dict[str, dict[str, str | None]]:
    """Return the plan's readings with the user's own in their place; raise CLI-VALUE for a field without a column."""
    for key in given:
        if key not in fields:
            raise UserError("CLI-VALUE", text=key)
    keys = dict.fromkeys([*proposed, *given])
    return {key: {**proposed.get(key, {}), **given.get(key, {})} for key in keys}


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(remembered)
