"""
What the kernel keeps from a worker beside its limits: files, network, programs, other processes.

A worker reads hostile documents with libraries written in C, so what runs in it may be the document's. Linux lets a
process give its rights up without privileges: `landlock` for files and `seccomp` for system calls. What a kernel does
not know is left out, and `confine` says so; other systems have none of it.

May import the standard library and `_platform` alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable


__all__ = ["confine"]


def confine(readable: Iterable[str]) -> tuple[str, ...]:
    """
    Give up, for this process and for ever, all that a worker never needs; return what the system refused to take.

    To be called before there are threads: each would keep the rights that it has.

    Args:
        readable: Files and folders that may still be read; those that do not exist are passed over.
    """
    if sys.platform != "linux":
        return (f"{sys.platform} confines no files, network or programs",)
    from . import capabilities, landlock, seccomp

    refused = []
    steps: tuple[tuple[str, Callable[[], None]], ...] = (
        ("capabilities", capabilities.drop),
        ("Landlock", lambda: landlock.restrict(readable)),
        ("seccomp", seccomp.restrict),
    )
    for name, step in steps:
        try:
            step()
        except OSError as error:
            refused.append(f"{name}: {error.strerror}")
    return tuple(refused)
