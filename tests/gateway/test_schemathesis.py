"""schemathesis against ``/openapi.json``: no 5xx, no status and no body but the described ones."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import anyio.to_thread
import pytest
import yaml

from tests.gateway.test_batches import process


pytestmark = pytest.mark.anyio

MASTER = "sk-master-0123456789"
SECONDS = 100
COMMAND = (
    "--checks=all",
    # A valid request may name a model, a file or an address that is not there; and more is taken than is described,
    # such as a null in a query.
    "--exclude-checks=positive_data_acceptance,negative_data_rejection",
    "--phases=coverage,fuzzing,stateful",
    "--max-examples=15",
    "--seed=20261120",
    "--workers=1",
    "--no-color",
    f"--header=Authorization: Bearer {MASTER}",
)


async def test_the_gateway_is_as_it_describes_itself(tmp_path: Path) -> None:
    pytest.importorskip("schemathesis", reason="schemathesis is not installed")
    config = yaml.safe_dump(
        {
            "general_settings": {"master_key": MASTER},
            "model_list": [{"model_name": "local", "litellm_params": {"model": "local/auto"}}],
        }
    )

    def write() -> None:
        (tmp_path / "config.yaml").touch(mode=0o600)
        (tmp_path / "config.yaml").write_text(config)

    await anyio.to_thread.run_sync(write)
    async with process(tmp_path) as (_, url):
        with anyio.fail_after(SECONDS):
            done = await anyio.run_process(
                [sys.executable, "-m", "schemathesis.cli", "run", *COMMAND, f"{url}/openapi.json"],
                cwd=tmp_path,
                stderr=subprocess.STDOUT,
                check=False,
            )
    told = done.stdout.decode()
    assert done.returncode == 0, told[-20_000:]
    assert re.search(r"Selected: (\d+)/\1\s+Tested: \1\s", told)
