"""What is inside the built images, and what their user may do there."""

from __future__ import annotations

import json
import re
import struct
import subprocess
from typing import TYPE_CHECKING

import pytest
from packaging.utils import canonicalize_name

from hawker_orchestrator import stack
from hawker_orchestrator.local import rootfs
from infra.images import buildah, lock

from .conftest import MARKETPLACE
from .lab import as_image

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.images.buildah import Root

SITE = "opt/hawker/lib/python3.13/site-packages"
LIST = "import json; from importlib.metadata import distributions as d; print(json.dumps([i.name for i in d()]))"
COLD = f"""
import time, awslambdaric.bootstrap, hawker_core.handler
from hawker_core import registry
registry.load("{MARKETPLACE}_search")
print(time.process_time())
"""


@pytest.mark.parametrize("target", buildah.TARGETS)
def test_configuration_is_that_of_the_dockerfile(roots: dict[str, Root], target: str) -> None:
    config = roots[target].config
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", config["User"])
    assert set(dict(pair.split("=", 1) for pair in config["Env"])) <= {
        *("PATH", "PYTHONSAFEPATH", "LANG", "HOME", "HAWKER_CHROMIUM_SANDBOX"),
    }
    command = [stack.HANDLERS["worker"]] if target == "lambda" else list(stack.TASK_COMMAND)
    assert config["Cmd"] == command


@pytest.mark.parametrize("target", buildah.TARGETS)
def test_distributions_are_those_of_the_lock_and_ours(roots: dict[str, Root], target: str) -> None:
    listed = {canonicalize_name(name) for name in json.loads(output(roots[target], "python", "-c", LIST))}
    ours = {"hawker-core", f"hawker-{MARKETPLACE}"} | ({"hawker-orchestrator"} if target == "lambda" else set())
    pinned = set(re.findall(r"^([\w.\-]+)==", lock.path(MARKETPLACE, target).read_text("utf-8"), re.MULTILINE))
    assert ours <= listed <= ours | pinned


@pytest.mark.parametrize("target", buildah.TARGETS)
def test_every_module_is_compiled_and_its_source_not_looked_at(roots: dict[str, Root], target: str) -> None:
    site = roots[target].path / SITE
    sources = [path for path in site.rglob("*.py") if "alembic/templates" not in str(path)]
    assert len(sources) > 500
    for source in sources:
        compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
        assert compiled.exists(), source
        assert struct.unpack("<I", compiled.read_bytes()[4:8]) == (0b01,), "a hash that is not checked, by PEP 552"
    standard = roots[target].path / output(roots[target], "python", "-c", "import json; print(json.__cached__)").lstrip(
        "/"
    )
    assert standard.exists()


@pytest.mark.parametrize("target", buildah.TARGETS)
def test_its_user_can_write_to_tmp_alone(roots: dict[str, Root], target: str) -> None:
    """Even where the root were not read-only, which Fargate leaves to the task definition."""
    root = roots[target]
    assert output(root, "python", "-c", "import os; print(os.getuid(), os.getgroups())") == "10001 []"
    writable = subprocess.run(
        [
            *("chroot", f"--userspec={root.config['User']}", "--groups=", root.path, "find", "/", "-xdev"),
            *("-writable", "-not", "-type", "l", "-not", "-path", "/proc/*", "-not", "-path", "/dev/*"),
        ],
        capture_output=True,
        text=True,
        check=False,  # it may not look into every folder
    )
    assert set(writable.stdout.split()) <= {"/tmp", "/var/tmp", "/run/lock", "/dev", "/proc"}  # noqa: S108
    refused = run(root, "python", "-c", "open('/opt/hawker/x', 'w')")
    assert "Read-only file system" in refused.stderr


@pytest.mark.parametrize("target", buildah.TARGETS)
def test_nothing_is_left_of_the_build(roots: dict[str, Root], target: str) -> None:
    path = roots[target].path
    assert not (path / "build").exists()
    assert not (path / "root/.cache").exists()
    assert not list((path / "var/lib/apt/lists").glob("*Packages*")) or target == "lambda"
    assert not list((path / "var/cache/apt/archives").glob("*.deb"))
    ours = [name for name in (path / SITE).glob("hawker_*") if name.is_dir()]
    files = [file for folder in ours for file in folder.rglob("*") if file.is_file()]
    assert files
    assert not [
        file for file in files if "cases" in file.parts or "tests" in file.parts or file.suffix in {".html", ".env"}
    ]
    # What a build was given to reach its indexes is not in the image.
    assert not (path / "etc/pip.conf").exists() or not (path / "etc/pip.conf").read_bytes()
    assert not [tool for tool in ("gcc", "cc", "make", "git", "curl") if (path / "usr/bin" / tool).exists()]


def test_what_the_functions_need_is_there(roots: dict[str, Root]) -> None:
    for handler in stack.HANDLERS.values():
        module, function = handler.rsplit(".", 1)
        assert output(roots["lambda"], "python", "-c", f"import {module} as m; print(callable(m.{function}))") == "True"


def test_the_browser_starts_as_the_images_user(roots: dict[str, Root]) -> None:
    assert re.match(r"Chromium \d+", output(roots["fargate"], "chromium", "--version"))
    assert re.match(r"ChromeDriver \d+", output(roots["fargate"], "chromedriver", "--version"))


def test_cold_start(roots: dict[str, Root], built: str, figure: Callable[[str], None]) -> None:
    """Modules compiled at every start would cost a multiple: the image's are used, its read-only folders searched."""
    compiled = float(output(roots["lambda"], "python", "-c", COLD))
    uncompiled = float(output(roots["lambda"], "python", "-X", "pycache_prefix=/tmp/none", "-c", COLD))
    figure(built)
    figure(f"a worker's cold start: {compiled:.2f} s of CPU, {uncompiled:.2f} s without compiled modules")
    assert compiled < uncompiled


def run(root: Root, *argv: str) -> subprocess.CompletedProcess[str]:
    image = as_image(root)
    command = rootfs.enter(root.path, image.user, image.cwd, argv)
    return subprocess.run(command, env=dict(image.env), capture_output=True, text=True, check=False, timeout=120)


def output(root: Root, *argv: str) -> str:
    done = run(root, *argv)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
