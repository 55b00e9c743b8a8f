"""LiteLLM's words for accounts at AWS, Azure and Google, in a gateway's configuration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ocr_async.errors import ConfigurationError
from ocr_async.gateway.config.loading import load
from ocr_async.providers import resolve


def options(folder: Path, **params: Any) -> dict[str, Any]:
    """Return the key and address that a deployment of *params* gets."""
    path = folder / "config.yaml"
    path.touch(mode=0o600)
    path.write_text(json.dumps({"model_list": [{"model_name": "ocr", "litellm_params": params}]}))
    config, warnings = load(path, {"AWS_SECRET": "planted", "VERTEXAI_PROJECT": "of-the-environment"})
    assert warnings == []
    return dict(config.models[0].deployment.options)


AWS = {"aws_access_key_id": "AKID", "aws_secret_access_key": "os.environ/AWS_SECRET", "aws_region_name": "eu-west-1"}


def test_aws_keys_and_regions(tmp_path: Path) -> None:
    found = options(tmp_path, model="aws_textract/analyze-document", **AWS)
    assert found["api_key"] == "AKID:planted@eu-west-1"
    base = "http://127.0.0.1:4566"
    found = options(
        tmp_path, model="aws_textract/analyze-document", api_base=base, aws_session_token="t", **AWS
    )  # fmt: skip
    assert (found["api_key"], found["api_base"]) == ("AKID:planted:t@eu-west-1", base)


@pytest.mark.parametrize(
    ("params", "base"),
    [
        (
            {"api_base": "http://127.0.0.1:4000/v1/projects/p/locations/l"},
            "http://127.0.0.1:4000/v1/projects/p/locations/l",
        ),
        (
            {"vertex_project": "p", "vertex_location": "europe-west4"},
            "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/locations/europe-west4",
        ),
        (
            {"vertex_ai_project": "p"},
            "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1",
        ),
        (
            {"vertex_location": "global"},
            "https://aiplatform.googleapis.com/v1/projects/of-the-environment/locations/global",
        ),
        (
            {"vertex_project": "p", "api_base": "http://127.0.0.1:4000/"},
            "http://127.0.0.1:4000/v1/projects/p/locations/us-central1",
        ),
    ],
)
def test_projects_and_locations_of_vertex_ai(tmp_path: Path, params: dict[str, str], base: str) -> None:
    found = options(tmp_path, model="vertex_ai/mistral-ocr-2505", api_key="t", **params)
    assert (found["api_key"], found["api_base"]) == ("t", base)


def test_credentials_of_google(tmp_path: Path) -> None:
    account = {"type": "service_account", "project_id": "p"}
    for given in (account, json.dumps(account)):
        found = options(tmp_path, model="google_document_ai/3f9a17", vertex_project="p", vertex_credentials=given)
        assert json.loads(found["api_key"]) == account
        assert found["api_base"] == "https://us-documentai.googleapis.com/v1/projects/p/locations/us"
    path = tmp_path / "key.json"
    path.write_text(json.dumps(account))
    found = options(tmp_path, model="vertex_ai/mistral-ocr-2505", vertex_credentials=str(path))
    assert found["api_key"] == str(path)
    with pytest.raises(ConfigurationError, match="neither the JSON of credentials nor the path"):
        options(tmp_path, model="vertex_ai/mistral-ocr-2505", vertex_credentials="planted")


@pytest.mark.parametrize("model", ["azure_ai/doc-intelligence/prebuilt-layout", "azure_ai/mistral-document-ai-2512"])
def test_versions_of_azures_api(tmp_path: Path, model: str) -> None:
    params = {"model": model, "api_base": "http://127.0.0.1:4000", "api_key": "planted"}
    found = options(tmp_path, **params, api_version="2025-01-01-preview")
    provider, _ = resolve(model, api_key=found["api_key"], api_base=found["api_base"], headers={}, environ={})
    assert getattr(provider, "api_version", None) == "2025-01-01-preview"
    assert getattr(provider, "base_url", None) == "http://127.0.0.1:4000"
    with pytest.raises(ConfigurationError, match="api_version: is no version such as 2024-11-30"):
        options(tmp_path, **params, api_version="latest")


def test_what_is_amiss_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"line 1: .*its id and its secret") as caught:
        options(tmp_path, model="aws_textract/analyze-document", aws_access_key_id="AKID", aws_region_name="eu-west-1")
    assert "AKID" not in str(caught.value)
