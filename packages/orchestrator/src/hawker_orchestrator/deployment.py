"""Finds what is deployed, by the SSM parameters that the stacks write, and the local cloud as they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from hawker_orchestrator import stack

if TYPE_CHECKING:
    from collections.abc import Mapping


class NotDeployedError(LookupError):
    """A part that is not there; the text says how to get it."""


class Deployed(NamedTuple):
    """An account's Hawker in one region: the SSM parameters by name."""

    region: str
    parameters: Mapping[str, str]

    def part(self, *path: str) -> str:
        """The name or ARN of a part, e.g. `part("bucket")`; `stack.parameter` tells which there are.

        Raises:
            NotDeployedError: there is no such part, or none at all.
        """
        name = stack.parameter(*path)
        if not self.parameters:
            raise NotDeployedError(
                f"no Hawker is deployed in {self.region}: no SSM parameter begins with {stack.parameter()}; "
                "choose account and region by AWS_PROFILE and AWS_DEFAULT_REGION, or deploy the stacks"
            )
        if name not in self.parameters:
            raise NotDeployedError(f"{self.region} has no SSM parameter {name}; deploy the stack that it belongs to")
        return self.parameters[name]


def find(ssm: Any) -> Deployed:
    """What is deployed in the region that a client of SSM speaks to.

    Raises:
        botocore.exceptions.ClientError: its credentials may not ask.
    """
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=stack.parameter(), Recursive=True)
    parameters = {found["Name"]: found["Value"] for page in pages for found in page["Parameters"]}
    return Deployed(ssm.meta.region_name, parameters)
