"""Pages as rows of a Parquet file."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.bulk.jobs import PAGES, bulk, pdfs
from tests.cli.command import MISTRAL
from tests.upstream import Upstream


parquet = pytest.importorskip("pyarrow.parquet")


def test_each_page_is_a_row(server: Upstream, tmp_path: Path) -> None:
    pdfs(tmp_path / "in", 3)
    shutil.copy(tmp_path / "in" / "000.pdf", tmp_path / "in" / os.fsdecode(b"copy\xff.pdf"))
    assert bulk("run", "in", "--out", "out", *MISTRAL, server=server, cwd=tmp_path).returncode == 0
    assert bulk("export", "out", "-o", "pages.parquet", cwd=tmp_path).returncode == 0
    rows = parquet.read_table(tmp_path / "pages.parquet").to_pylist()
    whole = json.loads((tmp_path / "out" / "001.json").read_text())
    assert [(row["document"].rpartition("/")[2], row["page"]) for row in rows] == [
        (name, page) for name in ("000.pdf", "001.pdf", "002.pdf", "copy\\xff.pdf") for page in range(PAGES)
    ]
    assert rows[3]["markdown"] == whole["pages"][0]["markdown"]
    assert (rows[3]["model"], rows[3]["state"], rows[3]["cost_usd"]) == (whole["model"], "done", pytest.approx(0.004))
    assert rows[3]["width"] == whole["pages"][0]["dimensions"]["width"]
    assert sum(row["cost_usd"] or 0 for row in rows) == pytest.approx(3 * PAGES * 0.004)  # a copy costs nothing
    (tmp_path / "out" / "002.json").unlink()
    again = bulk("export", "out", "-f", "parquet", "-o", "other", cwd=tmp_path)
    assert (again.returncode, b"3 exported, 1 whose results are gone" in again.stderr) == (1, True)
    assert parquet.read_table(tmp_path / "other").num_rows == 3 * PAGES
    assert [path.name for path in tmp_path.glob(".ocr-async*")] == []
    assert bulk("export", "out", "-o", "AGAIN.PARQUET", cwd=tmp_path).returncode == 1
    assert parquet.read_table(tmp_path / "AGAIN.PARQUET").num_rows == 3 * PAGES
    for name, said in {"all.csv": b"no form with the ending .csv; there are jsonl", "a.jsonl": b"contradict"}.items():
        refused = bulk("export", "out", "-o", name, *(["-f", "parquet"] if name == "a.jsonl" else []), cwd=tmp_path)
        assert (refused.returncode, said in refused.stderr, (tmp_path / name).exists()) == (2, True, False)
    refused = bulk("export", "out", "-f", "parquet", cwd=tmp_path)
    assert (refused.returncode, b"name a file with -o" in refused.stderr) == (2, True)
    lost = bulk("export", "out", "-o", "in/000.pdf/pages.parquet", cwd=tmp_path)
    assert (lost.returncode, b"in/000.pdf/pages.parquet cannot be written" in lost.stderr) == (2, True)
