"""The pages that runs kept as evidence: which there are, and their bytes."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg
from botocore.exceptions import ClientError

from hawker_orchestrator.run_store import UnknownRunError

if TYPE_CHECKING:
    from pathlib import Path


class Kept(NamedTuple):
    """A target whose page was kept: how it ended, why, and where the page stands in S3."""

    target: str
    outcome: str
    detail: str | None
    key: str


class NoEvidenceError(LookupError):
    """A page that is not there any more."""


def listed(url: str, run: str, target: str | None = None) -> list[Kept]:
    """The evidence of a run, or of one of its targets.

    Raises:
        UnknownRunError: there is no such run.
    """
    with psycopg.connect(url) as connection:
        if not connection.execute("SELECT 1 FROM hawker.run WHERE id = %s", [run]).fetchone():
            raise UnknownRunError(f"no run is named {run!r}; see `hawker runs list`")
        found = connection.execute(_LISTED, {"run": run, "target": target}).fetchall()
    return [Kept(*row) for row in found]


_LISTED = """
    SELECT t.key, o.outcome, o.detail, o.evidence
    FROM hawker.outcome o JOIN hawker.target t ON t.id = o.target_id
    WHERE o.run_id = %(run)s AND o.evidence IS NOT NULL AND (%(target)s::text IS NULL OR t.key = %(target)s)
    ORDER BY o.outcome, o.settled_at
"""


def save(s3: Any, bucket: str, kept: Kept, folder: Path) -> list[Path]:
    """Write a kept page, and its picture where a browser made one, into a folder; returns the files.

    Raises:
        NoEvidenceError: the bucket's lifecycle, or the end of a local cloud, has removed it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = kept.key.rpartition("/")[2].removesuffix(".html.gz")
    page = folder / f"{name}.html"
    try:
        page.write_bytes(gzip.decompress(s3.get_object(Bucket=bucket, Key=kept.key)["Body"].read()))
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"NoSuchKey", "404"}:
            raise
        raise NoEvidenceError(f"the page of {kept.target} is gone: evidence is kept for some days only") from None
    picture = folder / f"{name}.png"
    try:
        picture.write_bytes(s3.get_object(Bucket=bucket, Key=kept.key.replace(".html.gz", ".png"))["Body"].read())
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"NoSuchKey", "404"}:
            raise
        return [page]
    return [page, picture]
