"""Tests of what is deployed to AWS."""

import infra  # noqa: F401  names the Node.js to use, before the CDK starts one
