"""What stands in two places says the same in both: the version, the checks of the hosts."""

from __future__ import annotations

import tomllib
from importlib.metadata import version
from pathlib import Path

import yaml

import ocr_async


ROOT = Path(__file__).parent.parent


def test_the_version_stands_in_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "version" not in project
    assert version("ocr_async") == ocr_async.__version__


def test_the_workflow_and_the_issue_forms_are_what_their_host_reads() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/checks.yml").read_text())
    assert workflow["jobs"]["everything"]["steps"][-1]["run"] == "bash .ci/run"
    assert set(workflow["jobs"]["wheel"]["strategy"]["matrix"]["os"]) >= {"macos-latest", "windows-latest"}
    for form in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"):
        if form.name != "config.yml":
            written = yaml.safe_load(form.read_text())
            assert {"name", "description", "body"} <= written.keys()
            assert all(field["type"] in {"textarea", "input"} and field["id"] for field in written["body"])


def test_each_hook_before_a_commit_is_a_check_of_the_whole_run() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    run = (ROOT / ".ci/run").read_text()
    assert all(" ".join(hook["entry"].split()[:3]).replace(" --output-format", "") in run for hook in hooks)
