"""Configuration files and the command line."""

from __future__ import annotations

import csv
import io
import json
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from hawker_storefront import Config, ConfigError, Persistent, Robots, Transient, targets
from hawker_storefront.cli import app
from hawker_storefront.config import change, read
from hawker_storefront.testing import Client

if TYPE_CHECKING:
    from pathlib import Path


def test_toml_and_json_say_the_same(tmp_path: Path) -> None:
    toml = tmp_path / "faults.toml"
    toml.write_text("seed = 4\n[persistent]\ncaptcha = 2.5\n[transient]\nthrottled = 3\nrepeats = 2\n", "utf-8")
    file = tmp_path / "faults.json"
    file.write_text(
        json.dumps({"seed": 4, "persistent": {"captcha": 2.5}, "transient": {"throttled": 3, "repeats": 2}}), "utf-8"
    )
    wanted = Config(seed=4, persistent=Persistent(captcha=2.5), transient=Transient(throttled=3, repeats=2))
    assert read(toml) == read(file) == wanted


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[persistent]\ncapcha = 2", "capcha"),
        ("[persistent]\ncaptcha = 60\ngone = 60", r"add up to 120 %"),
        ("[persistent]\ncaptcha = -1", "0 to 100"),
        ("[transient]\nrepeats = 0", "1 or more"),
        ("[latency]\nmedian_ms = -5", "0 or more"),
        ("[latency]\nmedian_ms = 50\np95_ms = 10", "below latency.median_ms"),
        ("seed = 'x'", r"\$\.seed"),
        ("not toml", "wrong"),
    ],
)
def test_wrong_files_are_named_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "faults.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=message) as error:
        read(file)
    assert "\n" not in str(error.value)
    outcome = CliRunner().invoke(app, ["serve", "--port", "0", "--faults", str(file)])
    assert outcome.exit_code == 2
    assert outcome.stderr.count("\n") == 1


def test_settings_change_a_configuration() -> None:
    changed = change(Config(seed=2), ["persistent.captcha=2.5", 'robots.disallow=["/sch/"]', "seed=7"])
    assert changed == Config(seed=7, persistent=Persistent(captcha=2.5), robots=Robots(disallow=("/sch/",)))


@pytest.mark.parametrize("setting", ["captcha", "persistent.capcha=1", "x=1", "persistent.captcha=200", "seed=x"])
def test_wrong_settings_are_one_line(setting: str) -> None:
    outcome = CliRunner().invoke(app, ["serve", "--port", "0", "--set", setting])
    assert outcome.exit_code == 2
    assert outcome.stderr.count("\n") == 1


def test_captured_pages_take_no_faults(captured_pages: Path) -> None:
    outcome = CliRunner().invoke(
        app, ["serve", "--port", "0", "--pages", str(captured_pages), "--set", "persistent.gone=5"]
    )
    assert outcome.exit_code == 2
    assert "without faults" in outcome.stderr


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    outcome = CliRunner().invoke(app, ["serve", "--faults", str(tmp_path / "none.toml")])
    assert outcome.exit_code == 2
    assert "none.toml" in outcome.stderr


def test_targets_as_csv() -> None:
    outcome = CliRunner().invoke(app, ["targets", "amazon_offers", "--count", "7", "--offset", "3", "--seed", "5"])
    assert outcome.exit_code == 0
    assert list(csv.DictReader(io.StringIO(outcome.stdout))) == list(targets("amazon_offers", 7, 3, root=5))


def test_captured_targets_as_csv(captured_pages: Path) -> None:
    outcome = CliRunner().invoke(app, ["targets", "walmart_product", "--pages", str(captured_pages)])
    assert outcome.stdout.splitlines()[:3] == ["item_id", "5275415030", "1203950273"]


def test_an_unknown_scraper_is_named() -> None:
    outcome = CliRunner().invoke(app, ["targets", "amazon_wishes"])
    assert outcome.exit_code == 2
    assert "choose one of amazon_product, amazon_offers" in outcome.stderr


def test_a_taken_port_is_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        outcome = CliRunner().invoke(app, ["serve", "--port", str(port)])
    assert outcome.exit_code == 2
    assert outcome.stderr == (
        f"hawker-storefront: port {port} on 127.0.0.1 is taken: choose another with --port, or 0 for a free one\n"
    )


def test_serving_from_the_command_line() -> None:
    command = [sys.executable, "-m", "hawker_storefront", "serve", "--port", "0", "--seed", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        origin = process.stdout.readline().strip()
        assert origin.startswith("http://127.0.0.1:")
        assert Client(origin).get("https://www.walmart.com/ip/123456789").status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
