"""
Root's privileges, which a worker in a container may have: all are dropped but to read what permissions forbid.

With that one an interpreter that another user owns can still be imported from; what it may read, `landlock` says.
"""

from __future__ import annotations

import ctypes

from .calls import libc, raised


__all__ = ["drop"]

_VERSION = 0x20080522  # of linux/capability.h, with two words of bits
_READ_SEARCH = 1 << 2


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Set(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


def drop() -> None:
    """Drop them."""
    header = _Header(_VERSION, 0)
    sets = (_Set * 2)()
    raised(libc.capget(ctypes.byref(header), sets))
    kept = sets[0].permitted & _READ_SEARCH
    sets[0] = _Set(kept, kept, 0)
    sets[1] = _Set(0, 0, 0)
    raised(libc.capset(ctypes.byref(header), sets))
