"""What is to be done around a fork; nothing where processes do not fork."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable


__all__ = ["after_in_child", "around", "loading"]

_PATIENCE = 20.0  # seconds for an import to end; one that waits for who wants to fork never does


def after_in_child(call: Callable[[], object]) -> None:
    """Have each child call *call* first."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=call)


def around(before: Callable[[], object], in_parent: Callable[[], object], in_child: Callable[[], object]) -> None:
    """Have *before* called before each fork, and one of the others after it, in each process its own."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=before, after_in_parent=in_parent, after_in_child=in_child)


class _Loading:
    """
    Held while modules are imported after the program's own imports: a fork waits until they are whole.

    A module that another thread was importing is locked for ever in the child, which hangs at its first use of it.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._held = False

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def before(self) -> None:
        self._held = self._lock.acquire(timeout=_PATIENCE)

    def in_parent(self) -> None:
        if self._held:
            self._lock.release()

    def in_child(self) -> None:
        if self._held:
            self._lock.release()
        else:  # whoever holds it is not here
            self._lock = threading.RLock()


loading = _Loading()
around(loading.before, loading.in_parent, loading.in_child)
