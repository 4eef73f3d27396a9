"""What `hawker --target aws` says when something between it and the database is wrong, told by a server like AWS's."""

from __future__ import annotations

import json
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from hawker_orchestrator import stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .conftest import Answer

LOGIN = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "eu-central-1"}
SECRET = {"username": "hawker_orchestrator", "password": "hush", "dbname": "hawker"}


class Service:
    """SSM and Secrets Manager: an answer by operation, a dict, or the code and message of an error."""

    def __init__(self) -> None:
        self.answers: dict[str, dict[str, Any] | tuple[str, str]] = {"GetParametersByPath": {"Parameters": []}}
        self.asked: list[str] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                operation = self.headers["X-Amz-Target"].rpartition(".")[2]
                service.asked.append(operation)
                answer = service.answers[operation]
                if isinstance(answer, tuple):
                    self.send_response(400)
                    answer = {"__type": answer[0], "message": answer[1]}
                else:
                    self.send_response(200)
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def deploy(self, **secret: Any) -> None:
        """Deploy the database's stack alone."""
        told = {"bucket": "b", "database-secret": "arn:secret"}
        parameters = [{"Name": stack.parameter(name), "Value": value} for name, value in told.items()]
        self.answers["GetParametersByPath"] = {"Parameters": parameters}
        self.answers["GetSecretValue"] = {"SecretString": json.dumps(SECRET | secret)}


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


@pytest.fixture
def hawker(
    service: Service, bare: Callable[..., Answer], environment: pytest.MonkeyPatch, tmp_path: Any
) -> Callable[..., Answer]:
    """Runs a command on AWS; the user has no files of AWS's, and the machine is none of AWS's."""
    for name, value in {
        "AWS_ENDPOINT_URL": service.url,
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
    }.items():
        environment.setenv(name, value)

    def run(*arguments: str, **variables: str) -> Answer:
        environment.setattr(boto3, "DEFAULT_SESSION", None)  # it remembers credentials
        return bare("--target", "aws", *arguments, **variables)

    return run


def line(answer: Answer) -> str:
    """The one line that a command said before it exited with 2."""
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith("hawker: ")
    assert answer.err.count("\n") == 1
    return answer.err.removeprefix("hawker: ").strip()


def test_nothing_deployed(hawker: Callable[..., Answer]) -> None:
    for command in (
        ["runs", "list"],
        ["evidence", "latest"],
        ["rows", "amazon_deals"],
        ["targets", "list", "ebay_search"],
    ):
        assert line(hawker(*command, **LOGIN)) == (
            "no Hawker is deployed in eu-central-1: no SSM parameter begins with /hawker; "
            "choose account and region by AWS_PROFILE and AWS_DEFAULT_REGION, or deploy the stacks"
        )


def test_a_stack_that_is_missing(service: Service, hawker: Callable[..., Answer], url: str) -> None:
    service.deploy()
    answer = hawker("targets", "add", "walmart_product", "4242", HAWKER_DATABASE_URL=url, **LOGIN)
    assert answer.code == 0, answer
    assert line(hawker("run", "walmart_product")) == (
        "eu-central-1 has no SSM parameter /hawker/walmart/state-machine/lambda; deploy the stack that it belongs to"
    )


@pytest.mark.parametrize("lacks", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"])
def test_no_credentials_or_no_region(hawker: Callable[..., Answer], lacks: str) -> None:
    told = line(hawker("runs", "list", **{name: value for name, value in LOGIN.items() if name != lacks}))
    assert told.endswith("; set up AWS credentials and region by `aws configure`, or use `--target local`")
    assert ("region" if lacks == "AWS_DEFAULT_REGION" else "credentials") in told.partition(";")[0]


def test_a_profile_that_is_not_there(hawker: Callable[..., Answer]) -> None:
    assert "profile (nobody) could not be found; set up AWS" in line(hawker("runs", "list", AWS_PROFILE="nobody"))


@pytest.mark.parametrize("operation", ["GetParametersByPath", "GetSecretValue"])
@pytest.mark.parametrize(
    "code",
    ["AccessDeniedException", "ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"],
)
def test_access_denied(service: Service, hawker: Callable[..., Answer], operation: str, code: str) -> None:
    service.deploy()
    service.answers[operation] = (code, f"User: me is not authorized to perform: {operation}")
    told = line(hawker("runs", "list", **LOGIN))
    assert told.endswith("; use credentials that may")
    assert code in told
    assert operation in told


def test_no_network(hawker: Callable[..., Answer]) -> None:
    told = line(hawker("runs", "list", AWS_ENDPOINT_URL="http://127.0.0.1:1", **LOGIN))
    assert "http://127.0.0.1:1" in told
    assert "check the network" in told


@pytest.mark.parametrize("how", ["silent", "refused"])
def test_a_database_out_of_reach(service: Service, hawker: Callable[..., Answer], how: str) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        if how == "silent":
            silent.listen()  # and never accepted: as behind a security group, nothing comes back
        service.deploy(host="127.0.0.1", port=silent.getsockname()[1])
        told = line(hawker("runs", "list", PGCONNECT_TIMEOUT="2", **LOGIN))
    assert told.startswith("the database does not answer: ")
    assert told.endswith(
        "; open a tunnel into its network and name its end in HAWKER_DATABASE_HOST, see docs/settings.md"
    )
    assert "hush" not in told


def test_a_database_out_of_reach_is_not_waited_for_long(
    service: Service, hawker: Callable[..., Answer], environment: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def connect(url: str, **_: Any) -> None:
        import os  # noqa: PLC0415

        import psycopg  # noqa: PLC0415

        asked.update(url=url, seconds=os.environ["PGCONNECT_TIMEOUT"])
        raise psycopg.errors.ConnectionTimeout("timeout expired")

    environment.setattr("psycopg.connect", connect)
    service.deploy(host="db.internal")
    assert "timeout expired; open a tunnel" in line(hawker("runs", "list", **LOGIN))
    assert asked == {"url": "postgresql://hawker_orchestrator:hush@db.internal:5432/hawker", "seconds": "20"}


def test_a_tunnel_wins(service: Service, hawker: Callable[..., Answer], url: str) -> None:
    answer = hawker("runs", "list", HAWKER_DATABASE_URL=url, **LOGIN)
    assert answer.code == 0, answer
    assert service.asked == []  # what AWS knows of it is not asked for


def test_the_end_of_a_tunnel(service: Service, hawker: Callable[..., Answer]) -> None:
    service.deploy(host="db.internal")
    told = line(hawker("runs", "list", HAWKER_DATABASE_HOST="127.0.0.1:1", **LOGIN))
    assert "port 1 failed" in told
    assert told.endswith("; check HAWKER_DATABASE_HOST")


def test_the_parameters_are_asked_for_once(service: Service, hawker: Callable[..., Answer]) -> None:
    service.deploy(host="127.0.0.1", port=1)
    hawker("doctor", **LOGIN)
    assert service.asked == ["GetParametersByPath", "GetSecretValue"]


def test_migrating_is_the_deployments(service: Service, hawker: Callable[..., Answer]) -> None:
    service.deploy()
    told = line(hawker("migrate", **LOGIN))
    assert told.startswith("on AWS a deployment migrates; to do it by hand, set HAWKER_DATABASE_URL")
    assert service.asked == []
