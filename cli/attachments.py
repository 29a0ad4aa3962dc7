"""Commands that attach files to records, list them, and take them out again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import AsJson, AsName, TypeId, Workspace, open_workspace
from cli.output import TerminalProgress, print_json, show

if TYPE_CHECKING:
    from core.errors import UserError
    from forms.files import FileLink
    from services.photos import PhotoProposal

Uid = Annotated[str, typer.Argument(help="The record.", metavar="UID")]
StripPlace = Annotated[bool, typer.Option("--strip-place", help="Store pictures without the place they were taken at.")]


def attach(
    workspace: Workspace,
    uid: Uid,
    files: Annotated[list[Path], typer.Argument(help="The files.", metavar="FILE…")],
    strip_place: StripPlace = False,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Store files and link them to a record; exit 1 when one could not be attached."""
    from services.attaching import attach_files

    with open_workspace(workspace, name) as desk:
        done = attach_files(desk, uid, files, strip_place=strip_place, progress=TerminalProgress())
    count = len(files) - len(done.refused)
    if as_json:
        record = done.saved.record
        refused = [_describe_refused(path, error) for path, error in done.refused]
        print_json({"uid": uid, "revision": record.revision, "attached": count, "refused": refused})
    else:
        show("CLI-ATTACHED", count=count, uid=uid)
        _show_refused(done.refused)
    raise typer.Exit(1 if done.refused else 0)


def attachments(workspace: Workspace, uid: Uid, as_json: AsJson = False) -> None:
    """List the files of a record."""
    from forms.files import linked_files
    from services.attaching import state_of
    from services.reading import fetch_record

    with open_workspace(workspace) as desk:
        record = fetch_record(desk, uid)
        links = linked_files(desk.catalogue.type(record.type_id), record.values)
        found = [_describe_link(link, state_of(desk, link.sha256)) for link in links]
    if as_json:
        print_json(found)
        return
    for item in found:
        show("CLI-ATTACHMENT", **{**item, "page": item["page"] or "–", "caption": item["caption"] or ""})


def save_attachment(
    workspace: Workspace,
    sha256: Annotated[str, typer.Argument(help="SHA-256 of the file, as `attachments` lists it.", metavar="SHA256")],
    out: Annotated[Path, typer.Argument(help="Where to write it.", metavar="OUT")],
    as_json: AsJson = False,
) -> None:
    """Write an attached file out again, verified."""
    from services.attaching import save_copy

    with open_workspace(workspace) as desk:
        path = save_copy(desk, sha256.lower(), out, progress=TerminalProgress())
    if as_json:
        print_json({"sha256": sha256.lower(), "file": str(path), "bytes": path.stat().st_size})
    else:
        show("CLI-SAVED", file=path)


def detach(workspace: Workspace, uid: Uid, sha256: str, name: AsName = None, as_json: AsJson = False) -> None:
    """Take a file off a record; its content stays in the store, so that the step can be undone."""
    from services.attaching import detach_file
    from services.reading import fetch_record

    with open_workspace(workspace, name) as desk:
        saved = detach_file(desk, uid, sha256.lower(), expected=fetch_record(desk, uid).revision)
    if as_json:
        print_json({"uid": uid, "revision": saved.record.revision, "sha256": sha256.lower()})
    else:
        show("CLI-DETACHED", uid=uid)


def attach_folder(
    workspace: Workspace,
    folder: Annotated[Path, typer.Argument(help="A folder of photos, as from a phone.")],
    type_id: TypeId = None,
    within_m: Annotated[float, typer.Option("--within", help="How near a record must lie, in metres.")] = 50.0,
    apply: Annotated[bool, typer.Option("--apply", help="Attach them; without it nothing is stored.")] = False,
    new: Annotated[bool, typer.Option("--new", help="Make a record of --type where no record is near.")] = False,
    strip_place: StripPlace = False,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Propose for each photo the record nearest to where it was taken, and attach it when told to."""
    from services.photos import propose_photos, take_photos

    progress = TerminalProgress()
    with open_workspace(workspace, name) as desk:
        found = propose_photos(desk, folder, type_id=type_id, within_m=within_m, progress=progress)
        taken = None
        if apply:
            new_type = type_id if new else None
            taken = take_photos(
                desk, found, new_type=new_type, within_m=within_m, strip_place=strip_place, progress=progress
            )
    if as_json:
        print_json(
            {
                "photos": [_describe_photo(one) for one in found],
                "attached": None if taken is None else taken.attached,
                "made": [] if taken is None else taken.made,
                "refused": [] if taken is None else [_describe_refused(*one) for one in taken.refused],
            }
        )
        return
    for one in found:
        where = "–" if one.distance_m is None else f"{one.distance_m:.1f} m"
        show("CLI-PHOTO", file=one.path.name, uid=one.uid or "–", where=where, taken_at=one.taken_at or "–")
    if taken is not None:
        show("CLI-PHOTOS-TAKEN", count=sum(taken.attached.values()), records=len(taken.attached), made=len(taken.made))
        _show_refused(taken.refused)


def _describe_link(link: "FileLink", state: Any) -> dict[str, Any]:
    held = "missing"
    if state is not None:
        held = "whole" if state.is_whole else "damaged" if state.is_here else "elsewhere" if state.province_at else held
    return {
        "sha256": link.sha256,
        "name": link.name,
        "bytes": link.bytes,
        "mime": link.mime,
        "page": link.page,
        "caption": link.caption,
        "taken_at": link.taken_at,
        "place": None if link.place is None else list(link.place),
        "held": held,
        "in_province": state is not None and state.province_at is not None,
    }


def _describe_refused(path: Path, error: "UserError") -> dict[str, str]:
    return {"file": str(path), "code": error.code, "text": str(error)}


def _show_refused(refused: Any) -> None:
    for path, error in refused:
        show("CLI-ATTACH-REFUSED", file=path.name, reason=str(error))


def _describe_photo(one: "PhotoProposal") -> dict[str, Any]:
    return {
        "file": str(one.path),
        "uid": one.uid,
        "type": one.type_id,
        "distance_m": one.distance_m,
        "taken_at": one.taken_at,
        "place": list(one.facts.place) if one.facts is not None and one.facts.place is not None else None,
        "point": None if one.point is None else [one.point.x, one.point.y],
        "error": None if one.error is None else one.error.code,
    }


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(attach)
    app.command()(attachments)
    app.command("save-attachment")(save_attachment)
    app.command()(detach)
    app.command("attach-folder")(attach_folder)
