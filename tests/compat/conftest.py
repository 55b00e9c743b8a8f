"""A gateway in a process of its own, as clients meet it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import anyio.from_thread
import pytest

from tests.upstream import Upstream, upstream


ROOT = Path(__file__).parent.parent.parent
# The clients' requirements need not agree with ours: the gateway may run in another interpreter.
PYTHON = os.environ.get("OCR_ASYNC_PYTHON", sys.executable)

Serve = Callable[..., AbstractContextManager[str]]


@pytest.fixture
def server() -> Iterator[Upstream]:
    with anyio.from_thread.start_blocking_portal() as portal, portal.wrap_async_context_manager(upstream()) as running:
        yield running


@pytest.fixture
def serve(tmp_path: Path) -> Serve:
    """Return what runs a gateway, without a configuration or before an upstream, and gives its address."""

    @contextmanager
    def run(server: Upstream | None = None, *, key: str | None = None) -> Iterator[str]:
        arguments: tuple[str, ...] = ()
        if server is not None:
            config = tmp_path / "config.yaml"
            config.write_text(
                "model_list:\n- model_name: mistral-ocr-latest\n  litellm_params:\n"
                f"    model: mistral/mistral-ocr-latest\n    api_base: {server.url}\n    api_key: sk-upstream\n"
            )
            arguments = ("--config", str(config))
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "OCR_ASYNC_DATA": str(tmp_path / "data")}
        if key is not None:
            environ["OCR_ASYNC_MASTER_KEY"] = key
        process = subprocess.Popen(
            [PYTHON, "-m", "ocr_async", "serve", "--port", "0", *arguments],
            stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environ,
        )  # fmt: skip
        assert process.stderr is not None
        drain: threading.Thread | None = None
        try:
            for line in process.stderr:
                if match := re.search(r" at (http://\S+)$", line):
                    drain = threading.Thread(target=process.stderr.read)
                    drain.start()
                    yield match[1]
                    break
            else:
                pytest.fail("the gateway did not start")
        finally:
            process.terminate()
            process.wait(20)
            if drain is not None:
                drain.join()
            process.stderr.close()

    return run
