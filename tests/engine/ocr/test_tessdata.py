"""What is missing to read other scripts is told so that it can be installed: the real command, real folders."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import ocr_async
from ocr_async.engine.ocr import tessdata


ROOT = Path(ocr_async.__file__).parent.parent
SCAN = ROOT / "samples" / "scan.pdf"

with_package = pytest.mark.skipif(not tessdata.has_package(), reason="tesserocr is not installed")


def command(*arguments: str | Path, data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ocr_async", *map(str, arguments)],
        capture_output=True, timeout=100, check=False, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TESSDATA_PREFIX": str(data)},
    )  # fmt: skip


@pytest.mark.skipif(tessdata.has_package(), reason="tesserocr is installed")
def test_without_the_package_the_error_names_the_extra(tmp_path: Path) -> None:
    done = command("run", SCAN, "-l", "ru", data=tmp_path)
    assert done.returncode == 2
    assert "pip install 'ocr_async[tesseract]'" in done.stderr
    assert "tesseract-ocr-rus" in done.stderr


@with_package
def test_the_folder_may_be_named_or_its_parent(tmp_path: Path) -> None:
    (tmp_path / "tessdata" / "script").mkdir(parents=True)
    for name in ("xyz", "osd", "script/Runic"):
        (tmp_path / "tessdata" / f"{name}.traineddata").write_bytes(b"")
    for data in (tmp_path, tmp_path / "tessdata"):
        done = command("run", SCAN, "-m", "local/tesseract", "-l", "rus", data=data)
        assert done.returncode == 2
        assert "no data for rus" in done.stderr
        assert "it has script/Runic, xyz;" in done.stderr
        assert "apt install tesseract-ocr-rus " in done.stderr
        assert "brew install tesseract-lang" in done.stderr


@with_package
def test_damaged_data_are_called_so(tmp_path: Path) -> None:
    (tmp_path / "rus.traineddata").write_bytes(b"no data of a language")
    done = command("run", SCAN, "-l", "rus", data=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "damaged" in done.stderr


def test_the_list_of_models_says_what_tesseract_lacks(tmp_path: Path) -> None:
    done = command("models", data=tmp_path)
    assert done.returncode == 0
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("local/tesseract ")]
    assert " no: " in line
    assert "apt install" in line


def test_a_page_that_needs_no_other_script_needs_no_data(tmp_path: Path) -> None:
    done = command("run", SCAN, data=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert done.stdout.startswith("# Harbour Report\n")


def test_what_nobody_offers_is_not_to_be_installed(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from ocr_async.engine.ocr.tessdata import lacking; print(lacking(['klingon', 'rus']))"],
        capture_output=True, text=True, timeout=60, check=True, env={**os.environ, "TESSDATA_PREFIX": str(tmp_path)},
    )  # fmt: skip
    assert '"klingon" is no language that data are offered for' in done.stdout
    assert "apt install" not in done.stdout
