"""Disks: how much room there is, and what kind of file system."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


__all__ = ["NETWORK", "file_system", "free"]

# SQLite's locks and its shared memory do not work there: https://sqlite.org/wal.html, read 2026-11-20
NETWORK = frozenset(
    {"afs", "ceph", "cifs", "fuse.sshfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"}
)


def free(folder: Path) -> int:
    """Return how many bytes an ordinary user may still write where *folder* lies."""
    return shutil.disk_usage(folder).free


def file_system(folder: Path) -> str:
    """Return the type of the file system that holds *folder*, such as ``nfs4``; empty where nobody tells."""
    try:
        device = os.stat(folder).st_dev
        wanted = f"{os.major(device)}:{os.minor(device)}"
        with open("/proc/self/mountinfo", encoding="utf-8", errors="replace") as mounts:
            for line in mounts:
                facts, _, source = line.partition(" - ")
                if facts.split()[2] == wanted:
                    return source.split()[0]
    except (OSError, AttributeError):  # no /proc; no os.major
        pass
    return ""
