"""Commands over catalogue packs: what an office hands out, and what a workspace has taken in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import AsJson, AsName, Workspace, current_actor, open_workspace
from cli.output import print_json, say, show
from core.clock import utc_now
from core.errors import UserError
from core.messages import current_language

if TYPE_CHECKING:
    from services.catalogue_packs import LoadedPack

catalogue = typer.Typer(help="Catalogue packs: record types, lists and rules of an office.", no_args_is_help=True)

PackFile = Annotated[Path, typer.Argument(help="The catalogue pack.")]


@catalogue.command("load")
def load(
    workspace: Workspace,
    file: PackFile,
    trust: Annotated[
        bool, typer.Option("--trust", help="Trust this issuer from now on; compare the fingerprint first.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; change nothing.")] = False,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Take a catalogue pack into a workspace."""
    from services.catalogue_packs import load_pack

    with _open(workspace, name) as desk:
        loaded = load_pack(desk, file, trust=trust, dry_run=dry_run)
    if as_json:
        print_json(loaded.as_dict())
    else:
        _show_loaded(loaded)


def _show_loaded(loaded: "LoadedPack") -> None:
    change = loaded.change
    show(
        "CLI-PACK-LOADED",
        name=loaded.name[current_language()],
        version=loaded.version,
        issuer=loaded.issuer,
        types=len(change.types),
        fields=len(change.fields),
        codes=len(change.codes),
        rules=len(change.rules),
    )
    for field, count in (change.retired or {}).items():
        say("CLI-PACK-RETIRED", field=field, count=count)


@catalogue.command("offered")
def list_offered(workspace: Workspace, as_json: AsJson = False) -> None:
    """List the catalogue packs in force at the province, as last heard, that the workspace has not taken."""
    from services.province_packs import offered_packs

    with _open(workspace, None) as desk:
        offers = offered_packs(desk)
    if as_json:
        print_json([offer.as_dict() for offer in offers])
        return
    if not offers:
        say("CLI-PACKS-OFFERED-NONE")
    for offer in offers:
        typer.echo(f"{offer.pack_id}  {offer.version:4}  {offer.name[current_language()]}  {offer.issuer}")


@catalogue.command("take")
def take(
    workspace: Workspace,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; change nothing.")] = False,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Take every catalogue pack that the province offers, the lowest first; the province vouches for their issuers."""
    from services.province_packs import offered_packs, take_offer

    with _open(workspace, name) as desk:
        loaded = [take_offer(desk, offer, dry_run=dry_run) for offer in offered_packs(desk)]
    if as_json:
        print_json([pack.as_dict() for pack in loaded])
        return
    if not loaded:
        say("CLI-PACKS-OFFERED-NONE")
    for pack in loaded:
        _show_loaded(pack)


@catalogue.command("list")
def list_loaded(workspace: Workspace, as_json: AsJson = False) -> None:
    """List the catalogue packs of a workspace."""
    from services.catalogue_packs import fingerprint, list_packs

    with _open(workspace, None) as desk:
        found = list_packs(desk)
    if as_json:
        print_json([{**pack.header, "loaded_at": pack.loaded_at, "loaded_by": pack.loaded_by} for pack in found])
        return
    if not found:
        say("CLI-PACK-NONE")
    for pack in found:
        title = pack.header["name"][current_language()]
        typer.echo(f"{pack.pack_id}  {pack.version:4}  {title}  {fingerprint(pack.header['issuer_key'])}")


@catalogue.command("remove")
def remove(
    workspace: Workspace,
    pack_id: Annotated[str, typer.Argument(help="The pack's id; `diaba catalogue list` tells it.")],
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Take a catalogue pack out of a workspace; data made with it stays stored."""
    from services.catalogue_packs import remove_pack

    with _open(workspace, name) as desk:
        change = remove_pack(desk, pack_id)
    if as_json:
        print_json({"removed": pack_id, "retired": dict(change.retired or {})})
        return
    show("CLI-PACK-REMOVED", pack=pack_id)
    for field, count in (change.retired or {}).items():
        say("CLI-PACK-RETIRED", field=field, count=count)


@catalogue.command("new-key")
def new_key(
    file: Annotated[Path, typer.Argument(help="Where the issuer's secret key is to lie.")], as_json: AsJson = False
) -> None:
    """Make an issuer's key; packs are signed with it."""
    from services.catalogue_packs import fingerprint, make_issuer_key

    public = make_issuer_key(file)
    facts = {"file": str(file), "public_key": public, "fingerprint": fingerprint(public)}
    if as_json:
        print_json(facts)
    else:
        show("CLI-PACK-KEY", **facts)


@catalogue.command("build")
def build(
    folder: Annotated[Path, typer.Argument(help="A folder with definitions/, choices/ or rules/.")],
    out: Annotated[Path, typer.Argument(help="The pack to write.")],
    key: Annotated[Path, typer.Option("--key", help="The issuer's key of `new-key`.")],
    name_vi: Annotated[str, typer.Option("--name", help="The pack's name in Vietnamese.")],
    issuer: Annotated[str, typer.Option("--issuer", help="The office that hands it out.")],
    version: Annotated[int, typer.Option("--version", min=1, help="Raised with each issue.")],
    name_en: Annotated[str | None, typer.Option("--name-en", help="The name in English.")] = None,
    pack_id: Annotated[str | None, typer.Option("--id", help="The id of the pack this is a new version of.")] = None,
    provinces: Annotated[
        list[str] | None, typer.Option("--province", help="Only for this province code; may be repeated.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Seal a folder of definitions, code lists and rules into a signed pack."""
    from services.catalogue_packs import build_pack, fingerprint, load_issuer_key

    pack = build_pack(
        folder,
        out,
        load_issuer_key(key),
        name={"vi": name_vi, "en": name_en or name_vi},
        issuer=issuer,
        version=version,
        pack_id=pack_id,
        provinces=provinces or (),
        clock=utc_now,
    )
    facts: dict[str, Any] = {"file": str(out), "fingerprint": fingerprint(pack.header.issuer_key)}
    if as_json:
        print_json({**pack.header.as_dict(), **facts})
    else:
        show("CLI-PACK-BUILT", **facts, count=len(pack.header.files))


@catalogue.command("extract")
def extract(
    folder: Annotated[Path, typer.Argument(help="Where the files are to lie; `build` seals this folder.")],
    names: Annotated[list[str], typer.Argument(help="Record types or code lists, such as land_use_code.")],
    workspace: Annotated[
        Path | None, typer.Option("--workspace", help="Take them as this workspace's packs have made them.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write definitions and code lists to a folder, to begin a pack from them."""
    from forms.loader import load_catalogue
    from services.catalogue_packs import extract_files

    if workspace is None:
        written = extract_files(load_catalogue(), names, folder)
    else:
        with _open(workspace, None) as desk:
            written = extract_files(desk.catalogue, names, folder)
    if as_json:
        print_json({"files": [str(path) for path in written]})
        return
    for path in written:
        show("CLI-PACK-EXTRACTED", file=str(path))


def _open(folder: Path, name: str | None) -> Any:
    """Open a workspace; one whose pack no longer fits is opened without its packs, so that it can be mended."""
    from services.workspaces import open_desk

    try:
        return open_workspace(folder, name)
    except UserError as error:
        if error.code != "PACK-MISFIT":
            raise
        say("PACK-MISFIT", **error.context)
        return open_desk(folder, actor=current_actor(name), clock=utc_now, without_packs=True)


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.add_typer(catalogue, name="catalogue")
