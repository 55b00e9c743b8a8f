"""How a request leaves the machine: by which proxy, and trusting whose certificates."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from ssl import SSLContext

import anyio.to_thread
from attrs import field, frozen
from yarl import URL

from ..errors import ConfigurationError
from . import proxies
from .conditions import Conditions
from .proxies import Proxy


__all__ = ["Egress", "egress"]


@frozen(kw_only=True, eq=False, repr=False)
class Egress:
    """
    How the requests of one exchange leave the machine; the attributes are those of aiohttp's `request`.

    Attributes:
        headers: That the request itself must carry: through a tunnel the provider would see them.

        proxy: Without user and password, as aiohttp's errors carry it.

        proxy_headers: Of the request for a tunnel.

        ssl: True for aiohttp's own context.

        proxy_name: Host and port of the proxy, for messages.
    """

    headers: Mapping[str, str] = field(factory=dict, repr=False)
    proxy: URL | None = None
    proxy_headers: Mapping[str, str] | None = field(default=None, repr=False)
    ssl: SSLContext | bool = True
    proxy_name: str | None = None


_DIRECT = Egress()


async def egress(url: URL, conditions: Conditions) -> Egress:
    """
    Return how a request to *url* leaves the machine under *conditions*.

    Raises:
        ConfigurationError: The environment names a proxy or authorities that cannot be used.
    """
    proxy: Proxy | None = None
    if conditions.proxy is not None:
        proxy = proxies.parse(conditions.proxy, "proxy")
    elif conditions.trust_env:
        proxy = proxies.from_environment(url.scheme, url.raw_host or "", url.port)
    context: SSLContext | bool = True
    if conditions.ssl is not None:
        context = conditions.ssl
    elif url.scheme == "https" or (proxy is not None and proxy.url.startswith("https:")):
        context = await _trusted(trust_env=conditions.trust_env)
    if proxy is None:
        return _DIRECT if context is True else Egress(ssl=context)
    credentials = {"Proxy-Authorization": proxy.authorization} if proxy.authorization else {}
    tunnel = url.scheme == "https"
    return Egress(
        headers={} if tunnel else credentials,
        proxy=URL(proxy.url),
        proxy_headers=credentials if tunnel else None,
        ssl=context,
        proxy_name=proxy.name,
    )


# --- whose certificates are trusted ---------------------------------------------------------------------------------


def _named() -> tuple[str | None, str | None]:
    return os.environ.get("SSL_CERT_FILE") or None, os.environ.get("SSL_CERT_DIR") or None


_NONE = (None, None)
# This module is imported with aiohttp, whose own context is made of what the environment names at that moment.
_NAMED_AT_IMPORT = _named()

# By file and folder. Contexts belong to no loop, take tens of milliseconds to make, and are few.
_CONTEXTS: dict[tuple[str | None, str | None], ssl.SSLContext] = {}


async def _trusted(*, trust_env: bool) -> ssl.SSLContext | bool:
    """
    Return what aiohttp's `ssl` parameter takes: True is its own context, made of the system's authorities.

    ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` may change in a process's life, so what they name gets contexts of its own.

    Raises:
        ConfigurationError: ``SSL_CERT_FILE`` cannot be read, or holds no certificate.
    """
    wanted = _named() if trust_env else _NONE
    if wanted == _NONE == _NAMED_AT_IMPORT:
        return True
    context = _CONTEXTS.get(wanted)
    if context is None:
        make = _of_system if wanted == _NONE else _of_environment
        context = _CONTEXTS[wanted] = await anyio.to_thread.run_sync(make)
    return context


def _of_environment() -> ssl.SSLContext:
    context = _http1_only(ssl.create_default_context())  # OpenSSL looks at both variables, but silently
    if file := os.environ.get("SSL_CERT_FILE"):
        try:
            context.load_verify_locations(cafile=file)
        except OSError as error:
            reason = "holds no certificate" if isinstance(error, ssl.SSLError) else f"cannot be read: {error.strerror}"
            raise ConfigurationError(f'SSL_CERT_FILE names "{file}", which {reason}') from error
    return context


def _of_system() -> ssl.SSLContext:
    paths = ssl.get_default_verify_paths()  # those that OpenSSL was built with
    file, folder = paths.openssl_cafile, paths.openssl_capath
    return _http1_only(
        ssl.create_default_context(
            cafile=file if os.path.isfile(file) else None, capath=folder if os.path.isdir(folder) else None
        )
    )


def _http1_only(context: ssl.SSLContext) -> ssl.SSLContext:
    """Offer the server HTTP/1.1 alone, as aiohttp's own context does."""
    context.set_alpn_protocols(("http/1.1",))
    return context
