"""Thousands of documents take the memory of some."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.cli.command import MISTRAL, documents, environment, files
from tests.upstream import Upstream


PEAK = """
import resource, sys
from ocr_async.cli import main
code = main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(code)
"""


def peak(server: Upstream, home: Path, count: int) -> int:
    """Return the kibibytes that a run over *count* documents takes at most."""
    documents(home, *(f"in{count}/{number:05}.pdf" for number in range(count)))
    done = subprocess.run(
        [sys.executable, "-c", PEAK, "run", f"in{count}", "-o", f"out{count}", *MISTRAL],
        capture_output=True, timeout=300, check=False, cwd=home, env=environment(server),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    server.requests.clear()
    assert len(files(home / f"out{count}")) == count
    return int(done.stdout)


def test_memory_does_not_grow_with_the_number_of_documents(server: Upstream, tmp_path: Path) -> None:
    few, many = peak(server, tmp_path, 150), peak(server, tmp_path, 1500)
    assert many < few + 24 * 1024  # a page's text and picture of each would be kept otherwise; names are small
