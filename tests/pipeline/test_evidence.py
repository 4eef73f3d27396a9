"""The pages behind blocked targets are kept, as many as a run may keep, and can be fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hawker_orchestrator import evidence_store
from hawker_orchestrator.local.endpoint import client
from hawker_storefront.targets import targets

from .lab import Lab, storefront

if TYPE_CHECKING:
    from pathlib import Path


def test_a_run_keeps_some_pages_and_no_more(lab: Lab, tmp_path: Path) -> None:
    with storefront("--set", "persistent.captcha=100") as origin:
        lab.deploy({"per_second": "0", "evidence": "7", "gateway": origin})
        lab.only("walmart_product", list(targets("walmart_product", 60)))
        run, progress = lab.run("walmart_product", concurrency=3)
    assert progress.execution == "SUCCEEDED", progress
    assert lab.summary(run)["outcomes"] == {"blocked": 60}
    kept = evidence_store.listed(lab.database_url, run)
    assert len(kept) == 7
    assert lab.objects(run) == []
    s3 = client("s3", lab.endpoint)
    for one in kept:
        assert one.outcome == "blocked"
        (page,) = evidence_store.save(s3, "hawker", one, tmp_path)
        assert b"px-captcha" in page.read_bytes()
    (only,) = evidence_store.listed(lab.database_url, run, kept[0].target)
    assert only == kept[0]
