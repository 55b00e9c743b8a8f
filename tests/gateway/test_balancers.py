"""The balancers of docs/how-to/run-behind-a-balancer.md, as they stand there, before two gateways; one is killed."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import yaml

from ocr_async.gateway.config.config import Config
from ocr_async.gateway.routes.operations import OPERATIONS
from tests import faults
from tests.gateway.test_multiprocess import BY_MASTER, load, until
from tests.gateway.test_serve import CONFIG, ROOT, Process, hosted, serving
from tests.upstream import Upstream


PAGE = (ROOT / "docs/how-to/run-behind-a-balancer.md").read_text()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def written(language: str, port: int, gateways: Sequence[Process]) -> str:
    """Return the configuration of the page, for *gateways* and a port of the loopback."""
    text: str
    (text,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    for address, gateway in zip(("10.0.0.11:4000", "10.0.0.12:4000"), gateways, strict=True):
        assert address in text
        text = text.replace(address, gateway.url.removeprefix("http://"))
    return text.replace("bind :4000", f"bind 127.0.0.1:{port}").replace("listen 4000", f"listen 127.0.0.1:{port}")


def haproxy(folder: Path, port: int, gateways: Sequence[Process]) -> list[str]:
    path = folder / "haproxy.cfg"
    path.write_text(written("haproxy", port, gateways))
    return ["haproxy", "-db", "-f", str(path)]


def nginx(folder: Path, port: int, gateways: Sequence[Process]) -> list[str]:
    # where a user who is not root may write
    places = "".join(f"{kind}_temp_path {kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    path = folder / "nginx.conf"
    path.write_text(written("nginx", port, gateways).replace("http {\n", f"http {{\naccess_log off;\n{places}"))
    return ["nginx", "-p", str(folder), "-c", str(path), "-e", "stderr", "-g", "daemon off; pid nginx.pid;"]


BALANCERS = {"haproxy": haproxy, "nginx": nginx}


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/readiness", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def before(gateways: Sequence[Process], name: str, folder: Path) -> Iterator[str]:
    """Run the balancer *name*; give its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environ = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}
    with subprocess.Popen(
        BALANCERS[name](folder, port, gateways), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environ
    ) as process:
        try:
            until(lambda: answers(url))
            yield url
        finally:
            process.terminate()


@pytest.mark.parametrize("name", BALANCERS)
def test_no_request_is_lost_with_a_gateway(name: str, tmp_path: Path, server: Upstream) -> None:
    if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None:
        pytest.skip(f"{name} is not installed")
    server.default = faults.late(0.2)
    with ExitStack() as stack:
        gateways = []
        for one in ("a", "b"):
            (tmp_path / one).mkdir()
            environ = {**hosted(server), "OCR_ASYNC_MASTER_KEY": BY_MASTER.removeprefix("Bearer ")}
            gateways.append(stack.enter_context(serving(tmp_path / one, config=CONFIG, **environ)))
        url = stack.enter_context(before(gateways, name, tmp_path))
        with load(url, BY_MASTER) as asking:
            until(lambda: all(len(requests_of(each)) > 4 for each in gateways))
            gateways[0].process.kill()
            answered = asking.answered
            until(lambda: asking.answered > answered + 24)
        assert (asking.lost, asking.refused) == (0, [])
        assert len(requests_of(gateways[1])) > 24
        # what the dead one had under way was asked for twice, and nothing else
        assert asking.answered <= len(server.requests) <= asking.answered + 8


def requests_of(gateway: Process) -> list[object]:
    return [line for line in gateway.events() if line["event"] == "request" and line["route"] == "/v1/ocr"]


def test_the_manifests_agree_with_the_gateway_and_each_other() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    found = {one["kind"]: one["spec"] for one in yaml.safe_load_all(text)}
    assert set(found) == {"Deployment", "PodDisruptionBudget", "Service"}
    deployment, labels = found["Deployment"], {"app": "ocr"}
    pod = deployment["template"]["spec"]
    (container,) = pod["containers"]
    assert deployment["selector"]["matchLabels"] == deployment["template"]["metadata"]["labels"] == labels
    assert found["PodDisruptionBudget"]["selector"]["matchLabels"] == found["Service"]["selector"] == labels
    assert found["PodDisruptionBudget"]["minAvailable"] < deployment["replicas"]
    assert deployment["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    waits = int(container["lifecycle"]["preStop"]["exec"]["command"][-1])
    assert pod["terminationGracePeriodSeconds"] > waits + Config().grace
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert ("GET", container[probe]["httpGet"]["path"]) in OPERATIONS
