"""
Signature Version 4, with which AWS's services know who asks.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, read 2026-11; the
tests compare it with botocore's signer.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, urlsplit

from attrs import field, frozen


__all__ = ["Credentials", "signed"]

_ALGORITHM = "AWS4-HMAC-SHA256"
_PORTS = {"http": 80, "https": 443}


@frozen
class Credentials:
    """
    What signs.

    Attributes:
        id: The access key's id, which is no secret.

        secret: Never sent.

        token: Of a session; sent with each request.
    """

    id: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


def signed(
    method: str,
    url: str,
    headers: Mapping[str, str],
    body_digest: str,
    *,
    credentials: Credentials,
    region: str,
    service: str,
    at: datetime,
) -> dict[str, str]:
    """
    Return the headers that sign a request.

    Of *headers*, its Content-Type and those of Amazon's are signed: what a proxy may change is not.

    Args:
        url: Its path and query are signed too; the query has to be percent-encoded.

        body_digest: SHA-256 of the exact body, in hexadecimal.

        at: Now, in UTC.
    """
    parts = urlsplit(url)
    moment = at.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    ours = {"X-Amz-Date": moment}
    if credentials.token is not None:
        ours["X-Amz-Security-Token"] = credentials.token
    named = {name.lower(): value for name, value in headers.items()} | {n.lower(): value for n, value in ours.items()}
    counted = {
        name: " ".join(value.split())
        for name, value in named.items()
        if name == "content-type" or name.startswith("x-amz-")
    }
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    default = parts.port is None or parts.port == _PORTS.get(parts.scheme)
    counted["host"] = host if default else f"{host}:{parts.port}"
    names = ";".join(sorted(counted))
    canonical = "\n".join(
        (
            method,
            quote(parts.path or "/", safe="/~"),
            "&".join(sorted(parts.query.split("&"))) if parts.query else "",
            *(f"{name}:{counted[name]}" for name in sorted(counted)),
            "",
            names,
            body_digest,
        )
    )
    to_sign = "\n".join((_ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{credentials.secret}".encode()
    for part in scope.split("/"):
        key = _mac(key, part)
    signature = _mac(key, to_sign).hex()
    authorization = f"{_ALGORITHM} Credential={credentials.id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**ours, "Authorization": authorization}


def _mac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
