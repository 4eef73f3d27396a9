"""`hatch run synth`: what a change of one package touches, and how wrong input is told."""

from __future__ import annotations

import re
import shutil
from functools import partial
from typing import TYPE_CHECKING

import pytest

from infra.app import app
from infra.config import CONTEXT, DEV, PROD, ConfigError, chosen
from infra.image_assets import ROOT
from infra.synth import main
from tests.infra.templates import Assembly

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.infra.templates import Json


def checkout(folder: Path, root: Path = ROOT) -> Path:
    """A copy of the repository, as far as images are made of it."""
    ignored = shutil.ignore_patterns("__pycache__", "tests", "cases")
    shutil.copytree(root / "packages", folder / "packages", ignore=ignored)
    shutil.copy(root / ".dockerignore", folder)
    return folder


def templates(root: Path) -> dict[str, Json]:
    """The templates of a checkout."""
    made = app(DEV, outdir=str(root / "cdk.out"), root=root)
    made.synth()
    return Assembly(root / "cdk.out").templates()


def test_a_change_in_one_marketplace_changes_its_template_and_no_other(tmp_path: Path) -> None:
    before = templates(checkout(tmp_path / "before"))
    packages = checkout(tmp_path / "after", tmp_path / "before") / "packages"
    with (packages / "ebay" / "src" / "hawker_ebay" / "site.py").open("a") as file:
        file.write("# changed\n")
    for name in ("amazon", "walmart"):  # what is in no image
        (packages / name / "tests").mkdir()
        (packages / name / "tests" / "test_more.py").write_text("")
        (packages / name / "CHANGELOG.md").write_text("# More\n")
    (packages / "storefront" / "more.py").write_text("")
    after = templates(tmp_path / "after")

    assert [stack for stack in after if after[stack] != before[stack]] == ["hawker-ebay"]
    old, new = before["hawker-ebay"]["Resources"], after["hawker-ebay"]["Resources"]
    assert {new[name]["Type"] for name in new if old.get(name) != new[name]} == {
        "AWS::Lambda::Function",
        "AWS::ECS::TaskDefinition",
        "Custom::Migration",
    }


def test_a_change_of_a_schedule_builds_no_image(tmp_path: Path) -> None:
    before = templates(checkout(tmp_path / "before"))["hawker-walmart"]["Resources"]
    schedules = checkout(tmp_path / "after", tmp_path / "before") / "packages" / "walmart" / "schedules.toml"
    schedules.write_text(schedules.read_text("utf-8").replace('cron = "0 1,', 'cron = "59 1,'))
    after = templates(tmp_path / "after")["hawker-walmart"]["Resources"]
    changed = [after[name] for name in after if before.get(name) != after[name]]
    assert [one["Type"] for one in changed] == ["AWS::Scheduler::Schedule"]


def test_it_tells_what_the_stacks_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-c", "stage=prod", "--output", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "Stage prod" in told
    for stack, template in Assembly(tmp_path).templates().items():
        assert re.search(rf"{stack} .* {len(template['Resources'])} ", told)


def test_a_wrong_schedule_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = checkout(tmp_path)
    schedules = root / "packages" / "amazon" / "schedules.toml"
    text = schedules.read_text("utf-8")
    assert '"0 0,6,12,18 * * ? *"' in text
    schedules.write_text(text.replace('"0 0,6,12,18 * * ? *"', '"0 0,6,12,18 * * *"'))
    monkeypatch.setattr("infra.synth.app", partial(app, root=root))
    assert main(["--output", str(tmp_path / "cdk.out")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"synth: {schedules}: amazon_product: cron '0 0,6,12,18 * * *': has 5 fields, AWS's have 6")


@pytest.mark.parametrize(
    ("context", "told"),
    [
        ("stage=produ", "unknown stage 'produ'; there are dev, prod: write -c stage=prod"),
        ("stege=prod", "unknown context stege; there are stage, alarm-mail"),
        ("alarm-mail=team", "'team' is no mail address; write -c alarm-mail=team@example.com"),
    ],
)
def test_a_wrong_choice_is_told_in_one_line(capsys: pytest.CaptureFixture[str], context: str, told: str) -> None:
    assert main(["-c", context]) == 2
    assert capsys.readouterr().err == f"synth: {told}\n"


@pytest.mark.parametrize(
    ("context", "stage"), [({}, DEV), ({"stage": None}, DEV), ({"stage": "dev"}, DEV), ({"stage": "prod"}, PROD)]
)
def test_the_stage_chooses_the_preset(context: Mapping[str, str | None], stage: object) -> None:
    assert chosen(context) == stage


def test_alarms_go_to_the_address_that_was_given() -> None:
    assert chosen({"alarm-mail": "team@example.com"}).alarm_mail == "team@example.com"
    with pytest.raises(ConfigError):
        chosen(dict.fromkeys(CONTEXT, "team@example.com"))
