"""`hatch run images [amazon|walmart|ebay ...]`: builds images without Docker and tells their sizes."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from infra.images import buildah, lock

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_console = Console(stderr=True)


@app.command()
def main(
    marketplaces: Annotated[list[str] | None, typer.Argument(help="Packages to build; all of them without.")] = None,
    target: Annotated[
        list[str] | None, typer.Option(help=f"One of {', '.join(buildah.TARGETS)}; both without.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option(help="Make the base anew, with Debian's newest packages, and all on it.")
    ] = False,
    verbose: Annotated[bool, typer.Option(help="Show each line of the builds.")] = False,
) -> None:
    """Build the images of marketplaces and print a table: image, target, size, seconds."""
    known = lock.marketplaces()
    chosen, targets = marketplaces or known, target or list(buildah.TARGETS)
    for given, among in ((chosen, known), (targets, buildah.TARGETS)):
        if unknown := [one for one in given if one not in among]:
            _refuse(f"no image of {', '.join(unknown)}; there are {', '.join(among)}")
    if reason := buildah.missing():
        _refuse(reason)
    try:
        if fresh or not buildah.has(buildah.BASE):
            _make_base()
        built = [_build(name, one, verbose=verbose) for name in chosen for one in targets]
    except buildah.BuildError as error:
        _console.print(str(error), markup=False, highlight=False)
        raise typer.Exit(1) from None
    table = Table("image", "target", "size", "build")
    for image in built:
        table.add_row(image.name, image.target, f"{image.size / 1e6:,.0f} MB", f"{image.seconds:.0f} s")
    Console().print(table)


def _make_base() -> None:
    began = time.monotonic()
    with _console.status(f"{buildah.BASE}: Debian's packages"):
        buildah.make_base()
    _console.print(f"{buildah.BASE}: {time.monotonic() - began:.0f} s")


def _build(marketplace: str, target: str, *, verbose: bool) -> buildah.Built:
    image = buildah.name(marketplace, target)
    with _console.status(image) as status:

        def tell(line: str) -> None:
            if verbose:
                _console.print(line, markup=False, highlight=False)
            if " STEP " in line:
                status.update(f"{image} {line[:80]}")

        built = buildah.build(marketplace, target, tell)
    _console.print(f"{image}: {built.seconds:.0f} s")
    return built


def _refuse(reason: str) -> None:
    _console.print(f"images: {reason}", markup=False, highlight=False)
    raise typer.Exit(2)


if __name__ == "__main__":
    sys.exit(app())
