"""Keeps the pages behind `parse` and `blocked` outcomes, in S3, some for each run: what a parser's author must see.

They stand under `evidence/`, which the bucket's lifecycle empties: gzip of the page as it came but for the names of
its visitors, for browsers also a picture of it.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from isal import igzip

from hawker_core.privacy import unnamed
from hawker_core.upload import s3

if TYPE_CHECKING:
    import re

    from hawker_core.db import ChunkStore
    from hawker_core.page import Page

log = logging.getLogger(__name__)


def evidence_key(run: str, target: int) -> str:
    """Where a target's page stands in the bucket; its picture stands beside it, as `.png` in place of `.html.gz`."""
    return f"evidence/{run}/{target}.html.gz"


class Evidence:
    """Keeps at most `most` pages of a run, without what `people` (of the Site) finds in them."""

    def __init__(self, bucket: str, run: str, most: int, people: re.Pattern[bytes] | None) -> None:
        self._bucket, self._run, self._most, self._people = bucket, run, most, people
        self._spent = most <= 0

    async def keep(self, store: ChunkStore, target: int, page: Page) -> str | None:
        """Keep a page; gives its key, or None when the run has kept enough or S3 refuses, which costs no target."""
        if self._spent:
            return None
        if not await store.claim_evidence(1, self._most):
            self._spent = True
            return None
        key = evidence_key(self._run, target)
        try:
            await asyncio.to_thread(self._put, key, page)
        except Exception:
            log.exception("evidence not kept")
            return None
        return key

    def _put(self, key: str, page: Page) -> None:
        s3().put_object(
            Bucket=self._bucket,
            Key=key,
            Body=igzip.compress(unnamed(page.body, self._people)),
            ContentType="text/html",
            ContentEncoding="gzip",
            Metadata={"url": page.url[:1000].encode("ascii", "replace").decode()},
        )
        if page.screenshot:
            picture = key.removesuffix(".html.gz") + ".png"
            s3().put_object(Bucket=self._bucket, Key=picture, Body=page.screenshot, ContentType="image/png")
