"""How the local cloud is addressed: region, keys, its own pages, boto3 clients."""

from __future__ import annotations

import functools
import json
import threading
import urllib.request
from typing import Any, Final

DEFAULT_REGION: Final = "eu-central-1"
ACCESS_KEY: Final = "local"
SECRET_KEY: Final = "local"  # noqa: S105  # nobody checks it: the endpoint is 127.0.0.1

# Beside S3's paths: no bucket's name may begin with an underscore.
HEALTH_PATH: Final = "/_hawker/health"
IMAGES_PATH: Final = "/_hawker/images"
LAMBDAS_PATH: Final = "/_hawker/lambdas"
TASKS_PATH: Final = "/_hawker/tasks"
INTERRUPT_PATH: Final = "/_hawker/tasks/interrupt"

# A user's AWS_PROFILE may name a profile that this machine lacks, which fails any session that reads it.
_NO_PROFILE: Final[dict[str, Any]] = {"profile": (None, [], None, None)}
_session_lock: Final = threading.Lock()


def client(service: str, endpoint: str, region: str = DEFAULT_REGION, **config: Any) -> Any:
    """Return a boto3 client of `service` (e.g. "s3") that speaks to `endpoint`, whatever AWS settings the user has.

    `config` are the keywords of `botocore.config.Config`.
    """
    from botocore.config import Config  # noqa: PLC0415  # costs 0.3 s, which `status` need not pay

    # Without `proxies` a user's HTTP_PROXY would be asked for 127.0.0.1.
    settings = Config(**{"proxies": {}, **config})
    with _session_lock:  # boto3 makes clients in one thread at a time
        return _session().client(service, region_name=region, endpoint_url=endpoint, config=settings)


@functools.cache
def _session() -> Any:
    """Return the one session, whose service models are read once."""
    import boto3  # noqa: PLC0415  # costs 0.3 s, which `status` need not pay
    import botocore.session  # noqa: PLC0415  # the same

    return boto3.session.Session(
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        botocore_session=botocore.session.Session(session_vars=_NO_PROFILE),
    )


def ask(endpoint: str, path: str, *, method: str = "GET", document: Any = None, timeout_s: float = 10.0) -> Any:
    """Return the JSON of one of the cloud's own pages.

    GET HEALTH_PATH tells the process id, GET LAMBDAS_PATH and GET TASKS_PATH the gauges (see `fleet.Fleet.stats`,
    `task_fleet.TaskFleet.stats`), DELETE resets them, PUT IMAGES_PATH replaces the images. POST INTERRUPT_PATH
    `?task=<id or ARN>` or `?task=random` interrupts a task on Spot and tells which.

    Raises:
        OSError: nothing answers there, or something else does.
        ValueError: what answers is not a local cloud.
    """
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    body = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(f"{endpoint}{path}", body, method=method)  # noqa: S310  # http:// of the cloud's own
    with direct.open(request, timeout=timeout_s) as response:
        return json.load(response)
