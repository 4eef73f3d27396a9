"""Pages kept as evidence: how many, and what of them."""

from __future__ import annotations

import asyncio
import gzip
import re
from typing import TYPE_CHECKING, Any, cast

from hawker_core import Page
from hawker_core import evidence as module
from hawker_core.evidence import Evidence

if TYPE_CHECKING:
    import pytest

    from hawker_core.db import ChunkStore

PEOPLE = re.compile(rb'(<b class=who>)[^<]+|("name":")[^"]+')
BODY = b'<b class=who>Ann Quill</b><p>4 stars</p>{"name":"Ann Quill"}'


class Store:
    """Grants claims as the database does, over all workers of a run."""

    claimed = 0

    async def claim_evidence(self, count: int, most: int) -> bool:
        self.claimed += count
        return self.claimed <= most


class Bucket:
    def __init__(self, fault: Exception | None = None) -> None:
        self.objects: dict[str, bytes] = {}
        self.fault = fault

    def put_object(self, **asked: Any) -> None:
        if self.fault:
            raise self.fault
        self.objects[asked["Key"]] = asked["Body"]


def keep(monkeypatch: pytest.MonkeyPatch, bucket: Bucket, pages: int, most: int) -> list[str | None]:
    monkeypatch.setattr(module, "s3", lambda: bucket)
    evidence, store = Evidence("b", "shop_thing-1", most, PEOPLE), cast("ChunkStore", Store())
    page = Page("https://www.shop.example/1", BODY)
    page.screenshot = b"png"

    async def work() -> list[str | None]:
        return [await evidence.keep(store, target, page) for target in range(1, pages + 1)]

    return asyncio.run(work())


def test_as_many_as_a_run_may_keep_without_names(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = Bucket()
    keys = [f"evidence/shop_thing-1/{target}.html.gz" for target in (1, 2)]
    assert keep(monkeypatch, bucket, pages=4, most=2) == [*keys, None, None]
    assert sorted(bucket.objects) == sorted([*keys, *(key.replace(".html.gz", ".png") for key in keys)])
    assert gzip.decompress(bucket.objects[keys[0]]) == b'<b class=who></b><p>4 stars</p>{"name":""}'


def test_none_is_asked_for_where_none_is_to_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = Bucket()
    assert keep(monkeypatch, bucket, pages=2, most=0) == [None, None]
    assert bucket.objects == {}


def test_a_bucket_that_refuses_costs_no_target(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert keep(monkeypatch, Bucket(OSError("no way to S3")), pages=1, most=1) == [None]
    assert "evidence not kept" in caplog.text
