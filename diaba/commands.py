"""Commands of the program itself: the window, and the demonstration of the whole main job."""

from pathlib import Path
from typing import Annotated

import typer


def gui(workspace: Annotated[Path | None, typer.Argument(help="The workspace folder.")] = None) -> None:
    """Open the window."""
    from desktop.app import run_window

    raise typer.Exit(run_window(workspace))


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to work; made anew.")] = Path("demo"),
    headless: Annotated[bool, typer.Option("--headless", help="Draw pictures even where there is a screen.")] = False,
) -> None:
    """Run the whole main job on the shipped sample: field files in, records, checks, approval, province, receipt."""
    from diaba.demo import run_demo

    raise typer.Exit(run_demo(folder, headless=headless))


def register(app: typer.Typer) -> None:
    """Add these commands to ``app``."""
    app.command()(gui)
    app.command()(demo)
