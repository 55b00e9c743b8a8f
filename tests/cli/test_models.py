"""`ocr-async models` as people type it."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from ocr_async import providers
from ocr_async.pricing import PRICES
from tests.cli.command import PROGRAM, command, environment
from tests.upstream import Upstream


def listed(*arguments: str, **variables: str) -> list[dict[str, Any]]:
    """Return what the command lists as JSON, in an environment that has no keys but *variables*."""
    without = {name: value for name, value in environment().items() if not name.endswith(("_KEY", "_API_BASE"))}
    done = subprocess.run(
        [*PROGRAM, "models", "--json", *arguments],
        capture_output=True, timeout=100, check=True, env={**without, **variables},
    )  # fmt: skip
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def test_the_models_are_listed_with_price_and_key(server: Upstream) -> None:
    done = command("models", server=server)
    assert done.returncode == 0
    lines = done.stdout.decode().splitlines()
    assert any(line.split() == ["mistral/mistral-ocr-latest", "4", "yes"] for line in lines)
    assert any("OPPER_API_KEY" in line for line in lines if line.startswith("opper/"))
    assert server.requests == []


def test_a_price_that_is_not_the_providers_own_word_is_marked() -> None:
    lines = command("models").stdout.decode().splitlines()
    (line,) = [line for line in lines if line.startswith("aws_textract/detect-document-text ")]
    assert line.split()[1] == "~1.5"


def test_every_provider_is_listed_without_any_key() -> None:
    rows = listed()
    assert {row["provider"] for row in rows} == set(providers.names())
    assert all(row["ready"] == (row["lacking"] is None) for row in rows)


def test_json_tells_price_with_source_limits_options_and_keys() -> None:
    (row,) = listed("mistral/mistral-ocr-latest")
    price = PRICES["mistral/mistral-ocr-latest"]
    assert (row["price"]["page"], row["price"]["source"]) == (price.page, price.source)
    assert (row["price"]["read"], row["price"]["verified"]) == (price.read, True)
    assert (row["max_pages"], row["takes_file_ids"], row["ready"]) == (1000, True, False)
    assert "table_format" in row["options"]
    assert row["keys"] == {"MISTRAL_API_KEY": False}
    (row,) = listed("mistral/mistral-ocr-latest", MISTRAL_API_KEY="sk-planted")
    assert (row["keys"], row["ready"], row["lacking"]) == ({"MISTRAL_API_KEY": True}, True, None)


def test_no_key_is_ever_shown() -> None:
    planted = dict.fromkeys(("MISTRAL_API_KEY", "OPPER_API_KEY", "OLLAMA_API_KEY"), "sk-planted")
    assert "sk-planted" not in json.dumps(listed(**planted))


def test_a_model_that_nobody_listed_has_the_facts_of_its_family() -> None:
    dots, other = listed("hosted_vllm/rednote-hilab/dots.ocr", "hosted_vllm/mine")
    assert set(dots["options"]) > set(other["options"])
    assert (dots["pages_as_pictures"], dots["ready"], "HOSTED_VLLM_API_BASE" in dots["lacking"]) == (True, False, True)


def test_one_model_is_told_whole() -> None:
    said = command("models", "opper/mistral/mistral-ocr-latest", "local").stdout.decode()
    assert said.startswith("opper/mistral/mistral-ocr-latest\n")
    assert "4.22 USD for 1000 pages, 5.275 with annotations" in said
    assert "\nlocal/auto\n" in said
    assert said.count("stay on this machine") == 5  # of its five models


@pytest.mark.parametrize("name", ["nobody", "nobody/x", "\x1b[2J"])
def test_an_unknown_provider_is_told(name: str) -> None:
    done = command("models", name)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"names no provider" in done.stderr
    assert b"\x1b" not in done.stderr
