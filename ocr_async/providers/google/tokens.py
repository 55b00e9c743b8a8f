"""
Access tokens of Google: a plain one, or one that google-auth gets for a service account, a user, or the machine.

That reads files and asks other machines, so it is run on a thread; a token is kept until shortly before it expires.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from functools import lru_cache, partial
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any, cast

from attrs import define, field, frozen

from ...errors import AuthenticationFailed, ConfigurationError, ProviderUnavailable
from ...wording import shortened


__all__ = ["Source", "has_library"]

_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_SECONDS = 20  # for each request for a token


@frozen
class Source:
    """
    Where access tokens come from.

    Attributes:
        token: A plain one, which nobody renews here.

        account: The JSON of a service account or of another kind of credentials; a text is a file's path where it does
            not begin with a brace. None, and no token: the application default credentials.
    """

    token: str | None = field(default=None, repr=False)
    account: str | None = field(default=None, repr=False)

    @classmethod
    def of_key(cls, key: str) -> Source:
        """Read a key as callers write it: a token, the JSON of credentials, or the path of a .json file with it."""
        return cls(account=key) if key.lstrip().startswith("{") or key.endswith(".json") else cls(token=key)

    @property
    def identity(self) -> str:
        """A text that is the same for the same source, and tells nothing of it."""
        said = self.token or self.account or "application default"
        return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()

    def facts(self) -> Mapping[str, Any]:
        """
        Return what the JSON of the account says; nothing for a token. It reads a file.

        Raises:
            ConfigurationError: The file is not there, or no JSON.
        """
        if self.account is None:
            return {}
        text = self.account
        try:
            if not text.lstrip().startswith("{"):
                text = Path(text).expanduser().read_text("utf-8")
            told = json.loads(text)
        except OSError as error:
            raise ConfigurationError(f"Google's credentials cannot be read: {error.strerror}") from error
        except ValueError as error:
            # the decoder's error holds the text, and so the key
            raise ConfigurationError(f"Google's credentials are no JSON ({type(error).__name__})") from None
        if not isinstance(told, Mapping):
            raise ConfigurationError("Google's credentials are no JSON object")
        return told

    def headers(self) -> dict[str, str]:
        """
        Return the headers that carry a token that is good now. It takes its time: to be run on a thread.

        Raises:
            ConfigurationError: There are no credentials, or they are not of a kind that Google knows.
            AuthenticationFailed: Google gives no token for them.
            ProviderUnavailable: Whoever gives tokens cannot be reached.
        """
        if self.token is not None:
            return {"Authorization": f"Bearer {self.token}"}
        return _renewed(self, os.getpid(), self._changed()).headers()

    def _changed(self) -> Any:
        """Return what differs once the file has changed; for the defaults, what they are found by."""
        if self.account is None:
            names = ("GCE_METADATA_HOST", "CLOUDSDK_CONFIG", "HOME")
            return tuple(os.environ.get(name) for name in names)
        if self.account.lstrip().startswith("{"):
            return None
        try:
            return Path(self.account).expanduser().stat().st_mtime_ns
        except OSError:
            return None


@lru_cache
def has_library() -> bool:
    """Whether google-auth is installed."""
    try:
        return find_spec("google.auth") is not None
    except ModuleNotFoundError:  # no package of Google's at all
        return False


@define(eq=False)
class _Renewed:
    """Credentials of google-auth, and the lock under which one thread renews them for all."""

    credentials: Any
    request: Any
    lock: Lock = field(factory=Lock)

    def headers(self) -> dict[str, str]:
        from google.auth import exceptions

        headers: dict[str, str] = {}
        with self.lock:
            try:
                if not self.credentials.valid:
                    self.credentials.refresh(self.request)
                self.credentials.apply(headers)
            except exceptions.TransportError as error:
                raise ProviderUnavailable("what gives Google's access tokens cannot be reached") from error
            except exceptions.GoogleAuthError as error:
                said = shortened(str(error.args[0] if error.args else type(error).__name__), 300)
                cls = ProviderUnavailable if error.retryable else AuthenticationFailed
                raise cls(f"Google gives no access token: {said}") from error
        return {name.title(): value for name, value in headers.items()}


@lru_cache(maxsize=32)
def _renewed(source: Source, process: int, changed: Any) -> _Renewed:
    # A forked process shares no lock with its parent, and a file that changed is read anew.
    import google.auth
    from google.auth import exceptions
    from google.auth.transport.requests import Request
    from google.oauth2 import credentials as users
    from google.oauth2 import service_account

    request: Any = partial(Request(), timeout=_SECONDS)
    service, user = cast(Any, service_account.Credentials), cast(Any, users.Credentials)
    told = source.facts()
    try:
        match told.get("type"):
            case "service_account":
                found = service.from_service_account_info(told, scopes=[_SCOPE])
            case "authorized_user":
                found = user.from_authorized_user_info(told)
            case _ if source.account is None or source.account == os.environ.get("GOOGLE_APPLICATION_CREDENTIALS"):
                found, _ = google.auth.default(scopes=[_SCOPE], request=request)
            case kind:
                # the other kinds run programs and ask addresses that their JSON names
                raise ConfigurationError(
                    f"credentials of the type {kind!r} are taken from a file that GOOGLE_APPLICATION_CREDENTIALS names"
                )
    except (exceptions.GoogleAuthError, ValueError) as error:
        said = shortened(str(error.args[0] if error.args else type(error).__name__).partition("\n")[0], 300)
        raise ConfigurationError(f"no credentials for Google: {said}", hint="api_key") from error
    return _Renewed(found, request)
