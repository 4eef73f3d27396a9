"""Arguments that several commands take, and how a command's help ends."""

from __future__ import annotations

from typing import Annotated

import typer

Scraper = Annotated[str, typer.Argument(metavar="SCRAPER", help="A scraper's name; `hawker scrapers` lists them.")]
Key = Annotated[
    str, typer.Argument(metavar="KEY", help="A target's key, such as B00LAYVPOU or 'B00LAYVPOU;domain=de'.")
]
Keys = Annotated[
    list[str], typer.Argument(metavar="KEY", help="Targets' keys, such as B00LAYVPOU or 'B00LAYVPOU;domain=de'.")
]
Run = Annotated[
    str, typer.Argument(metavar="RUN", help="A run's name, a part of it that no other run has, or `latest`.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Stay until the run has ended, or leave it to itself.")]
Concurrency = Annotated[
    int | None, typer.Option(min=1, max=10_000, metavar="N", help="Workers at once at most; the settings' else (40).")
]


def example(*lines: str) -> str:
    """The end of a command's help."""
    return "\n".join(["\b", "Example:", *(f"  {line}" for line in lines)])


def group(help_text: str, *examples: str) -> typer.Typer:
    """A group of commands."""
    return typer.Typer(help=help_text, epilog=example(*examples), no_args_is_help=True, rich_markup_mode=None)
