"""
The store of an address, such as ``s3://bucket``, ``gs://bucket`` or ``az://container``.

Where the service is, and who asks, is told by the environment, as these services' own tools take it.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import ConfigurationError, OCRError, missing_extra


if TYPE_CHECKING:
    from obstore.store import AzureStore, GCSStore, S3Store

__all__ = ["BucketStore", "connect", "remote", "service"]

BucketStore: TypeAlias = "S3Store | GCSStore | AzureStore"

_SERVICES = {"s3": "S3", "gs": "Google Cloud Storage", "az": "Azure"}
_PREFIXES = {"s3": "AWS", "gs": "GOOGLE", "az": "AZURE"}
_TRUE = {"1", "true", "yes", "on"}
# Who asks waits itself for a store that is out of service; what is tried again here is a lost connection or two.
_RETRIES: Any = {"max_retries": 4, "retry_timeout": timedelta(seconds=10)}
_TIMES = {"connect_timeout": "5s", "read_timeout": "20s", "timeout": "15m"}
_CREDENTIALS_LAST = timedelta(minutes=5)  # before botocore is asked again, which renews them


def remote(name: str) -> bool:
    """Whether *name* is an address of an object, or of several."""
    scheme, colon, _ = name.partition("://")
    return bool(colon) and scheme.lower() in _SERVICES


def service(scheme: str) -> str:
    """Return whose the buckets of *scheme* are."""
    return _SERVICES[scheme]


def connect(scheme: str, name: str, **times: str) -> BucketStore:
    """
    Return the store of the bucket *name*; nothing is asked of it yet.

    Args:
        times: Instead of those of `_TIMES`, in obstore's words.

    Raises:
        ConfigurationError: The extra is not installed, or the environment lacks what it takes to ask.
    """
    try:
        from obstore.store import AzureStore, GCSStore, S3Store
    except ImportError as error:
        raise missing_extra(f"{scheme}://", "bulk") from error
    if not name:
        raise ConfigurationError(f"{scheme}:// names no bucket: write {scheme}://bucket/folder/")
    how: Any = {"client_options": {**_TIMES, **times, **_client(scheme)}, "retry_config": _RETRIES}
    try:
        if scheme == "s3":
            return S3Store(name, **_of_aws(), **how)
        return GCSStore(name, **how) if scheme == "gs" else AzureStore(name, **how)
    except OCRError:
        raise
    except Exception as error:
        words = str(error).partition("\n\nDebug source:")[0]
        raise ConfigurationError(f"{scheme}://{name} cannot be used: {words}") from error


def _client(scheme: str) -> dict[str, Any]:
    """Return what the environment says of connections; obstore looks there only where it is told nothing."""
    found: dict[str, Any] = {}
    for name in ("proxy_url", "proxy_excludes", "allow_http", "allow_invalid_certificates"):
        if said := os.environ.get(f"{_PREFIXES[scheme]}_{name.upper()}"):
            found[name] = said.lower() in _TRUE if name.startswith("allow") else said
    return found


def _of_aws() -> dict[str, Any]:
    """Return who asks S3, where the environment does not say and botocore knows: profiles, roles, single sign-on."""
    from ..providers.aws.credentials import chained, has_chain, profiles_region

    given = ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_SKIP_SIGNATURE")
    if any(os.environ.get(name) for name in given) or not has_chain():
        return {}
    profile = os.environ.get("AWS_PROFILE")
    chained(profile)  # what is wrong with it is said here, and not by obstore

    def credentials() -> dict[str, Any]:
        found = chained(profile)
        return {
            "access_key_id": found.id,
            "secret_access_key": found.secret,
            "token": found.token,
            "expires_at": datetime.now(UTC) + _CREDENTIALS_LAST,
        }

    named = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    region = None if named else profiles_region(profile)
    return {"credential_provider": credentials, **({"region": region} if region else {})}
