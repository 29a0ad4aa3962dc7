"""The command about the seven figures."""

from typing import Any

import typer

from cli.options import AsJson, Workspace, open_workspace
from cli.output import TerminalProgress, print_json, show
from core.messages import render
from validation.seven_words import word_code


def figures(workspace: Workspace, as_json: AsJson = False) -> None:
    """Check everything and print the seven words as seven figures, each with what would raise it most; keeps them."""
    from services.desk_checks import check_desk
    from services.figures import keep_figures, measure_figures, step_text

    with open_workspace(workspace) as desk:
        found = measure_figures(desk, check_desk(desk, progress=TerminalProgress()))
        keep_figures(desk, found)
    if as_json:
        print_json([{**figure.as_dict(), "step": _describe(figure.step, step_text)} for figure in found])
        return
    for figure in found:
        name = render(word_code(figure.key))
        if figure.share is None:
            show("CLI-FIGURE-NONE", word=name)
        else:
            show("CLI-FIGURE", word=name, percent=f"{100 * figure.share:.1f}", good=figure.good, total=figure.total)
        if figure.step is not None:
            show("CLI-FIGURE-STEP", step=step_text(figure.step))


def _describe(step: Any, text_of: Any) -> dict[str, Any] | None:
    if step is None:
        return None
    places = {"rule_id": step.rule_id, "type_id": step.type_id, "field": step.field}
    return {"code": step.code, "text": text_of(step), "gain": step.gain, **places}


def register(app: typer.Typer) -> None:
    """Add this command to ``app``."""
    app.command()(figures)
