"""A fork in the middle of the process's first call: the child imports what it needs, and hangs on nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import ocr_async

from .upstream import Upstream, upstream


ROOT = Path(ocr_async.__file__).parent.parent

# The import of MODULE takes its time, and the fork comes meanwhile.
FORKED = """
import importlib.abc, os, signal, sys, threading, time, warnings
import concurrent.futures.thread, logging  # whose own hooks complain of a fork that began before they came
from pathlib import Path
import ocr_async
url, module = sys.argv[1:]
reached = threading.Event()

class Slow(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == module and not reached.is_set():
            reached.set()
            time.sleep(1.0)

def read():
    document = Path("samples/digital.pdf").read_bytes()
    given = {"model": "local"} if url == "local" else {"model": "m", "api_base": url, "retries": 0}
    return len(ocr_async.ocr(document, **given).pages)

sys.meta_path.insert(0, Slow())
pages = []
thread = threading.Thread(target=lambda: pages.append(read()))
thread.start()
assert reached.wait(20), "nobody imported it"
warnings.simplefilter("ignore", DeprecationWarning)  # from 3.12 on a fork with other threads warns
child = os.fork()
if child == 0:
    signal.alarm(30)  # a child that hangs ends by it
    os._exit(0 if read() else 1)
status = os.waitpid(child, 0)[1]
thread.join()
assert pages and pages[0] > 0, pages
print(status)
"""


@pytest.mark.parametrize(
    ("way", "module"),
    [
        ("local", "ocr_async._sync"),
        ("local", "anyio"),
        ("local", "anyio._backends._asyncio"),
        ("local", "ocr_async.providers.local"),
        ("local", "ocr_async.engine.values"),
        ("local", "ocr_async.transport.workers"),
        ("upstream", "ocr_async.transport.send"),
        ("upstream", "aiohttp"),
        ("upstream", "ocr_async.providers.mistral"),
    ],
)
def test_a_fork_while_the_first_call_imports_leaves_both_sides_working(way: str, module: str) -> None:
    import anyio.from_thread

    with anyio.from_thread.start_blocking_portal() as portal, portal.wrap_async_context_manager(upstream()) as server:
        assert isinstance(server, Upstream)
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", FORKED, "local" if way == "local" else server.url, module],
            cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "0\n", "")


GATED = """
import importlib.abc, sys
from pathlib import Path
import ocr_async
from ocr_async._platform.forks import loading
outside = []

class Watch(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if not loading._lock._is_owned() and importing():
            outside.append(name)

def importing():
    # importlib.util.find_spec only looks, and locks nothing
    frame, names = sys._getframe(), []
    while frame is not None:
        names.append(frame.f_code.co_name)
        frame = frame.f_back
    return "_find_and_load" in names

sys.meta_path.insert(0, Watch())
given = {"model": "local"} if sys.argv[1] == "local" else {"model": "m", "api_base": sys.argv[1], "retries": 0}
document = Path("samples/scan.pdf").read_bytes()
ocr_async.ocr(document, **given).to_json()
print(*outside)
"""


@pytest.mark.parametrize("way", ["local", "upstream"])
def test_all_that_a_first_call_imports_is_what_a_fork_waits_for(way: str) -> None:
    import anyio.from_thread

    with anyio.from_thread.start_blocking_portal() as portal, portal.wrap_async_context_manager(upstream()) as server:
        done = subprocess.run(
            [sys.executable, "-c", GATED, "local" if way == "local" else server.url],
            cwd=ROOT, capture_output=True, text=True, timeout=100, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, [], "")
