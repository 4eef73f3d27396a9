from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Repository

AMAZON = "packages/amazon"


def today() -> str:
    return datetime.now(UTC).astimezone().date().isoformat()


def test_a_release_is_one_commit_and_one_tag(changed: Repository) -> None:
    before = changed.git("rev-parse", "HEAD")
    answer = changed.tool("release", "amazon", "minor")
    assert answer.code == 0, answer.err
    assert "git push --atomic origin main amazon-0.2.0" in answer.out
    assert changed.git("rev-parse", "HEAD~1") == before
    assert changed.git("rev-parse", "amazon-0.2.0^{commit}") == changed.git("rev-parse", "HEAD")
    assert changed.git("cat-file", "-t", "amazon-0.2.0") == "tag"
    assert changed.git("log", "-1", "--format=%s") == "Release amazon 0.2.0"
    assert changed.git("status", "--porcelain") == ""
    assert changed.git("show", "--no-renames", "--name-status", "--format=", "HEAD").splitlines() == [
        f"M\t{AMAZON}/CHANGELOG.md",
        f"D\t{AMAZON}/changes/12.fixed.md",
        f"D\t{AMAZON}/changes/reviews.added.md",
        f"M\t{AMAZON}/pyproject.toml",
    ]


def test_only_the_version_of_pyproject_changes(changed: Repository) -> None:
    before = changed.read(f"{AMAZON}/pyproject.toml")
    assert changed.tool("release", "amazon", "patch").code == 0
    assert changed.read(f"{AMAZON}/pyproject.toml") == before.replace('version = "0.1.0"', 'version = "0.1.1"')


def test_changelogs_grow_at_the_top(changed: Repository) -> None:
    assert changed.tool("release", "amazon", "first").code == 0
    changed.write(f"{AMAZON}/changes/deals.removed.md", "Deals.\n")
    changed.commit("no deals")
    assert changed.tool("release", "amazon", "major").code == 0
    assert changed.read(f"{AMAZON}/CHANGELOG.md") == (
        "# Changelog of hawker-amazon\n\n<!-- towncrier release notes start -->\n\n"
        f"## 1.0.0 ({today()})\n\n### Removed\n\n- Deals.\n\n"
        f"## 0.1.0 ({today()})\n\n### Added\n\n- Reviews of products.\n\n"
        "### Fixed\n\n- Prices in yen\n  have no cents. (#12)\n"
    )
    assert changed.git("tag", "--list").split() == ["amazon-0.1.0", "amazon-1.0.0"]


def test_a_dry_run_shows_everything_and_writes_nothing(changed: Repository) -> None:
    before = changed.state()
    answer = changed.tool("release", "amazon", "minor", "--dry-run")
    assert answer.code == 0, answer.err
    assert changed.state() == before
    for part in (
        "amazon 0.1.0 -> 0.2.0",
        f"## 0.2.0 ({today()})\n\n### Added\n\n- Reviews of products.\n",
        f"removes {AMAZON}/changes/12.fixed.md\n",
        "tags amazon-0.2.0",
    ):
        assert part in answer.out


def refuses(repository: Repository, words: str, *arguments: str) -> None:
    before = repository.state()
    answer = repository.tool("release", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert re.fullmatch(rf"release: .*{re.escape(words)}.*\n", answer.err), answer.err
    assert repository.state() == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("amazn", "minor"), "no package 'amazn'; choose one of amazon, core, ebay"),
        (("amazon", "huge"), "no bump 'huge'; choose one of major, minor, patch, first"),
        (("amazon",), "required: bump"),
        (("amazon", "minor", "--force"), "unrecognized arguments: --force"),
        (("walmart", "minor"), "packages/walmart/changes has no fragments"),
    ],
)
def test_what_cannot_be_released_is_refused(changed: Repository, arguments: tuple[str, ...], words: str) -> None:
    refuses(changed, words, *arguments)


