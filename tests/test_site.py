"""The documentation as a site: what is made of the code or the figures is as they are, and no page is left out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from benchmarks.plots import PLOTS, drawn, rows_of
from ocr_async.cli import reference


ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_the_options_of_the_command_are_those_of_its_parser() -> None:
    assert (DOCS / "reference/command-options.md").read_text() == reference.page(), (
        "python -m ocr_async.cli.reference > docs/reference/command-options.md"
    )


@pytest.mark.parametrize("name", PLOTS)
def test_each_plot_shows_the_figures_as_they_are(name: str) -> None:
    plot = PLOTS[name]
    rows = rows_of((DOCS / "explanation" / plot.page).read_text(), plot)
    assert len(rows) > 1
    written = (DOCS / f"explanation/plots/{name}.svg").read_text()
    assert written == drawn(plot.title, rows), "python -m benchmarks.plots"
    assert len(ElementTree.fromstring(written).findall(".//{*}rect")) == len(rows)


def paths(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    else:
        for each in entry.values() if isinstance(entry, dict) else entry:
            yield from paths(each)


def test_the_sites_menu_has_every_page_once() -> None:
    listed = list(paths(yaml.safe_load((ROOT / "mkdocs.yml").read_text())["nav"]))
    assert sorted(listed) == sorted(str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md"))


def test_the_site_is_built_without_a_dead_link(tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    pytest.importorskip("material")
    pytest.importorskip("mkdocstrings_handlers.python")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    calls = (tmp_path / "site/reference/python/calls.html").read_text()
    assert "escalate_to" in calls
    assert "https://fonts." not in calls


def test_the_dashboard_and_the_alerts_ask_for_metrics_that_there_are() -> None:
    page = (DOCS / "how-to/operate.md").read_text()
    deployment, rules = (yaml.safe_load(each) for each in BLOCK.findall(page))
    assert deployment["kind"] == "Deployment"
    expressions = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    dashboard = json.loads((DOCS / "how-to/ocr-async-dashboard.json").read_text())
    expressions += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    source = (ROOT / "ocr_async/gateway/operating/metrics.py").read_text()
    for name in {name for each in expressions for name in re.findall(r"\bocr_\w+", each)}:
        assert f'"{re.sub("_(total|bucket)$", "", name)}"' in source, name
