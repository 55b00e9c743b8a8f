"""What a worker reads besides the documents that it is sent: the interpreter, its packages, data of tesseract."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path


__all__ = ["readable"]

_SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/nix/store",
    "/etc/ld.so.cache",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/usr/share/zoneinfo",
    "/etc/localtime",
    "/etc/os-release",
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/sys/devices/system",
    "/sys/fs/cgroup",
    "/dev/null",
    "/dev/zero",
    "/dev/urandom",
)
_PACKAGE = Path(__file__).resolve().parents[2]
_OF_PACKAGES = ("site-packages", "dist-packages")
_NEEDED = ("attr", "numpy", "PIL", "pypdfium2", "liteparse", "onnxruntime", "rapidocr", "cv2", "markdown_it")


def readable(*more: str) -> Iterator[str]:
    """Yield the paths; *more* come along."""
    yield from _SYSTEM
    yield from {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    yield str(_PACKAGE)
    for entry in sys.path:
        # The path may hold a program's own folder, or somebody's home: only what packages lie in is read.
        if Path(entry).name in _OF_PACKAGES or any(os.path.isdir(os.path.join(entry, name)) for name in _NEEDED):
            yield entry
    yield from os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    yield from more
