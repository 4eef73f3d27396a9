"""`hawker --target aws` and the database's roles, as stacks deploy them: each function with its own secret.

The local cloud stands in for AWS behind AWS_ENDPOINT_URL; the command line, told of nothing else, finds all the rest.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

import psycopg
import pytest

from hawker_orchestrator import stack
from hawker_orchestrator.local.endpoint import DEFAULT_REGION, client
from hawker_storefront.targets import targets

from .lab import Lab, storefront

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SCRAPER = "walmart_product"
ORCHESTRATOR, WORKER = "hawker_orchestrator", "hawker_walmart"
SETTINGS = {"per_second": "0", "timeout_seconds": "5", "statistics_seconds": "0.5", "flush_seconds": "0.2"}


class Account(NamedTuple):
    """What stands in for an AWS account with Hawker's stacks: the lab, and the secrets' ARNs by role."""

    lab: Lab
    secrets: dict[str, str]

    def deploy(self, gateway: str) -> None:
        """Deploy the functions, each with the secret of its role, and migrate by the function for that."""
        named = {"plan": ORCHESTRATOR, "close": ORCHESTRATOR, "worker": WORKER, "migrate": "hawker"}
        by_role = {
            role: {"HAWKER_DATABASE_URL": "", "HAWKER_DATABASE_SECRET": self.secrets[user]}
            for role, user in named.items()
        }
        self.lab.deploy({**SETTINGS, "gateway": gateway}, by_role=by_role)
        roles = {role: self.secrets[role] for role in (ORCHESTRATOR, WORKER)}
        answer = client("lambda", self.lab.endpoint).invoke(
            FunctionName=stack.function("walmart", "migrate"),
            Payload=json.dumps({"RequestType": "Update", "ResourceProperties": {"roles": roles}}),
        )
        assert json.load(answer["Payload"]) == {"roles": list(roles), "newer": []}

    def users(self) -> set[str]:
        """Who has logged in to the database, but for its owner."""
        log = (self.lab.folder / "postgres" / "server.log").read_text("utf-8")
        return set(re.findall(r"connection authorized: user=(\S+)", log)) - {"hawker"}


@pytest.fixture(scope="module")
def account(lab: Lab) -> Account:
    hba = lab.folder / "postgres" / "pg_hba.conf"
    hba.write_text(f"local all /^hawker_ scram-sha-256\n{hba.read_text('utf-8')}", "utf-8")
    with psycopg.connect(lab.database_url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET log_connections = 'all'")
        connection.execute("SELECT pg_reload_conf()")
    # As the CDK's secrets are; libpq takes a socket's folder, encoded, in the place of a host.
    where = {"host": quote(parse_qs(urlsplit(lab.database_url).query)["host"][0], safe=""), "port": 5432}
    store = client("secretsmanager", lab.endpoint)
    secrets = {
        user: store.create_secret(
            Name=user,
            SecretString=json.dumps({"username": user, "password": f"p/{user}@ü", "dbname": "hawker", **where}),
        )["ARN"]
        for user in ("hawker", ORCHESTRATOR, WORKER)
    }
    client("ssm", lab.endpoint).put_parameter(
        Name=stack.parameter("database-secret"), Value=secrets[ORCHESTRATOR], Type="String"
    )
    return Account(lab, secrets)


@pytest.fixture
def hawker(account: Account, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `hawker --target aws` with what a user of AWS has: credentials and a region."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HAWKER_", "AWS_", "PG"))}
    environment |= {
        "AWS_ENDPOINT_URL": account.lab.endpoint,
        "AWS_DEFAULT_REGION": DEFAULT_REGION,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "HOME": str(tmp_path),
        "COLUMNS": "200",
    }

    def run(*arguments: str, code: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "hawker_orchestrator.cli", "--target", "aws", *arguments],
            env=environment | variables,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, done
        return done

    return run


def found(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)


def test_a_whole_run_by_its_commands(
    account: Account, hawker: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    fields = list(targets(SCRAPER, 40))
    (tmp_path / "targets.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in fields), "utf-8")
    with storefront("--set", "persistent.captcha=50") as origin:
        account.deploy(origin)
        hawker("targets", "import", SCRAPER, "targets.jsonl")
        assert len(hawker("targets", "list", SCRAPER).stdout.splitlines()) >= 40
        hawker("run", SCRAPER, code=3)  # blocked targets are not what the scraper expects
    (run,) = found(hawker("runs", "list", "--json"))
    assert run["status"] == "complete"
    account.lab.check_accounts(run["run"], 40)
    shown = found(hawker("runs", "show", "latest", "--json"))
    assert shown["outcomes"]["blocked"] > 0
    assert shown["outcomes"]["blocked"] + shown["outcomes"]["ok"] == 40
    rows = hawker("rows", SCRAPER, "--format", "jsonl").stdout.splitlines()
    assert len(rows) == shown["outcomes"]["ok"]
    assert len(found(hawker("evidence", "latest", "--json"))) == shown["outcomes"]["blocked"]
    hawker("evidence", "latest", "--output", "pages")
    assert len(list((tmp_path / "pages").glob("*.html"))) == shown["outcomes"]["blocked"]
    assert account.users() == {ORCHESTRATOR, WORKER}

    with storefront() as healthy:
        account.deploy(healthy)
        hawker("runs", "resume", "latest")
    assert found(hawker("runs", "show", "latest", "--json"))["outcomes"] == {"ok": 40}
    hawker("targets", "remove", SCRAPER, next(iter(account.lab.outcomes(run["run"]))))
    assert len(hawker("targets", "list", SCRAPER, "--json").stdout.splitlines()) == 39
    assert {line.split()[-1] for line in hawker("migrate", "--status").stdout.splitlines()[1:]} == {"0"}


def test_a_run_is_stopped_and_resumed(
    account: Account, hawker: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    account.lab.only(SCRAPER, list(targets(SCRAPER, 60)))
    with storefront("--slow", "400") as origin:
        account.deploy(origin)
        run = hawker("run", SCRAPER, "--no-wait", "--concurrency", "1").stdout.strip()
        give_up = time.monotonic() + 60
        while not account.lab.query("SELECT 1 FROM hawker.outcome WHERE run_id = %s AND outcome IS NOT NULL", run):
            assert time.monotonic() < give_up
            time.sleep(0.1)
        stopped = hawker("runs", "stop", run)
        assert "stopped" in stopped.stdout
        assert f"runs resume {run}" in stopped.stderr
        hawker("runs", "resume", run)
    account.lab.check_accounts(run, 60)


def test_tasks_have_the_workers_role(account: Account, calm_shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "workflow", lambda _: stack.FARGATE)
    account.deploy(calm_shop)
    account.lab.only(SCRAPER, list(targets(SCRAPER, 12)))
    run, progress = account.lab.run(SCRAPER)
    assert (progress.status, progress.outcomes) == ("complete", {"ok": 12})
    account.lab.check_accounts(run, 12)
    assert account.users() == {ORCHESTRATOR, WORKER}


def test_a_tunnel_wins(account: Account, hawker: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    del account
    told = hawker("targets", "list", SCRAPER, code=2, HAWKER_DATABASE_URL="postgresql://127.0.0.1:1/x")
    assert "check HAWKER_DATABASE_URL" in told.stderr


def test_a_region_without_stacks(account: Account, hawker: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    del account
    told = hawker("runs", "list", code=2, AWS_DEFAULT_REGION="us-west-2")
    assert told.stderr.startswith("hawker: no Hawker is deployed in us-west-2: ")
    assert told.stderr.count("\n") == 1
