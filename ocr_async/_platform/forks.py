"""What is to be done around a fork; nothing where processes do not fork."""

from __future__ import annotations

import os
from collections.abc import Callable


__all__ = ["after_in_child", "around"]


def after_in_child(call: Callable[[], object]) -> None:
    """Have each child call *call* first."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=call)


def around(before: Callable[[], object], in_parent: Callable[[], object], in_child: Callable[[], object]) -> None:
    """Have *before* called before each fork, and one of the others after it, in each process its own."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=before, after_in_parent=in_parent, after_in_child=in_child)
