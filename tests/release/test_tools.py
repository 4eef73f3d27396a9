"""What all tools have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Repository


@pytest.mark.parametrize("tool", ["changed", "oldest_core", "release", "tagged"])
def test_every_tool_has_help(repository: Repository, tool: str) -> None:
    shown = repository.tool(tool, "--help")
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.startswith(f"usage: {tool.replace('_', '-')} ")


@pytest.mark.parametrize("command", [("changed", "main"), ("oldest_core", "ebay"), ("release", "amazon", "minor")])
def test_a_program_that_is_missing_is_told(repository: Repository, command: tuple[str, ...]) -> None:
    code, out, err = repository.tool(*command, PATH=str(repository.root))
    assert (code, out) == (2, "")
    assert err.endswith(": git is missing; install it, or start by ./dev hatch run\n")
