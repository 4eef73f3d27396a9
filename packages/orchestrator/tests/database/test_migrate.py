"""Each marketplace is deployed on its own, at its own version, in any order."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psycopg
import pytest
from alembic import command

from hawker_orchestrator import migrate, schema

from .support import query, revision, tables

if TYPE_CHECKING:
    from collections.abc import Callable

MARKETPLACES = ("amazon", "ebay", "walmart")
FIRST = {"core": "f2ec42461b3b", "amazon": "8ab1133d4150", "walmart": "558a1a6e1911"}


def make_common(url: str, *revisions: str) -> None:
    """Make the version tables those of an older database: one for all branches."""
    with psycopg.connect(url) as connection:
        for branch in migrate.branches():
            connection.execute(f"DROP TABLE IF EXISTS hawker.alembic_version_{branch}")
        connection.execute("CREATE TABLE hawker.alembic_version (version_num varchar(32) PRIMARY KEY)")
        connection.cursor().executemany("INSERT INTO hawker.alembic_version VALUES (%s)", [(one,) for one in revisions])


def common(url: str) -> set[str]:
    """What is left in the common table."""
    return {row for (row,) in query(url, "SELECT version_num FROM hawker.alembic_version")}


def heads() -> dict[str, str]:
    return {branch: migrate.scripts(branch).get_heads()[0] for branch in migrate.branches()}


@pytest.mark.parametrize("order", [MARKETPLACES, MARKETPLACES[::-1]], ids="-".join)
def test_images_of_one_marketplace_migrate_in_any_order(
    url: str, image: Callable[..., None], order: tuple[str, ...]
) -> None:
    for marketplace in order:
        image(marketplace)
        assert migrate.upgrade(url) == []
        assert migrate.upgrade(url) == []
    one_by_one = tables(url)
    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA hawker, raw CASCADE")
    image(*MARKETPLACES)
    migrate.upgrade(url)
    assert tables(url) == one_by_one
    assert {name.partition(".")[2].partition("_")[0] for name, _ in one_by_one} >= {"target", *MARKETPLACES}


def test_an_older_image_leaves_newer_schemas_alone(
    url: str, image: Callable[..., None], newer: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    image("walmart")
    added = newer("core")
    migrate.upgrade(url)
    monkeypatch.undo()
    image("amazon")
    assert migrate.upgrade(url) == ["core"]
    assert revision(url, "core") == [(added,)]
    assert revision(url, "amazon") == [(heads()["amazon"],)]
    assert query(url, "SELECT count(*) FROM raw.amazon_product") == [(0,)]
    assert query(url, "SELECT count(*) FROM hawker.next_core") == [(0,)]
    state = schema.states(url)[0]
    assert (state.branch, state.revision, state.missing) == ("core", added, 0)


def test_a_marketplace_that_is_rolled_back_leaves_its_newer_schema_alone(
    url: str, image: Callable[..., None], newer: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    image("ebay")
    added = newer("ebay")
    assert migrate.upgrade(url) == []
    monkeypatch.undo()
    image("ebay")
    assert migrate.upgrade(url) == ["ebay"]
    assert revision(url, "ebay") == [(added,)]


def test_a_newer_image_goes_on_where_an_older_one_was(
    url: str, image: Callable[..., None], newer: Callable[[str], str]
) -> None:
    image("ebay")
    migrate.upgrade(url)
    added = newer("ebay")
    assert [(one.branch, one.missing) for one in schema.states(url)] == [("core", 0), ("ebay", 1)]
    assert migrate.upgrade(url) == []
    assert revision(url, "ebay") == [(added,)]


def test_a_database_with_one_version_table_for_all_goes_on(url: str) -> None:
    migrate.upgrade(url)
    before = tables(url)
    make_common(url, *heads().values())
    assert {state.missing for state in schema.states(url)} == {0}
    assert common(url) == set(heads().values())  # asking changes nothing
    assert migrate.upgrade(url) == []
    assert tables(url) == before
    assert [revision(url, branch) for branch in migrate.branches()] == [[(head,)] for head in heads().values()]


def test_an_image_takes_its_own_out_of_the_common_table(url: str, image: Callable[..., None]) -> None:
    migrate.upgrade(url)
    every = heads()
    make_common(url, *every.values())
    image("amazon")
    assert migrate.upgrade(url) == []
    assert common(url) == {every["walmart"], every["ebay"]}
    image("ebay")
    assert migrate.upgrade(url) == []
    image("walmart")
    assert migrate.upgrade(url) == []
    assert query(url, "SELECT to_regclass('hawker.alembic_version')") == [(None,)]


def test_the_common_table_left_out_what_others_depend_on(url: str, image: Callable[..., None]) -> None:
    # Alembic kept no row of core's first revision once a marketplace that depends on it was there.
    image("amazon", "walmart")
    for branch, first in FIRST.items():
        command.upgrade(migrate.config(url, branch, upgrading=True), first)
    make_common(url, FIRST["amazon"], FIRST["walmart"])
    missing = {state.branch: state.missing for state in schema.states(url)}
    assert missing["core"] > 0
    assert missing["amazon"] > 0
    assert migrate.upgrade(url) == []
    assert {state.missing for state in schema.states(url)} == {0}
    fresh = tables(url)
    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA hawker, raw CASCADE")
    migrate.upgrade(url)
    assert tables(url) == fresh


def test_migrators_wait_for_each_other(url: str) -> None:
    script = "import sys; from hawker_orchestrator import migrate; migrate.upgrade(sys.argv[1])"
    with migrate.locked(url):
        both = [subprocess.Popen([sys.executable, "-c", script, url]) for _ in range(2)]
        give_up = time.monotonic() + 60
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        while query(url, waiting) != [(2,)]:
            assert time.monotonic() < give_up
            time.sleep(0.05)
        assert query(url, "SELECT to_regnamespace('hawker')") == [(None,)]
    assert [one.wait(120) for one in both] == [0, 0]
    assert {state.missing for state in schema.states(url)} == {0}


def test_a_migrator_that_is_killed_leaves_no_lock(url: str) -> None:
    script = (
        "import sys, time; from hawker_orchestrator import migrate\n"
        "with migrate.locked(sys.argv[1]): print('locked', flush=True); time.sleep(600)"
    )
    killed = subprocess.Popen([sys.executable, "-c", script, url], stdout=subprocess.PIPE)
    assert killed.stdout is not None
    assert killed.stdout.readline() == b"locked\n"
    killed.kill()
    killed.wait(20)
    assert migrate.upgrade(url) == []


def test_a_revision_of_one_branch_meets_neither_others_nor_version_tables(
    url: str, image: Callable[..., None], newer: Callable[[str], str]
) -> None:
    migrate.upgrade(url)
    image("amazon")
    newer("amazon")
    migrate.upgrade(url)
    with psycopg.connect(url) as connection:
        connection.execute("DROP TABLE raw.amazon_product; DROP TABLE hawker.next_amazon")
    written = migrate.revise(url, "amazon", "again").read_text("utf-8")
    assert "op.create_table('amazon_product'" in written
    assert "drop_table" not in written.partition("def downgrade")[0]
    assert "depends_on = None" in written
    with pytest.raises(migrate.NothingToMigrateError, match="core: "):
        migrate.revise(url, "core", "nothing")
