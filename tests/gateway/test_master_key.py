"""The key that opens everything: what is too easily guessed serves this machine alone."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ocr_async
from ocr_async.errors import ConfigurationError
from ocr_async.gateway.access.strength import weakness
from ocr_async.gateway.config.startup import Startup
from tests.gateway.test_serve import serving


ROOT = Path(ocr_async.__file__).parent.parent


@pytest.mark.parametrize(
    "key",
    [
        "sk-1234",
        "sk-short",
        "changeme",
        "sk-change-me-change-me",
        "your-secret-key-change-me",
        "sk-" + "a" * 40,
        "sk-master-key-123456",
        "",
    ],
)
def test_what_stands_in_tutorials_or_is_short_is_weak(key: str) -> None:
    assert weakness(key) is not None


@given(st.integers(16, 64), st.sampled_from([secrets.token_hex, secrets.token_urlsafe]))
def test_what_a_machine_draws_is_not_weak(length: int, draw: object) -> None:
    assert callable(draw)
    assert weakness(f"sk-{draw(length)}") is None


def test_a_long_key_is_judged_quickly() -> None:
    assert weakness("test" * 5_000 + "x7Q") is None


def test_a_weak_key_is_refused_where_others_reach_it_and_warned_of_here(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::"):
        done = subprocess.run(
            [sys.executable, "-m", "ocr_async", "serve", "--host", host, "--port", "0"],
            env={**os.environ, "OCR_ASYNC_MASTER_KEY": "sk-1234", "OCR_ASYNC_DATA": str(tmp_path / "refused")},
            capture_output=True, text=True, timeout=30, check=False, cwd=ROOT,
        )  # fmt: skip
        assert done.returncode == 2
        assert "the master key is one that stands in tutorials" in done.stderr
        assert "openssl rand -hex 32" in done.stderr
        assert "1234" not in done.stderr
    with serving(tmp_path, OCR_ASYNC_MASTER_KEY="sk-1234") as running:
        assert running.end() == 0
    assert any("warning: the master key is one that stands in tutorials" in line for line in running.lines)
    with serving(tmp_path, OCR_ASYNC_MASTER_KEY=f"sk-{secrets.token_hex(32)}") as running:
        assert running.end() == 0
    assert not any("warning" in line for line in running.lines)


def test_a_key_of_the_environment_that_no_client_could_send_stops_the_start() -> None:
    """Else everybody is locked out, and nothing says why."""

    def loaded(key: str) -> str | None:
        return Startup().load({"OCR_ASYNC_MASTER_KEY": key}, print).master_key

    assert loaded("sk-of-a-file\n") == "sk-of-a-file"
    assert loaded(" ") is None
    for key in ("sk two words", "sk-schlüssel", "sk-a\nb"):
        with pytest.raises(ConfigurationError, match="OCR_ASYNC_MASTER_KEY") as caught:
            loaded(key)
        assert key not in str(caught.value)
