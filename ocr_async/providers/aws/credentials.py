"""
Where AWS's credentials come from: the call, the environment, or botocore's chain of profiles, roles and machines.

The chain reads files and asks other machines, so it is run on a thread; botocore renews what expires.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ...errors import AuthenticationFailed, ConfigurationError, ProviderUnavailable
from .signature import Credentials


__all__ = ["REGIONS", "chained", "from_text", "has_chain", "in_environment", "profiles_region", "with_region"]

REGIONS = ("AWS_REGION_NAME", "AWS_REGION", "AWS_DEFAULT_REGION")


def from_text(text: str) -> Credentials:
    """
    Read a key as callers write it: ``id:secret``, or ``id:secret:token`` of a session.

    Raises:
        ConfigurationError: It is neither.
    """
    parts = [part.strip() for part in text.split(":")]
    if len(parts) not in {2, 3} or not all(parts):
        raise ConfigurationError(
            "a key of AWS is its id and its secret with a colon between them, and a session's token after another one"
        )
    return Credentials(*parts)


def with_region(key: str | None) -> tuple[str | None, str | None]:
    """Return a key as callers write it without the region that may follow it after an ``@``, and that region."""
    given, at, region = (key or "").partition("@")
    return given or None, region.strip() if at else None


def in_environment(environ: Mapping[str, str]) -> str | None:
    """Return the key that *environ* holds, as `from_text` reads it; None if there is none."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    key, secret, token = (environ.get(name, "").strip() for name in names)
    if not key or not secret:
        return None
    return f"{key}:{secret}:{token}" if token else f"{key}:{secret}"


@lru_cache
def has_chain() -> bool:
    """Whether botocore is installed."""
    return find_spec("botocore") is not None


def chained(profile: str | None) -> Credentials:
    """
    Return what botocore's chain finds for *profile*. It takes its time: to be run on a thread.

    Raises:
        ConfigurationError: It finds none, or the profile is not as it should be.
        AuthenticationFailed: A role or a single sign-on was refused, or has expired.
        ProviderUnavailable: What gives them could not be reached.
    """
    from botocore import exceptions

    try:
        # A forked process shares no lock with its parent; files that changed are read anew.
        found = _found(profile, os.getpid(), _changed())
        frozen = None if found is None else found.get_frozen_credentials()
    except (exceptions.HTTPClientError, exceptions.MetadataRetrievalError) as error:
        raise ProviderUnavailable(
            f"what gives AWS's credentials cannot be reached ({type(error).__name__})", provider="aws_textract"
        ) from error
    except (exceptions.ClientError, exceptions.CredentialRetrievalError, exceptions.SSOError) as error:
        raise AuthenticationFailed(f"AWS gives no credentials: {error}", provider="aws_textract") from error
    except exceptions.BotoCoreError as error:
        raise ConfigurationError(f"AWS's configuration cannot be used: {error}") from error
    if frozen is None or not frozen.access_key or not frozen.secret_key:
        raise ConfigurationError(
            "no credentials for AWS: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE", hint="api_key"
        )
    return Credentials(frozen.access_key, frozen.secret_key, frozen.token)


def profiles_region(profile: str | None) -> str | None:
    """Return the region that the configuration file names for *profile*; it reads files."""
    if not has_chain():
        return None
    from botocore import exceptions

    try:
        named: str | None = _session(profile).get_config_variable("region")
    except exceptions.BotoCoreError as error:
        raise ConfigurationError(f"AWS's configuration cannot be used: {error}") from error
    return named


@lru_cache(maxsize=16)
def _found(profile: str | None, process: int, changed: tuple[Any, ...]) -> Any:
    return _session(profile).get_credentials()


def _session(profile: str | None) -> Any:
    from botocore.session import Session

    return Session(profile=profile)


def _changed() -> tuple[Any, ...]:
    """Return what would differ if the user had changed the files or the environment that the chain reads."""
    folder = Path.home() / ".aws"
    files = (
        Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or folder / "credentials").expanduser(),
        Path(os.environ.get("AWS_CONFIG_FILE") or folder / "config").expanduser(),
    )
    times: list[int | None] = []
    for file in files:
        try:
            times.append(file.stat().st_mtime_ns)
        except OSError:
            times.append(None)
    return (*times, *sorted((name, value) for name, value in os.environ.items() if name.startswith("AWS_")))
