"""
Every module, and a scan's whole way, without what Linux alone has: `tests/elsewhere.py` takes it away.

This shows that what is asked of a system elsewhere is asked only where it is there, and that the ways around it work.
It is no run on macOS or Windows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import ocr_async
from ocr_async import ocr


ROOT = Path(ocr_async.__file__).parent.parent
SCAN = ROOT / "samples" / "scan.pdf"
DIGITAL = ROOT / "samples" / "digital.pdf"


def run(code: str, folder: Path, *arguments: str) -> str:
    """Return what *code* prints without what other systems lack."""
    (folder / "program.py").write_text(code)
    done = subprocess.run(
        [sys.executable, "-W", "error", str(ROOT / "tests" / "elsewhere.py"), str(folder / "program.py"), *arguments],
        cwd=folder, capture_output=True, text=True, timeout=110, check=False,
        # it cannot lock its folder here, so that any other process would take that for one that was left
        env={**os.environ, "TMPDIR": str(folder)},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


# The protocol's SDK has ways of its own for each system, and goes by the system's name: it cannot be told another.
EVERY_MODULE = """
import importlib, pkgutil, sys
import ocr_async
for module in pkgutil.walk_packages(ocr_async.__path__, "ocr_async."):
    if not module.name.endswith(("__main__", "ocr_async.mcp.server")):
        importlib.import_module(module.name)
        print(module.name)
assert not {"fcntl", "resource", "pwd"} & set(sys.modules)
"""


def test_every_module_can_be_imported(tmp_path: Path) -> None:
    names = set(run(EVERY_MODULE, tmp_path).split())
    package = ROOT / "ocr_async"
    files = {".".join(file.relative_to(ROOT).with_suffix("").parts) for file in package.rglob("*.py")}
    files -= {name for name in files if name.endswith(("__main__", "ocr_async.mcp.server"))}
    assert names == {name.removesuffix(".__init__") for name in files} - {"ocr_async"}


READ = """
import os, sys, tempfile
from pathlib import Path
from ocr_async import ocr
from ocr_async._ipc import memory, starting

assert memory.NAMED and not starting.INHERITED
for path in map(Path, sys.argv[1:]):
    for document in (path, path.read_bytes()):
        print(ocr(document).markdown, end="\\0")
folder = memory.folder()
import ocr_async
ocr_async.close()
print(len(list(folder.iterdir())), folder)
"""


def test_a_scan_and_a_text_read_the_same(tmp_path: Path) -> None:
    *texts, rest = run(READ, tmp_path, str(SCAN), str(DIGITAL)).split("\0")
    expected = [ocr(path).markdown for path in (SCAN, DIGITAL)]
    assert texts == [expected[0], expected[0], expected[1], expected[1]]
    left, folder = rest.split()
    assert left == "0"  # each picture and document is deleted by whoever had it last
    assert not Path(folder).exists()


CRASH = """
import asyncio, logging, os, sys
from pathlib import Path
from ocr_async.errors import EngineCrashed, EngineError
from ocr_async.models import FileOnDisk
from ocr_async.steps import Compute
from ocr_async.transport import workers

logging.getLogger("ocr_async").addHandler(logging.NullHandler())  # it warns of what is done to it here
counting = Compute(task="count", arguments={"document": FileOnDisk(path=Path(sys.argv[1]))})

async def main():
    assert await workers.run(counting) == 1
    (pid,) = workers.processes()
    os.kill(pid, 9)
    await asyncio.sleep(0.5)
    assert await workers.run(counting) == 1
    (other,) = workers.processes()
    assert other != pid
    raster = Compute(task="raster", arguments={"document": FileOnDisk(path=Path(sys.argv[2])), "page": 0}, seconds=2.0)
    try:
        await workers.run(raster)
    except (EngineCrashed, EngineError) as error:
        print(type(error).__name__, len(workers.processes()))

asyncio.run(main())
"""


def test_a_worker_that_dies_is_replaced_and_one_that_hangs_is_ended(tmp_path: Path) -> None:
    from .hostile import endless_forms

    (tmp_path / "endless.pdf").write_bytes(endless_forms())
    assert run(CRASH, tmp_path, str(DIGITAL), str(tmp_path / "endless.pdf")).split() == ["EngineCrashed", "0"]


COMMAND = """
import sys
from ocr_async.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_the_command_reads(tmp_path: Path) -> None:
    run(COMMAND, tmp_path, "run", str(DIGITAL), "-o", "out.md", "--quiet")
    assert (tmp_path / "out.md").read_text().strip() == ocr(DIGITAL).markdown.strip()


STORE = """
import asyncio, sys
from pathlib import Path
from ocr_async.errors import ConfigurationError
from ocr_async.gateway.storage.local import open_storage
from ocr_async.gateway.storage.files import StoredFile

async def main():
    storage = await open_storage(Path(sys.argv[1]))
    async with storage.files.receive(3) as incoming:
        await incoming.write(b"abc")
        await incoming.finish()
        file = StoredFile(id="3" * 36, owner="o", name="a", purpose="ocr", sample_type="ocr_input", size=3, created=1)
        await storage.files.keep(incoming, file)
    await storage.close()
    storage = await open_storage(Path(sys.argv[1]))
    print((await storage.files.get("3" * 36, "o")).name)
    await storage.close()

asyncio.run(main())
"""


def test_the_gateway_keeps_files(tmp_path: Path) -> None:
    assert run(STORE, tmp_path, str(tmp_path / "data")).split() == ["a"]


SERVE = """
import asyncio, base64, json, os, signal, sys, threading, urllib.request
from pathlib import Path
from ocr_async.gateway import serve
from ocr_async.gateway.config.config import Config

def say(text):
    if " at http://" in text:
        threading.Thread(target=ask, args=(text.rpartition(" ")[2],)).start()

def ask(url):
    content = base64.b64encode(Path(sys.argv[1]).read_bytes()).decode()
    document = {"type": "document_url", "document_url": "data:application/pdf;base64," + content}
    body = json.dumps({"model": "local", "document": document}).encode()
    headers = {"Content-Type": "application/json", "Authorization": "Bearer x"}
    request = urllib.request.Request(url + "/v1/ocr", body, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        Path("answer.json").write_bytes(answer.read())
    os.kill(os.getpid(), signal.SIGTERM)

sys.stderr = sys.stdout  # the log
asyncio.run(serve.run(Config(data=Path(sys.argv[2])), "127.0.0.1", 0, say))
"""


def test_the_gateway_answers_and_ends_when_it_is_told(tmp_path: Path) -> None:
    run(SERVE, tmp_path, str(DIGITAL), str(tmp_path / "data"))
    (page,) = json.loads((tmp_path / "answer.json").read_bytes())["pages"]
    assert page["markdown"] == ocr(DIGITAL).markdown
