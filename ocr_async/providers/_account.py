"""Address, key and headers of an account: how they are found, checked and kept out of sight."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar
from urllib.parse import urlsplit

from attrs import Factory, field, frozen

from .. import formats
from ..errors import ConfigurationError, OCRError
from ..models import Bytes, Dialect, FileOnDisk, OCRRequest, OCRResponse
from ..models._drafts import maker
from ..steps import Exchange, HttpRequest, HttpResponse, Multipart, Raw, http, is_secret


if TYPE_CHECKING:
    from . import Facts

T = TypeVar("T")


class Token(str):
    """A key that a callable or a credential object gave: an access token, for services that tell it from a key."""

    __slots__ = ()


@lru_cache
def address(given: str, *, ends: tuple[str, ...]) -> str:
    """
    Return the base URL in *given*, without a trailing slash and without an ending that the provider adds itself.

    Args:
        given: http or https, a path kept.

        ends: What may stand at the end already, the longest first, such as ``("/v1/ocr", "/v1")``.

    Raises:
        ConfigurationError: No http address, or one with a user name, a query or a fragment: those may hold secrets,
            which would show in errors and events, and have their place in `extra_headers`.
    """
    text = given.strip()
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
        if host is None or parts.scheme not in {"http", "https"} or any(map(str.isspace, host)):
            raise ValueError
    except ValueError:
        raise ConfigurationError(
            "the provider's address is no http or https address; write it like https://ocr.example.com",
            hint="api_base",
        ) from None
    if parts.username is not None or parts.password is not None:
        raise ConfigurationError(f"the address of {host} carries a user name or a password", hint="safe_key")
    if "?" in text or "#" in text:
        raise ConfigurationError(
            f"the address of {host} carries a query or a fragment; give it without them", hint="api_base"
        )
    path = parts.path.rstrip("/")
    for end in ends:
        if path == end or path.endswith(end):
            path = path.removesuffix(end).rstrip("/")
            break
    netloc = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{netloc}{'' if port is None else f':{port}'}{path}"


def find_key(
    api_key: str | None,
    base: str,
    headers: Mapping[str, str],
    environ: Mapping[str, str],
    *,
    variable: str | Sequence[str],
    domain: str | Sequence[str],
    named: bool,
    header: str = "authorization",
    needed: bool = True,
) -> str | None:
    """
    Return the key to send to *base*; None where none is needed or none may be sent.

    A key given as an argument goes wherever the caller says. The environment's key goes only to the provider's own
    *domain* over https, to this machine, and to an address that stands in the environment beside it: it must not leak
    to whatever server is tried out with `api_base`. An Authorization header among *headers* needs no key.

    Args:
        variable: Environment variables that may hold the key, the one to recommend first.

        domain: The provider's own, or several.

        named: Whether *base* was given in the call, not taken from the environment or the default.

        header: Carries the key, in lower case; a caller who gives it, or an Authorization, needs no key.

        needed: Whether the provider itself cannot be asked without a key.

    Raises:
        ConfigurationError: The provider itself is asked, and there is no key.
    """
    if api_key:
        return api_key
    if any(name.lower() in {"authorization", header} for name in headers):
        return None
    host = urlsplit(base).hostname or ""
    variables = (variable,) if isinstance(variable, str) else variable
    found = next((value for name in variables if (value := environ.get(name))), None)
    if found and is_trusted(base, domain, named=named):
        return found.strip()
    if needed and is_at_home(base, domain):
        raise ConfigurationError(
            f"no key for {host}: set the environment variable {variables[0]}{_hint(host, environ)}", hint="api_key"
        )
    return None


def is_at_home(base: str, domain: str | Sequence[str]) -> bool:
    """Whether *base* is in the provider's own *domain*, over https."""
    parts = urlsplit(base)
    host = parts.hostname or ""
    domains = (domain,) if isinstance(domain, str) else domain
    return parts.scheme == "https" and any(host == each or host.endswith(f".{each}") for each in domains)


