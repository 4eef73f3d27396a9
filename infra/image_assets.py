"""A marketplace's two images, of its Dockerfile's stages; the CDK's command line builds and uploads them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from aws_cdk.aws_ecr_assets import DockerImageAsset, Platform

if TYPE_CHECKING:
    from constructs import Construct

    from infra.config import Config

ROOT: Final = Path(__file__).parents[1]
_SHARED: Final = {"core", "orchestrator"}
_PLATFORMS: Final = {"arm64": Platform.LINUX_ARM64, "x86_64": Platform.LINUX_AMD64}


def image(
    scope: Construct, marketplace: str, target: Literal["lambda", "fargate"], config: Config, root: Path
) -> DockerImageAsset:
    """An image whose hash covers what goes into it: core, the orchestrator and this marketplace, and no other.

    So a change in another marketplace's package leaves this one's stack as it is.
    """
    others = sorted(
        folder.name for folder in (root / "packages").iterdir() if folder.name not in _SHARED | {marketplace}
    )
    return DockerImageAsset(
        scope,
        target.capitalize(),
        directory=str(root),
        file=f"packages/{marketplace}/Dockerfile",
        target=target,
        platform=_PLATFORMS[config.architecture],
        # After the patterns of .dockerignore. What is told about a release or a schedule is in no image.
        exclude=[
            *(f"packages/{name}" for name in others),
            "packages/*/CHANGELOG.md",
            "packages/*/changes",
            "packages/*/schedules.toml",
        ],
    )
