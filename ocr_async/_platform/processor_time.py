"""The processor time that another process has used."""

from __future__ import annotations

import os


__all__ = ["of_process"]


def of_process(pid: int) -> float | None:
    """Return the seconds that *pid* and its threads have used; None where the system does not tell, or it is gone."""
    if not hasattr(os, "sysconf"):
        return None
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            # proc(5): utime and stime are fields 14 and 15; the second one, in brackets, may hold anything
            user, system = file.read().rsplit(b")", 1)[1].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None
