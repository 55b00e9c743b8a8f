"""Our client before LiteLLM's proxy before our gateway."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from ocr_async import OCR, errors
from tests import faults
from tests.compat.conftest import ROOT, Serve
from tests.upstream import Upstream


# The proxy may be installed elsewhere: its requirements need not agree with ours.
PROXY = os.environ.get("OCR_ASYNC_LITELLM") or shutil.which("litellm", path=str(Path(sys.executable).parent))
if PROXY is None or ("OCR_ASYNC_LITELLM" not in os.environ and importlib.util.find_spec("apscheduler") is None):
    pytest.skip("LiteLLM's proxy is not installed: pip install 'litellm[proxy]'", allow_module_level=True)

pytestmark = pytest.mark.timeout(240)  # LiteLLM takes its time to start

KEY = "sk-proxy-0123456789"
SCAN = ROOT / "samples" / "scan.pdf"
SECONDS = 120.0


@contextmanager
def proxy(folder: Path, gateway: str) -> Iterator[str]:
    """Run the proxy before *gateway*, and give its address."""
    assert PROXY is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    params = {"model": "mistral/mistral-ocr-latest", "api_base": gateway, "api_key": "sk-any"}
    config = folder / "litellm.yaml"
    config.write_text(
        yaml.safe_dump(
            {
                "model_list": [{"model_name": "ocr", "litellm_params": params, "model_info": {"mode": "ocr"}}],
                "general_settings": {"master_key": KEY},
                "litellm_settings": {"num_retries": 0},
            }
        )
    )
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environ |= {"HOME": str(folder), "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "*"}
    command = [PROXY, "--config", str(config), "--host", "127.0.0.1", "--port", str(port), "--num_workers", "1"]
    with open(folder / "litellm.log", "wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, env=environ)
    url, until = f"http://127.0.0.1:{port}", time.monotonic() + SECONDS
    try:
        while True:
            assert process.poll() is None, (folder / "litellm.log").read_text()[-2000:]
            assert time.monotonic() < until, "it did not start"
            try:
                urllib.request.urlopen(f"{url}/health/liveliness", timeout=5).close()
                break
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.3)
        yield url
    finally:
        process.kill()
        process.wait(20)


def test_our_client_is_served_through_litellms_proxy(serve: Serve, tmp_path: Path) -> None:
    with serve() as gateway, proxy(tmp_path, gateway) as url:
        client = OCR(model="mistral/ocr", api_base=url, api_key=KEY, retries=1)
        response = client.ocr(SCAN, include_image_base64=True, table_format="html")
        assert "# Harbour Report" in response.markdown
        assert response.usage_info.pages_processed == 1
        assert response.pages[0].tables
        assert len(client.ocr_many([SCAN] * 3)) == 3
        with pytest.raises(errors.RequestRejected, match="it is damaged or cut off"):
            client.ocr(SCAN.read_bytes()[:300])
        with pytest.raises(errors.RequestRejected, match="Invalid model name"):
            client.ocr(SCAN, model="mistral/another")
        with pytest.raises(errors.ProviderError):  # LiteLLM without a database answers 400 to a wrong key
            client.ocr(SCAN, api_key="sk-wrong")


def test_pages_and_limits_pass_through_litellms_proxy(serve: Serve, server: Upstream, tmp_path: Path) -> None:
    with serve(server) as gateway, proxy(tmp_path, gateway) as url:
        client = OCR(model="mistral/ocr", api_base=url, api_key=KEY, retries=1)
        response = client.ocr("https://example.com/a.pdf", pages=[0, 2])
        assert [page.index for page in response.pages] == [0, 2]
        assert server.requests[-1].json["pages"] == [0, 2]
        server.default = faults.status(429, {}, {"Retry-After": "100"})
        with pytest.raises(errors.RateLimited):
            client.ocr("https://example.com/a.pdf")
