"""An account at one of Google Cloud's services: its project and place, and where its access tokens come from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Self
from urllib.parse import urlsplit

from attrs import evolve, frozen

from ...errors import ConfigurationError
from ...steps import Exchange, on_thread
from .. import _account
from .tokens import Source, has_library


__all__ = ["InProject", "Place", "connected"]

DOMAIN = "googleapis.com"
_PLACED = re.compile(r"/v1/projects/([^/]+)/locations/([^/]+)$")
_NAME = re.compile(r"[a-z0-9][a-z0-9.:-]{0,99}")


@frozen
class Place:
    """
    Where a request goes.

    Attributes:
        base: Address, without ``/v1``.

        project: Its id or number.

        location: Such as ``us-central1`` or ``eu``.
    """

    base: str
    project: str
    location: str

    @property
    def path(self) -> str:
        """What the paths of its resources begin with."""
        return f"/v1/projects/{self.project}/locations/{self.location}"


@frozen(kw_only=True, eq=False, repr=False)
class InProject(_account.Hosted):
    """
    One project at one of Google Cloud's services, in one location.

    Attributes:
        source: Where access tokens come from; None sends none.
    """

    place: Place
    source: Source | None = None

    @property
    def account(self) -> tuple[str, str]:
        """Base URL and project, and a digest of where tokens come from."""
        who = {} if self.source is None else {"Authorization": self.source.identity}
        return f"{self.base_url}{self.place.path}", _account.digest({**who, **self.headers})

    def signed(self) -> Exchange[Self]:
        """Return the same account with a token that is good now among its headers."""
        token = {} if self.source is None else (yield from on_thread(self.source.headers))
        return evolve(self, headers=_account.merged(token, self.headers))


def connected(
    service: str,
    *,
    api_key: str | None,
    api_base: str | None,
    headers: Mapping[str, str],
    environ: Mapping[str, str],
    tokens: Sequence[str],
    accounts: Sequence[str],
    addresses: Sequence[str],
    projects: Sequence[str],
    locations: Sequence[str],
    location: str,
    project: str | None = None,
    place: str | None = None,
) -> tuple[Place, Source | None]:
    """
    Return the place and the source of tokens that the call or *environ* names; None where nothing is to be sent.

    Args:
        service: The first word of its hosts, such as ``aiplatform``.

        api_key: A token, or the JSON of credentials.

        api_base: May end in ``/v1/projects/…/locations/…``.

        tokens: Variables with a plain token, the one to recommend first; so for the next three.

        accounts: Variables with the JSON of credentials, or a path to it.

        location: Where nobody names one.

        project: That the model names; it comes first.

        place: The location that the model names.

    Raises:
        ConfigurationError: No project, or nothing that gives tokens.
    """
    given = api_base or _first(environ, addresses)
    base = given and _account.address(given, ends=())
    placed = _PLACED.search(base or "")
    if base and placed:
        base = base[: placed.start()]
    source = _source(base, api_key, headers, environ, tokens, accounts, named=bool(api_base))
    project = project or (placed[1] if placed else _first(environ, projects))
    if not project and source is not None:
        told = source.facts()
        project = str(told.get("project_id") or told.get("quota_project_id") or "")
    if not project:
        raise ConfigurationError(f"no project for Google: set the environment variable {projects[0]}", hint="api_base")
    where = place or (placed[2] if placed else _of_host(base, service)) or _first(environ, locations) or location
    for what, name in (("project", project), ("location", where)):
        if not _NAME.fullmatch(name):
            raise ConfigurationError(f'"{name}" is no {what} of Google')
    return Place(base or _host(service, where), project, where), source


def _source(
    base: str | None,
    api_key: str | None,
    headers: Mapping[str, str],
    environ: Mapping[str, str],
    tokens: Sequence[str],
    accounts: Sequence[str],
    *,
    named: bool,
) -> Source | None:
    home = base or f"https://{DOMAIN}"
    key = _account.find_key(api_key, home, headers, environ, variable=tokens, domain=DOMAIN, named=named, needed=False)
    source = None if key is None else Source.of_key(key)
    if source is None:
        if any(name.lower() == "authorization" for name in headers) or not _account.is_trusted(
            home, DOMAIN, named=named
        ):
            return None
        source = Source(account=_first(environ, accounts))
    if source.token is None and not has_library():
        raise ConfigurationError(
            f"no access token for Google: set the environment variable {tokens[0]}, or install 'ocr_async[google]' "
            "for service accounts and the credentials of this machine",
            hint="api_key",
        )
    return source


def _first(environ: Mapping[str, Any], names: Sequence[str]) -> str | None:
    return next((value.strip() for name in names if (value := environ.get(name))), None)


def _host(service: str, location: str) -> str:
    return f"https://{service}.{DOMAIN}" if location == "global" else f"https://{location}-{service}.{DOMAIN}"


def _of_host(base: str | None, service: str) -> str | None:
    """Return the location that is part of Google's own hosts."""
    name = (urlsplit(base or "").hostname or "").removesuffix(f"-{service}.{DOMAIN}")
    return name if base and name != urlsplit(base).hostname else None
