"""
Whole files below one folder: what is being written has another name, and no file is there half.

    lock            held by the one gateway that uses the folder
    drafts/…        being written; what is found here at the start was torn, and is swept
    files/ab/ab12…  whole; so are answers/, jobs/ and ocr_jobs/
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Literal
from uuid import uuid4

import anyio.to_thread
from attrs import define, field

from ...._platform import disks, locks
from ...._platform.files import closed, sync_folder
from ...._tasks import shielded
from ....errors import ConfigurationError
from ..failures import StorageFull
from ..measure import Measured
from .disk_full import needing_room


__all__ = ["Draft", "Folder", "Kind"]

Kind = Literal["files", "answers", "jobs", "ocr_jobs"]

_KINDS: tuple[Kind, ...] = ("files", "answers", "jobs", "ocr_jobs")
_PIECE = 256 * 1024  # bytes held before they are written
_RESERVE = 64 * 1024 * 1024  # bytes of the disk that are left to the database
_NAME = re.compile(r"[0-9a-f-]{32,36}$")
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EXDEV}


@define(eq=False)
class Draft(Measured):
    """A file being written, see `storage.Incoming`; deleted unless it was kept."""

    path: Path
    size: int = 0
    _file: IO[bytes] | None = None
    _waiting: bytearray = field(factory=bytearray, repr=False)

    @property
    def id(self) -> str:
        """A name that it can keep."""
        return self.path.name[-32:]

    async def write(self, data: bytes | bytearray) -> None:
        self.size += len(data)
        self._waiting += data
        if len(self._waiting) >= _PIECE:
            with needing_room():
                await shielded(anyio.to_thread.run_sync(self._write))

    async def finish(self) -> None:
        """Have it whole on the disk, still under its draft's name."""
        with needing_room():
            await shielded(anyio.to_thread.run_sync(self._finish))

    async def __aenter__(self) -> Draft:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await shielded(anyio.to_thread.run_sync(self._discard))

    def _write(self) -> None:
        if self._file is None:
            self._file = _new(self.path)  # closed by _finish or _discard
        data, self._waiting = self._waiting, bytearray()
        self.measure(data)
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]

    def _finish(self) -> None:
        self._write()
        assert self._file is not None, "_write opened it"
        self.end_measuring()
        os.fsync(self._file.fileno())
        self._file.close()

    def _discard(self) -> None:
        if self._file is not None:
            self._file.close()
        self.path.unlink(missing_ok=True)


class Folder:
    """
    The folder *root*, locked for this process and its guests. Its functions block.

    Attributes:
        id: Of this process, with which the names of its drafts begin.

    Args:
        guest: The id of this process, where another one has the lock.

        patience: Seconds to wait for a gateway that is ending.

    Raises:
        ConfigurationError: Another gateway uses it.

        OSError: It cannot be written to.
    """

    def __init__(self, root: Path, *, guest: str | None = None, patience: float = 5.0) -> None:
        self.root = root
        self.id = guest or ""
        self._lock: int | None = None
        if guest is not None:
            return
        for kind in ("drafts", *_KINDS):
            (root / kind).mkdir(parents=True, exist_ok=True, mode=0o700)
            closed(root / kind)
        closed(root)
        lock = self._lock = os.open(root / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        closed(root / "lock")
        end = time.monotonic() + patience
        while not locks.try_lock(lock):
            if time.monotonic() >= end:
                os.close(lock)
                raise ConfigurationError(
                    f"another gateway uses the data folder {root}; give this one its own with --data, "
                    "general_settings.data_dir or OCR_ASYNC_DATA"
                )
            time.sleep(0.05)
        self.sweep_drafts()

    def sweep_drafts(self, guest: str = "") -> None:
        """Delete the drafts that a process has left, which is gone; those of a *guest* alone, where others are."""
        for torn in (self.root / "drafts").glob(f"{guest}*"):
            if _NAME.search(torn.name):
                torn.unlink(missing_ok=True)

    def close(self) -> None:
        """Let others have the folder."""
        if self._lock is not None:
            os.close(self._lock)

    def draft(self) -> Draft:
        """Return a new file that is not there yet."""
        return Draft(path=self._draft())

    def _draft(self) -> Path:
        return self.root / "drafts" / f"{self.id}{uuid4().hex}"

    def path(self, kind: Kind, name: str) -> Path:
        """Return where the file, or the job's folder, *name* is."""
        return self.root / kind / name[:2] / name

    def check_room(self, size: int) -> None:
        """
        Refuse *size* more bytes before they come.

        Raises:
            StorageFull: They would leave the disk too full.
        """
        if disks.free(self.root) < size + _RESERVE:
            raise StorageFull("the disk is almost full")

    def keep(self, source: Path, kind: Kind, name: str) -> None:
        """Make the whole file *source* known as *name*; it stays where it was, too, as long as its owner wants."""
        self.link(source, self._place(kind, name))

    def link(self, source: Path, target: Path) -> None:
        """Make the whole file *source* known as *target*, too; where the file system has no links, copy it."""
        draft = self._draft()
        try:
            os.link(source, draft)
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            with open(source, "rb") as whole, _new(draft) as copied:
                shutil.copyfileobj(whole, copied)
                os.fsync(copied.fileno())
        os.replace(draft, target)
        draft.unlink(missing_ok=True)  # rename() of two links to one file does nothing
        sync_folder(target.parent)

    def replace(self, source: Path, kind: Kind, name: str) -> None:
        """Move the whole file *source* to where *name* is, in the place of what was there."""
        target = self._place(kind, name)
        os.replace(source, target)
        sync_folder(target.parent)

    def make(self, name: str) -> Path:
        """Make the folder of the job *name*."""
        folder = self._place("jobs", name)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)
        return folder

    def remove(self, kind: Kind, name: str) -> None:
        """Delete *name*; nothing happens if it is not there."""
        path = self.path(kind, name)
        if kind == "jobs":
            with contextlib.suppress(FileNotFoundError):
                for inner in path.iterdir():
                    inner.unlink()
                path.rmdir()
        else:
            path.unlink(missing_ok=True)

    def names(self, kind: Kind) -> Iterator[str]:
        """Yield the names of what is there; what a file manager or a file system has put there is none of ours."""
        return (path.name for path in (self.root / kind).glob("??/*") if _NAME.search(path.name))

    def _place(self, kind: Kind, name: str) -> Path:
        path = self.path(kind, name)
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            sync_folder(path.parent.parent)
        return path


def _new(path: Path) -> IO[bytes]:
    """Make the file *path*, for its owner alone."""
    return open(path, "xb", buffering=0, opener=lambda name, flags: os.open(name, flags, 0o600))
