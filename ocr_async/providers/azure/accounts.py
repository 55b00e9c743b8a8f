"""Addresses and keys of deployments on Azure AI, whosever model it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...errors import ConfigurationError
from .. import _account


__all__ = ["DOMAINS", "SCOPE", "deployment", "versioned"]

SCOPE = "https://cognitiveservices.azure.com/.default"
"""For which Entra is asked for tokens."""

DOMAINS = (
    "cognitiveservices.azure.com",
    "api.cognitive.microsoft.com",
    "services.ai.azure.com",
    "models.ai.azure.com",
    "cognitiveservices.azure.us",
    "cognitiveservices.azure.cn",
)
"""Microsoft's own, also in the clouds of governments and of China."""


_VERSION = re.compile(r"\?api-version=(\d{4}-\d{2}-\d{2}(?:-preview)?)")


def versioned(given: str) -> tuple[str, str | None]:
    """Return the address *given*, as Azure's portal shows it, without its ``?api-version=…``; and that version."""
    address, mark, query = given.strip().partition("?")
    found = _VERSION.fullmatch(mark + query)
    return (given, None) if found is None else (address, found[1])


def deployment(
    *, api_key: str | None, api_base: str | None, headers: Mapping[str, str], environ: Mapping[str, str], path: str
) -> dict[str, Any]:
    """
    Return key, base URL and headers for deployments at *api_base* or ``AZURE_AI_API_BASE``.

    Args:
        path: Of the requests, which an address may have at its end already.

    Raises:
        ConfigurationError: No address, or no key for one of Microsoft's.
    """
    given = api_base or environ.get("AZURE_AI_API_BASE")
    if not given:
        raise ConfigurationError(
            "a deployment on Azure has an address of its own: set AZURE_AI_API_BASE to it, such as "
            "https://NAME.services.ai.azure.com, or give it with the call",
            hint="api_base",
        )
    base = _account.address(given, ends=(path, "/models"))
    key = _account.find_key(
        api_key,
        base,
        headers,
        environ,
        variable="AZURE_AI_API_KEY",
        domain=DOMAINS,
        named=bool(api_base),
        header="api-key",
    )
    return {"api_key": key, "base_url": base, "headers": dict(headers)}
