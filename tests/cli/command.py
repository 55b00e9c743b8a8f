"""The command as people type it: a real process, real files, a real exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import ocr_async
from tests.upstream import Upstream


ROOT = Path(ocr_async.__file__).parent.parent
SCAN = ROOT / "samples" / "scan.pdf"
URL = "https://example.com/a.pdf"
MISTRAL = ("-m", "mistral/mistral-ocr-latest")
PROGRAM = (sys.executable, "-W", "error", "-m", "ocr_async")


def environment(server: Upstream | None = None) -> dict[str, str]:
    hosted = {} if server is None else {"MISTRAL_API_KEY": "sk-planted", "MISTRAL_API_BASE": server.url}
    return {**os.environ, "PYTHONPATH": str(ROOT), **hosted}


def command(
    *arguments: str | Path, server: Upstream | None = None, cwd: Path | None = None, given: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        capture_output=True, timeout=100, check=False, env=environment(server), cwd=cwd, input=given,
    )  # fmt: skip


def documents(folder: Path, *names: str) -> None:
    """Put files below *folder* that a server takes for PDFs."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"%PDF-1.7 " + os.fsencode(name))


def unreachable(folder: Path, name: str) -> None:
    """Make a folder below *folder*, in many of one letter, that nobody can look into: its path is too long."""
    here = os.open(folder, os.O_RDONLY)
    for _ in range(22):
        os.mkdir(name * 200, dir_fd=here)
        below = os.open(name * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


def files(folder: Path) -> list[str]:
    """Return the paths of all files below *folder*, in order."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