def is_trusted(base: str, domain: str | Sequence[str], *, named: bool) -> bool:
    """Whether a key that the call did not give may go to *base*; see `find_key`."""
    return not named or is_at_home(base, domain) or is_this_machine(urlsplit(base).hostname or "")


# Where a key often lies under another provider's name, by a word of the host.
_NEIGHBOURS = {
    "azure": ("AZURE_AI_API_KEY", "AZURE_DOCUMENT_INTELLIGENCE_API_KEY", "AZURE_API_KEY"),
    "google": ("GEMINI_API_KEY", "GOOGLE_API_KEY", "VERTEX_AI_API_KEY"),
    "mistral": ("AZURE_AI_API_KEY",),
    "cohere": ("AZURE_AI_API_KEY",),
    "llama": ("LLAMA_CLOUD_API_KEY", "LLAMA_PARSE_API_KEY"),
}


def _hint(host: str, environ: Mapping[str, str]) -> str:
    """Return a word about a key that was found under another name; the key itself is not taken from there."""
    names = (name for word, others in _NEIGHBOURS.items() if word in host for name in others if environ.get(name))
    found = next(names, None)
    return "" if found is None else f" ({found} is set, but is not for this address)"


def is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bearer(api_key: str | None) -> dict[str, str]:
    """Return the header that carries *api_key*; none for None."""
    return {} if api_key is None else {"Authorization": f"Bearer {api_key}"}


def merged(headers: Mapping[str, str], extra: Mapping[str, str]) -> dict[str, str]:
    """Return *headers* and *extra*, which wins, whatever its case."""
    if not extra:
        return dict(headers)
    given = {name.lower() for name in extra}
    return {name: value for name, value in headers.items() if name.lower() not in given} | dict(extra)


def digest(headers: Mapping[str, str]) -> str:
    """
    Return a short BLAKE2 of the credentials among *headers*: the same key gives the same text, and no way back.

    Every header counts whose name says that it carries a credential (`steps.is_secret`), so that two accounts never
    share their limits: ``Authorization``, ``x-api-key``, ``Ocp-Apim-Subscription-Key``, ``app_key`` and so on.
    """
    secret = "\n".join(sorted(f"{name.lower()}:{value}" for name, value in headers.items() if is_secret(name)))
    return _blake2(secret) if secret else ""


@lru_cache(maxsize=64)  # the same few accounts are asked again and again
def _blake2(secret: str) -> str:
    return hashlib.blake2b(secret.encode(), digest_size=8).hexdigest()


@frozen(kw_only=True, eq=False, repr=False)
class Home:
    """
    Where a service is found, and how its key is called.

    Attributes:
        base: Its own address; None where everybody has one of their own.

        variables: Environment variables that may hold another address, the one to recommend first.

        domain: The service's own, to which the environment's key may go besides this machine and an address that
            stands in the environment; empty where there is none.

        ends: What an address may end with already, the longest first.

        path: Stands between the address and all that is asked.

        keyless: Whether the service itself may be asked without a key.

        models: All that there are; None where a name is the service's to judge.

        kind: What the service calls its models, for people.
    """

    base: str | None
    variables: tuple[str, ...]
    domain: str | tuple[str, ...]
    ends: tuple[str, ...]
    path: str = ""
    keyless: bool = False
    models: Collection[str] | None = None
    kind: str = "model"


