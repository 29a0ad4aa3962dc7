"""Commands of the program itself: the window, and the demonstration of the whole main job."""

from pathlib import Path
from typing import Annotated

import typer

from core.memory import without_collection


def gui(workspace: Annotated[Path | None, typer.Argument(help="The workspace folder.")] = None) -> None:
    """Open the window."""
    raise typer.Exit(open_window(workspace))


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to work; made anew.")] = Path("demo"),
    headless: Annotated[bool, typer.Option("--headless", help="Draw pictures even where there is a screen.")] = False,
) -> None:
    """Run the whole main job on the shipped sample: field files in, records, checks, approval, province, receipt."""
    from diaba.demo import run_demo

    raise typer.Exit(run_demo(folder, headless=headless))


def open_window(workspace: Path | None) -> int:
    """Show the window on a workspace until it is closed; return the exit code."""
    with without_collection():  # thousands of functions and classes, none of them garbage
        from desktop.app import run_window
    return run_window(workspace)


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(gui)
    app.command()(demo)
