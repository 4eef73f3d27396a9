"""All of Amazon's scrapers at the same time, through both workflows, as `hawker run 'amazon_*'` runs them."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from hawker_core import registry
from hawker_orchestrator.cli.run import watch
from hawker_storefront.targets import key, targets, url

from .lab import Lab, get_json

NAMES = [name for name in registry.names() if name.startswith("amazon_")]
ROWS = """
    SELECT t.key, o.rows FROM hawker.outcome o JOIN hawker.target t ON t.id = o.target_id WHERE o.run_id = %s
"""
SETTINGS = {"per_second": "0", "statistics_seconds": "1", "concurrency": "2", "timeout_seconds": "30"}


@pytest.mark.usefixtures("browser")  # which two of them need
def test_every_target_of_ten_scrapers_ends_as_the_shop_says(lab: Lab, calm_shop: str) -> None:
    assert len(NAMES) == 10
    lab.deploy({**SETTINGS, "gateway": calm_shop})
    counts = {name: 4 if registry.load(name).fetch.concurrency == 1 else 10 for name in NAMES}  # browsers take longer
    wanted = {name: list(targets(name, count)) for name, count in counts.items()}
    for name, its in wanted.items():
        lab.only(name, its)
    executions = {name: lab.engine.start(name) for name in NAMES}
    ended = watch(lab.engine, executions)
    assert {progress.execution for progress in ended.values()} == {"SUCCEEDED"}, ended
    served = get_json(f"{calm_shop}/__ledger__")
    for name, execution in executions.items():
        lab.check_accounts(execution.run, counts[name])
        assert lab.outcomes(execution.run) == {
            one["key"]: one["expected"] for one in served if one["scraper"] == name
        }, name
        assert lab.summary(execution.run)["status"] == "complete"
        found = dict(lab.query(ROWS, execution.run))
        for target in wanted[name]:
            if target.get("pages", "1") == "1":
                truth = get_json(f"{calm_shop}/__truth__?{urlencode({'url': url(name, target)})}")
                assert found[key(name, target)] == len(truth["rows"]), (name, target)
