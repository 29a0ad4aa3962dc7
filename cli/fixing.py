"""The command that puts right what the checks found."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import AsJson, AsName, Workspace, open_workspace
from cli.output import TerminalProgress, print_json, show

if TYPE_CHECKING:
    from services.desk import Desk
    from services.fixing import FixAccount
    from validation.finding import Finding


def fix(
    workspace: Workspace,
    rule: Annotated[str, typer.Option("--rule", help="The rule whose findings are to be fixed, such as GEO-02.")],
    kind: Annotated[
        str | None, typer.Option("--fix", help="Which fix; docs/rules.md lists them by rule. Without it, any.")
    ] = None,
    option: Annotated[
        str | None, typer.Option("--option", help="Which way of the fix, as --dry-run names it; also one in doubt.")
    ] = None,
    uids: Annotated[list[str] | None, typer.Option("--uid", help="Only this record; may be repeated.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what could be done, and change nothing.")] = False,
    name: AsName = None,
    as_json: AsJson = False,
) -> None:
    """Put right what one rule finds, in one step that one undo takes back; what is in doubt is left and told."""
    from core.errors import UserError
    from services.fixing import FIXES, apply_all, fixes_of
    from validation.rule import RULES

    if rule not in RULES:
        raise UserError("CLI-FIX-RULE", rule=rule)
    if kind is not None and kind not in FIXES:
        raise UserError("FIX-UNKNOWN", kind=kind, known=[item.kind for item in fixes_of(rule)])
    with open_workspace(workspace, name) as desk:
        findings = _findings(desk, rule, uids)
        if dry_run:
            _preview(desk, findings, kind, as_json=as_json)
            return
        account = apply_all(desk, kind, findings, option=option, progress=TerminalProgress())
    _tell(account, as_json=as_json)


def _findings(desk: "Desk", rule: str, uids: list[str] | None) -> list["Finding"]:
    from services.checking import run_checks

    with desk.reading() as connection:
        report, _ = run_checks(desk, connection, list(desk.catalogue.types), TerminalProgress())
    found = [finding for finding in report.findings if finding.rule_id == rule]
    return found if uids is None else [finding for finding in found if finding.uid in uids]


def _preview(desk: "Desk", findings: list["Finding"], kind: str | None, *, as_json: bool) -> None:
    from services.fix_words import describe_fix
    from services.fixing import fixes_for

    told: list[dict[str, Any]] = []
    for finding in findings:
        offers = fixes_for(desk, finding, kinds=None if kind is None else (kind,))
        ways = [
            {
                "fix": each.kind,
                "option": each.option,
                "certain": each.is_certain,
                "title": each.title(),
                "changes": describe_fix(each, desk.catalogue),
            }
            for each in offers
        ]
        told.append({"uid": finding.uid, "text": finding.text(), "fixes": ways})
    if as_json:
        print_json(told)
        return
    for each in told:
        show("CLI-FIX-FINDING", uid=each["uid"], text=each["text"])
        for way in each["fixes"]:
            show("CLI-FIX-WAY" if way["certain"] else "CLI-FIX-WAY-IN-DOUBT", **way)
            for line in way["changes"]:
                show("CLI-FIX-LINE", line=line)
        if not each["fixes"]:
            show("CLI-FIX-NO-WAY")


def _tell(account: "FixAccount", *, as_json: bool) -> None:
    from services.fix_words import account_lines

    if not as_json:
        for line in account_lines(account):
            show("CLI-FIX-ACCOUNT", line=line)
        return
    changed = account.changed
    uids = [] if changed is None else sorted(uid for _, uid in changed.records)
    skipped = [
        {"uid": item.finding.uid, "type_id": item.finding.type_id, "reason": item.reason} for item in account.skipped
    ]
    label = None if changed is None else changed.label
    print_json({"label": label, "count": len(uids), "uids": uids, "done": len(account.done), "skipped": skipped})


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command()(fix)
