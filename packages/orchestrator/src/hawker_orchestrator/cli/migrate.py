"""`hawker migrate`: the database's schema."""

from __future__ import annotations

from typing import Annotated

import typer

from hawker_orchestrator.cli import session
from hawker_orchestrator.cli.arguments import example
from hawker_orchestrator.cli.console import say, show, table
from hawker_orchestrator.cli.errors import UserError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=example("hawker migrate", "hawker migrate --new ebay --message 'items have a weight'"))(migrate)


def migrate(
    new: Annotated[
        str | None, typer.Option(metavar="PACKAGE", help="Write a revision for this package: core or a marketplace.")
    ] = None,
    message: Annotated[str | None, typer.Option(metavar="TEXT", help="What the new revision changes.")] = None,
    status: Annotated[bool, typer.Option("--status", help="Tell what the database has, and change nothing.")] = False,
) -> None:
    """Bring the database's schema up to date.

    Its tables become those that the installed packages describe. With --new, write a revision instead: what the
    package's rows describe and its migrations do not make yet.
    """
    if status and new:
        raise UserError("--status and --new do not go together; give one of them")
    if status:
        _status()
    elif session.cloud() is session.Cloud.AWS and session.external_database() is None:
        raise UserError(
            "on AWS a deployment migrates; to do it by hand, set HAWKER_DATABASE_URL to the database as its owner"
        )
    elif new:
        if not message:
            raise UserError("a revision needs a message; say --message 'what changed'")
        _new(new, message)
    elif message:
        raise UserError("--message is for a new revision; name its package by --new")
    else:
        newer = session.migrate(session.database())
        show("the database is up to date")
        if newer:
            say(f"left alone, as a newer version has migrated it: {', '.join(newer)}")


def _status() -> None:
    from hawker_orchestrator import schema

    states = schema.states(session.database())
    table(
        ("package", "has", "newest", "missing"),
        [(s.branch, s.revision or "none", s.newest, s.missing) for s in states],
        right=("missing",),
    )
    if any(state.missing for state in states):
        say("apply what is missing by `hawker migrate`")


def _new(package: str, message: str) -> None:
    from hawker_orchestrator import migrate as migrations
    from hawker_orchestrator import scaffold, schema

    scaffold.checkout()
    if package not in migrations.branches():
        raise UserError(f"unknown package {package!r}; there are {', '.join(migrations.branches())}")
    show(str(schema.revise(session.database(), package, message)))
    say("read it through, then apply it by `hawker migrate`")
