"""moto's Lambda API with real processes behind `invoke`.

The seam is `moto.awslambda_simple.models.lambda_simple_backends.backend`, used when moto's setting `lambda.use_docker`
is off. An asynchronous call (`InvocationType="Event"`) runs once: Lambda's two later retries are not emulated.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any, ClassVar

from moto.awslambda.exceptions import InvalidParameterValueException, LambdaClientError
from moto.awslambda.models import ImageConfig, LambdaFunction
from moto.awslambda_simple.models import LambdaSimpleBackend

from .fleet import Fleet, Function, ThrottledError
from .image import repository


class TooManyRequestsException(LambdaClientError):  # noqa: N818  # AWS's name
    """HTTP 429, as Lambda says it."""

    code = 429

    def __init__(self) -> None:
        super().__init__("TooManyRequestsException", "Rate Exceeded.")


class ProcessLambdaBackend(LambdaSimpleBackend):
    """Lambda's control plane by moto, its data plane by `fleet` (one per process, as moto's backends are)."""

    __module__ = LambdaSimpleBackend.__module__  # by which moto finds a backend's routes
    fleet: ClassVar[Fleet]

    def create_function(self, spec: dict[str, Any]) -> LambdaFunction:
        """Create a function from an image that is known here; any other package is refused."""
        self._check_image(spec.get("Code", {}))
        return super().create_function(spec)

    def update_function_code(self, function_name: str, qualifier: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Point the function at an image; warm sandboxes run the old code, so they are retired."""
        self._check_image(body)
        configuration = super().update_function_code(function_name, qualifier, body)
        self.fleet.retire(self.get_function(function_name, qualifier).function_name)
        return configuration

    def update_function_configuration(
        self, function_name: str, qualifier: str, body: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Update the configuration, the image's command included (which moto leaves out)."""
        if "ImageConfig" in body:
            self.get_function(function_name, qualifier).image_config = ImageConfig(body["ImageConfig"])
        return super().update_function_configuration(function_name, qualifier, body)

    def delete_function(self, function_name: str, qualifier: str | None = None) -> None:
        """Delete the function and end its warm sandboxes."""
        name = self.get_function(function_name, qualifier).function_name
        super().delete_function(function_name, qualifier)
        self.fleet.retire(name)

    def invoke(
        self, function_name: str, qualifier: str | None, body: Any, headers: Any, response_headers: Any
    ) -> str | bytes | None:
        """Run the function; an error of its is told by the `x-amz-function-error` header, as on AWS.

        Raises:
            TooManyRequestsException: the concurrency limit is reached.
        """
        configured = self.get_function(function_name, qualifier)
        function, reserved = _function(configured), configured.reserved_concurrency
        payload = body.encode() if isinstance(body, str) else bytes(body or b"")
        match headers.get("X-Amz-Invocation-Type", "RequestResponse"):
            case "DryRun":
                return b""
            case "Event":
                threading.Thread(target=self._invoke_later, args=(function, payload, reserved), daemon=True).start()
                return b""
        try:
            outcome = self.fleet.invoke(function, payload or b"{}", reserved=reserved)
        except ThrottledError:
            raise TooManyRequestsException from None
        if outcome.error:
            response_headers["x-amz-function-error"] = "Unhandled"
        return outcome.body

    def _invoke_later(self, function: Function, payload: bytes, reserved: int | None) -> None:
        with suppress(ThrottledError):  # the cloud closed while the event waited
            self.fleet.invoke(function, payload or b"{}", reserved=reserved, wait=True)

    def _check_image(self, code: dict[str, Any]) -> None:
        uri = code.get("ImageUri", "")
        if repository(uri) not in self.fleet.images:
            known = ", ".join(sorted(self.fleet.images)) or "none"
            raise InvalidParameterValueException(
                f"Source image {uri or '(none)'} does not exist. The local cloud knows these: {known}."
            )


def _function(configured: LambdaFunction) -> Function:
    command = configured.image_config.cmd
    return Function(
        name=configured.function_name,
        version=str(configured.version),
        arn=configured.function_arn,
        repository=repository(configured.code["ImageUri"]),
        handler=command[0] if command else "",
        environment=dict(configured.environment_vars),
        memory_mb=int(configured.memory_size),
        timeout_s=float(configured.timeout),
    )