@pytest.mark.parametrize("path", ["README.md", f"{AMAZON}/pyproject.toml"])
def test_a_dirty_tree_is_refused(changed: Repository, path: str) -> None:
    changed.write(path, changed.read(path) + "\n" if (changed.root / path).exists() else "new\n")
    refuses(changed, "1 changed files", "amazon", "minor")


def test_another_branch_and_a_detached_commit_are_refused(changed: Repository) -> None:
    changed.git("switch", "--quiet", "--create", "feature")
    refuses(changed, "on feature, not on main", "amazon", "minor")
    changed.git("switch", "--quiet", "--detach")
    refuses(changed, "on a detached commit, not on main", "amazon", "minor")


def test_a_tag_that_exists_is_refused(changed: Repository) -> None:
    changed.git("tag", "amazon-0.2.0")
    refuses(changed, "the tag amazon-0.2.0 exists", "amazon", "minor")
    refuses(changed, "amazon has releases already, such as amazon-0.2.0", "amazon", "first")


@pytest.mark.parametrize("name", ["oops.md", "oops.bugfix.md"])
def test_a_fragment_that_would_be_left_out_is_refused(changed: Repository, name: str) -> None:
    changed.write(f"{AMAZON}/changes/{name}", "Something.\n")
    changed.commit("oops")
    refuses(changed, f"packages/amazon/changes: Invalid news fragment name: {name}", "amazon", "minor")


def fails(repository: Repository, words: str, **environment: str) -> None:
    before = repository.state()
    answer = repository.tool("release", "amazon", "minor", **environment)
    assert answer.code == 1
    assert re.fullmatch(rf"release: {words}.*\n", answer.err), answer.err
    assert repository.state() == before


def test_a_hook_that_refuses_the_commit_leaves_nothing_behind(changed: Repository) -> None:
    hook = changed.root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho not today >&2\nexit 1\n", "utf-8")
    hook.chmod(0o755)
    fails(changed, "git commit failed: not today")
    hook.unlink()
    assert changed.tool("release", "amazon", "minor").code == 0


@pytest.mark.parametrize("signal", ["INT", "TERM", "HUP"])
def test_an_interruption_leaves_nothing_behind(changed: Repository, signal: str) -> None:
    """A terminal sends Ctrl-C to the release and to the git that it runs."""
    hook = changed.root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nkill -{signal} 0\nsleep 5\n", "utf-8")
    hook.chmod(0o755)
    fails(changed, "git commit failed: exit code -")


def test_a_tag_that_cannot_be_signed_leaves_nothing_behind(changed: Repository) -> None:
    changed.git("config", "tag.gpgSign", "true")
    changed.git("config", "gpg.program", "false")
    fails(changed, "git tag failed: ")


def test_a_changelog_that_has_the_version_already_is_refused(changed: Repository) -> None:
    changed.write(f"{AMAZON}/CHANGELOG.md", changed.read(f"{AMAZON}/CHANGELOG.md") + f"\n## 0.2.0 ({today()})\n")
    changed.commit("by hand")
    refuses(changed, "CHANGELOG.md has a section 0.2.0 already", "amazon", "minor")


def test_a_core_that_leaves_the_ranges_says_whose(changed: Repository) -> None:
    for arguments in (("core", "minor", "--dry-run"), ("core", "minor")):
        answer = changed.tool("release", *arguments)
        assert answer.code == 0, answer.err
        lines = [line for line in answer.out.splitlines() if " allows " in line]
        assert [line.partition(" ")[0] for line in lines] == ["amazon", "ebay", "orchestrator"]
        assert lines[0] == (
            "amazon allows hawker-core<0.2,>=0.1, which leaves out 0.2.0: widen it in "
            "packages/amazon/pyproject.toml, without which the workspace cannot be installed"
        )


def test_a_core_inside_the_ranges_says_nothing_of_them(changed: Repository) -> None:
    answer = changed.tool("release", "core", "patch")
    assert answer.code == 0
    assert " allows " not in answer.out
