"""What a storage raises where it cannot keep, or give, what it is asked to."""

from __future__ import annotations


__all__ = ["LeaseLost", "ObjectsUnavailable", "StorageBusy", "StorageFull", "StorageUnavailable"]


class StorageUnavailable(Exception):
    """What is to be kept cannot be kept now; nothing of it was."""


class StorageFull(StorageUnavailable):
    """What is to be kept has no room, or the disk fails; nothing of it was kept."""


class StorageBusy(StorageUnavailable):
    """Another program works on what is kept, and went on for too long; nothing of it was kept."""


class ObjectsUnavailable(StorageUnavailable):
    """The object store cannot be used now, in which the bytes are."""


class LeaseLost(Exception):
    """Another gateway works on the job now, as this one seemed to be gone."""