@frozen(kw_only=True, eq=False, repr=False)
class Hosted:
    """
    One account at a service; the classes of services are made of it, and make the methods that attrs makes.

    Attributes:
        api_key: None sends none.

        base_url: Without a slash at its end.

        headers: Sent besides; they win over our own. As they may hold credentials, they go to `base_url` alone.
    """

    name: ClassVar[str]
    key_header: ClassVar[str] = "Authorization"
    """Carries the key; in ``Authorization`` it is a Bearer."""

    api_key: str | None = field(default=None, repr=False)
    base_url: str
    headers: Mapping[str, str] = field(factory=dict, repr=False, hash=False)

    @property
    def account(self) -> tuple[str, str]:
        """Base URL, and a digest of the key."""
        return self.base_url, digest(self.credentials)

    @property
    def credentials(self) -> dict[str, str]:
        """The headers that only this account's server may see: its key's, and those that the caller added."""
        if self.key_header == "Authorization" or self.api_key is None:
            return merged(bearer(self.api_key), self.headers)
        return merged({self.key_header: self.api_key}, self.headers)

    def request(
        self,
        method: str,
        path: str,
        parse: Callable[[HttpResponse], T],
        *,
        accept: str = "application/json",
        json: Any = None,
        form: Sequence[tuple[str, str | FileOnDisk | Bytes]] | None = None,
        body: Raw | None = None,
        pages: int | None = None,
        repeatable: bool = True,
    ) -> HttpRequest[T]:
        """
        Return a request with the account's key.

        Args:
            path: Below the base URL; or an absolute address out of an answer, which is sent the key only if it is of
                the same origin.

            accept: The type of the answer.
        """
        made: HttpRequest[T] = maker(HttpRequest)(
            method=method,
            url=path if "://" in path else f"{self.base_url}{path}",
            headers={"Accept": accept},
            credentials=self.credentials,
            json=json,
            body=body if form is None else Multipart(form),
            parse=parse,
            refused=self.refused,
            pages=pages,
            repeatable=repeatable,
        )
        return made

    def refused(self, answer: HttpResponse) -> OCRError | None:
        """Return what an answer with a status of 300 or more stands for; None leaves it to the status."""
        return None

    def deletion(self, path: str) -> HttpRequest[None]:
        """Return the request that deletes what is at *path*."""
        return self.request("DELETE", path, nothing)

    def ask(self, path: str, request: OCRRequest, dialect: Dialect) -> Exchange[OCRResponse]:
        """Ask for *request*'s pages in one request to *path* below the base URL."""

        def parse(answer: HttpResponse) -> OCRResponse:
            return formats.parse(answer, dialect, provider=self.name, model=request.model)

        body = formats.request_body(request, dialect)
        return (yield from http(self.request("POST", path, parse, json=body, pages=request.count)))


def nothing(_: HttpResponse) -> None:
    """Parse an answer in which nothing is of interest."""


@frozen(kw_only=True, eq=False, repr=False)
class AtHome(Hosted):
    """One account at a service whose address and key are found in the same way whatever the model."""

    facts: ClassVar[Facts]
    home: ClassVar[Home]

    base_url: str = field(default=Factory(lambda self: f"{self.home.base}{self.home.path}", takes_self=True))

    @classmethod
    def connect(
        cls,
        *,
        model: str = "",
        api_key: str | None,
        api_base: str | None,
        headers: Mapping[str, str],
        environ: Mapping[str, str],
    ) -> Self:
        """
        Return the provider for *api_key* or one of `facts.variables`, at *api_base*, one of `home.variables`, or home.

        The environment's key is sent to the service's own domain, to this machine and to the environment's own
        address. For another *api_base*, give the key in the call; without one, none is sent there.

        Raises:
            ConfigurationError: No such model, no key for the service itself, or no usable address.
        """
        home = cls.home
        if model and home.models is not None and model not in home.models:
            has = ", ".join(name for name in home.models if name)
            raise ConfigurationError(f'{cls.name} has no {home.kind} "{model}"; it has {has}')
        given = api_base or next((value for name in home.variables if (value := environ.get(name))), home.base)
        if given is None:
            raise ConfigurationError(f"{cls.name} has no address: set {home.variables[0]}", hint="api_base")
        base = address(given, ends=home.ends)
        key = find_key(
            api_key,
            base,
            headers,
            environ,
            variable=cls.facts.variables,
            domain=home.domain,
            named=bool(api_base),
            header=cls.key_header.lower(),
            needed=not home.keyless,
        )
        return cls(api_key=key, base_url=f"{base}{home.path}", headers=dict(headers))
