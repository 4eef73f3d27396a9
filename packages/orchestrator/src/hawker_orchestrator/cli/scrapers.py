"""`hawker scrapers`: what can be scraped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hawker_orchestrator.cli import arguments
from hawker_orchestrator.cli.arguments import example
from hawker_orchestrator.cli.console import say, show_json, table

if TYPE_CHECKING:
    import typer

    from hawker_core.model import Target


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=example("hawker scrapers"))(scrapers)


def scrapers(json: arguments.Json = False) -> None:
    """List the installed scrapers and their targets' fields."""
    from hawker_core import registry
    from hawker_core.settings import settings

    loaded = [registry.load(name) for name in registry.names()]
    override = settings().per_second
    rates = [one.fetch.per_second if override is None else override for one in loaded]
    if json:
        show_json(
            [
                {
                    "name": one.name,
                    "about": _about(one),
                    "target": _fields(one.target),
                    "row": list(one.row.__struct_fields__),
                    "fetch": type(one.fetch).__name__.lower(),
                    "per_second": rate,
                }
                for one, rate in zip(loaded, rates, strict=True)
            ]
        )
        return
    if not loaded:
        say("no scrapers are installed; pip install hawker-amazon, hawker-walmart or hawker-ebay")
        return
    table(
        ("scraper", "target fields", "row fields", "by", "rate", "what it gives"),
        [
            (
                one.name,
                "\n".join(n if d is None else f"{n} = {d or 'any'}" for n, d in _fields(one.target).items()),
                len(one.row.__struct_fields__),
                type(one.fetch).__name__.lower(),
                f"{rate:g} a second" if rate else "no limit",
                _about(one),
            )
            for one, rate in zip(loaded, rates, strict=True)
        ],
        right=("row fields",),
    )


def _about(scraper: object) -> str:
    return (type(scraper).__doc__ or "").strip().partition("\n")[0]


def _fields(kind: type[Target]) -> dict[str, str | None]:
    """A target's fields and their defaults; None where a value must be given."""
    import msgspec

    return {
        field.name: None if field.default is msgspec.NODEFAULT else str(field.default)
        for field in msgspec.structs.fields(kind)
    }
