"""LiteLLM's words for accounts at AWS, Azure and Google, as the key and the address that the providers take."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from . import values
from .yaml import InvalidValue, Section


__all__ = ["account"]


def account(params: Section, model: str | None, environ: Mapping[str, str]) -> dict[str, str | None]:
    """Take a deployment's key and address out of *params*, where it is one of a cloud's with its words."""
    key, base = params.take("api_key", values.text), params.take("api_base", values.web_address)
    provider = (model or "").partition("/")[0]
    if provider == "aws_textract":
        key = key or _aws(params)
    elif provider == "azure_ai" and "cohere" not in (model or "").lower():
        base = _azure(params, base, model or "", environ)
    elif provider in {"vertex_ai", "google_document_ai"}:
        found, place = _google(params, base, provider, environ)
        key, base = key or found, place
    return {"api_key": key, "api_base": base}


def _aws(params: Section) -> str | None:
    """Return the key as ``id:secret:token@region``, or what of it is there."""
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    parts = [part for name in names if (part := params.take(name, values.text)) is not None]
    region = params.take("aws_region_name", values.text)
    key = ":".join(parts) + ("" if region is None else f"@{region}")
    return key or None


def _azure(params: Section, base: str | None, model: str, environ: Mapping[str, str]) -> str | None:
    """Return the address with the version of the API behind it, where the file names one."""
    version = params.take("api_version", values.text)
    if version is None:
        return base
    reads_layout = "doc-intelligence" in model or "documentintelligence" in model
    variable = "AZURE_DOCUMENT_INTELLIGENCE_ENDPOINT" if reads_layout else "AZURE_AI_API_BASE"
    address = base or environ.get(variable)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}(-preview)?", version) is None:
        params.wrong("is no version such as 2024-11-30", "api_version")
        return base
    return address and f"{address.partition('?')[0]}?api-version={version}"


def _google(
    params: Section, base: str | None, provider: str, environ: Mapping[str, str]
) -> tuple[str | None, str | None]:
    """Return the credentials, and the address with project and location in it, where the file names these."""

    def named(what: str, check: Any = values.text) -> Any:
        found = [params.take(f"{prefix}_{what}", check) for prefix in ("vertex", "vertex_ai")]
        return next((each for each in found if each is not None), None)

    credentials, project, location = named("credentials", _credentials), named("project"), named("location")
    if project is None and location is None:
        return credentials, base
    project = project or environ.get("VERTEXAI_PROJECT") or environ.get("GOOGLE_CLOUD_PROJECT")
    if provider == "vertex_ai":
        location = location or environ.get("VERTEXAI_LOCATION") or environ.get("VERTEX_LOCATION") or "us-central1"
        service = "aiplatform"
    else:
        location = location or environ.get("GOOGLE_DOCUMENT_AI_LOCATION") or environ.get("GOOGLE_LOCATION") or "us"
        service = "documentai"
    host = service if location == "global" else f"{location}-{service}"
    address = (base or f"https://{host}.googleapis.com").rstrip("/")
    if project is None or "/projects/" in address:
        return credentials, address  # the project is the credentials'
    return credentials, f"{address}/v1/projects/{project}/locations/{location}"


def _credentials(value: Any) -> str:
    """Check for the JSON of credentials, as text or as a mapping, or the path of a file with it."""
    if isinstance(value, dict):
        return json.dumps(value)
    found = values.text(value)
    if not found.startswith("{") and not found.endswith(".json"):
        raise InvalidValue("is neither the JSON of credentials nor the path of a .json file")
    return found
