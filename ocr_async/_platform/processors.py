"""Processors that this process may use."""

from __future__ import annotations

import os


__all__ = ["usable"]


def usable() -> int:
    """Return how many there are: those that the process is bound to, else those of the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
