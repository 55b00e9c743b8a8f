"""What systems do differently, in the way of each that can be walked here."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ocr_async._platform import files


def test_opening_a_pipe_to_read_does_not_wait_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with files.open_to_read(tmp_path / "pipe") as file:
        assert stat.S_ISFIFO(os.fstat(file.fileno()).st_mode)


def test_a_folder_cannot_be_opened_to_read(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        files.open_to_read(tmp_path)
