"""Commands about planning dossiers: which there are, what one lacks, and putting documents into one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import AsJson, AsName, Workspace, open_workspace
from cli.output import TerminalProgress, print_json, severity_word, show
from cli.records import describe_record
from core.messages import current_language, render
from forms.dossiers import STAGE_WORDS
from forms.record import Record

if TYPE_CHECKING:
    from services.desk import Desk
    from services.dossiers import Dossier, DossierCompleteness, DossierRow, Part

DossierUid = Annotated[str, typer.Argument(help="The dossier's uid; `diaba dossiers` lists them.")]


def dossiers(workspace: Workspace, as_json: AsJson = False) -> None:
    """List the planning dossiers with how full each is and what the province sent back."""
    from services.dossiers import list_dossiers

    with open_workspace(workspace) as desk:
        found = list_dossiers(desk)
        documents = [_describe_row(desk, row) for row in found]
    if as_json:
        print_json(documents)
        return
    for item in documents:
        show("CLI-DOSSIER", **item)


def dossier(workspace: Workspace, uid: DossierUid, as_json: AsJson = False) -> None:
    """Show one dossier: its parts with their legal basis, what belongs to it, the province's remarks, its versions."""
    from services.dossiers import open_dossier

    with open_workspace(workspace) as desk:
        found = open_dossier(desk, uid)
        document = _describe(desk, found)
    if as_json:
        print_json(document)
        return
    stage = render(STAGE_WORDS[found.completeness.stage])
    show("CLI-DOSSIER-HEAD", **{**document, **document["completeness"], "stage": stage})
    for part in document["completeness"]["parts"]:
        code = "CLI-DOSSIER-PRESENT" if part["present"] else "CLI-DOSSIER-MISSING"
        show("CLI-DOSSIER-HINT" if part["wanted_by"] == "hint" and not part["present"] else code, **part)
    for record in (*document["documents"], *document["drawings"]):
        values = record["values"]
        show("CLI-DOSSIER-DOCUMENT", **{key: values.get(key) or "–" for key in ("doc_no", "name", "file_name")})
    for remark in document["remarks"]:
        show("CLI-DOSSIER-REMARK", **{**remark, "code": remark["code"] or "–", "field": remark["field"] or "–"})
    for relation in document["relations"]:
        show("CLI-DOSSIER-LATER" if relation["steps"] > 0 else "CLI-DOSSIER-EARLIER", **relation)
    if document["succession"]:
        show("CLI-DOSSIER-SUCCESSION", **document["succession"])


def add_document(
    workspace: Workspace,
    dossier_uid: Annotated[str, typer.Argument(help="The dossier's uid.", metavar="DOSSIER_UID")],
    file: Annotated[Path, typer.Argument(help="The file: PDF, picture, office document.")],
    kind: Annotated[str | None, typer.Option("--kind", help="Code of document_kind, such as quyet_dinh.")] = None,
    number: Annotated[str | None, typer.Option("--number", help="Number and sign, such as 2820/QĐ-UBND.")] = None,
    date: Annotated[str | None, typer.Option("--date", help="Day of signing, such as 19/11/2025.")] = None,
    title: Annotated[str | None, typer.Option("--title", help="Subject; else the file's name.")] = None,
    org: Annotated[str | None, typer.Option("--org", help="Issuing body.")] = None,
    as_drawing: Annotated[bool, typer.Option("--drawing", help="Store it as a drawing, not a document.")] = False,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Put a file into a dossier as a document; what is not given is read from its name, where that is certain."""
    from forms.dossiers import DOCUMENT, DRAWING
    from services.dossier_documents import add_document as add
    from services.dossier_documents import propose_document, read_values

    type_id = DRAWING if as_drawing else DOCUMENT
    typed = {"doc_kind": kind, "doc_no": number, "sign_date": date, "name": title, "issuing_org": org}
    with open_workspace(workspace, name) as desk:
        given = read_values(desk, type_id, {key: text for key, text in typed.items() if text is not None})
        values = {**propose_document(desk, file), **given}
        saved = add(desk, dossier_uid, file, values, type_id=type_id, progress=TerminalProgress())
    if as_json:
        findings = [finding.as_dict() for finding in saved.findings]
        print_json({"record": describe_record(saved.record), "findings": findings})
        return
    show("CLI-DOCUMENT-ADDED", uid=saved.record.uid, file=file.name)
    for finding in saved.findings:
        typer.echo(f"{severity_word(finding.severity)} {finding.rule_id}  {finding.text()}")


def _title(desk: "Desk", record: Record) -> str:
    from forms.titles import record_title

    return record_title(desk.catalogue.type(record.type_id), record.values, current_language())


def _describe_part(part: "Part") -> dict[str, Any]:
    return {
        "key": part.key,
        "title": part.title[current_language()],
        "legal": part.legal,
        "rule": part.rule,
        "wanted_by": part.wanted_by,
        "present": part.present,
        "count": part.count,
    }


def _describe_completeness(found: "DossierCompleteness") -> dict[str, Any]:
    return {
        "stage": found.stage.value,
        "filled": found.filled,
        "wanted": len(found.wanted),
        "share": found.share,
        "parts": [_describe_part(part) for part in found.parts],
    }


def _describe_row(desk: "Desk", row: "DossierRow") -> dict[str, Any]:
    full, values = row.completeness, row.record.values
    return {
        "uid": row.record.uid,
        "title": _title(desk, row.record),
        "state": str(row.record.state),
        "plan_kind": values.get("plan_kind"),
        "status": values.get("status"),
        "decision_no": values.get("decision_no"),
        "decision_date": values.get("decision_date"),
        "stage": full.stage.value,
        "filled": full.filled,
        "wanted": len(full.wanted),
        "missing": row.missing,
        "returned": row.returned,
        "states": {str(state): count for state, count in sorted(row.states.items())},
        "duplicates": list(row.duplicates),
    }


def _describe(desk: "Desk", found: "Dossier") -> dict[str, Any]:
    succession = found.succession
    return {
        "uid": found.record.uid,
        "title": _title(desk, found.record),
        "state": str(found.record.state),
        "values": dict(found.record.values),
        "completeness": _describe_completeness(found.completeness),
        "documents": [describe_record(record) for record in found.documents],
        "drawings": [describe_record(record) for record in found.drawings],
        "held": {type_id: len(records) for type_id, records in found.held.items()},
        "remarks": [
            {"uid": item.uid, "type_id": item.type_id, "result": item.result, "code": item.code, "field": item.field}
            for item in found.remarks
        ],
        "relations": [
            {
                "uid": item.record.uid,
                "title": _title(desk, item.record),
                "status": item.record.values.get("status"),
                "steps": item.steps,
                "adjusts": item.adjusts,
            }
            for item in found.related
        ],
        "duplicates": [record.uid for record in found.duplicates],
        "succession": succession
        and {
            "uid": succession.replaced.uid,
            "title": _title(desk, succession.replaced),
            "values": dict(succession.values),
        },
    }


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(dossiers)
    app.command()(dossier)
    app.command("add-document")(add_document)
