"""Which forward proxy a request goes by: an address that a caller names, or the one of the environment."""

from __future__ import annotations

import ipaddress
import re
from base64 import b64encode
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from attrs import field, frozen

from .._platform.environment import Variables
from .._platform.forks import loading
from ..errors import ConfigurationError


__all__ = ["Proxy", "from_environment", "parse"]

_HOST = r"[\w.:-]+"
_PORTS = {"http": 80, "https": 443}


@frozen
class Proxy:
    """
    A forward proxy.

    Attributes:
        url: Without user and password.

        authorization: Value of `Proxy-Authorization`; None if it wants none.
    """

    url: str
    authorization: str | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Host and port, for messages."""
        return self.url.partition("://")[2]


def parse(text: str, source: str) -> Proxy:
    """
    Return the proxy at *text*: ``http://user:password@host:port``, of which host alone is needed.

    Args:
        source: Where *text* stands, for the message, which must not show *text*: it may hold a password.

    Raises:
        ConfigurationError: It is no address of a proxy that can be used.
    """
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        scheme, host, port = parts.scheme, parts.hostname or "", parts.port
    except (TypeError, ValueError):
        scheme = host = ""
        port = None
    # Raised here, as what urlsplit raises may show a part of the password.
    if scheme.startswith("socks"):
        raise ConfigurationError(f"{source} names a SOCKS proxy; only http and https proxies can be used")
    if scheme not in _PORTS or not re.fullmatch(_HOST, host) or port == 0:
        raise ConfigurationError(
            f"{source} is no address of a proxy: it must read http://host:port or http://user:password@host:port, "
            "with /, #, ?, @ and % in the password written as %2F, %23, %3F, %40 and %25"
        )
    authorization = None
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = f"Basic {b64encode(pair.encode()).decode()}"
    shown = f"[{host}]" if ":" in host else host
    return Proxy(f"{scheme}://{shown}:{port or _PORTS[scheme]}", authorization)


# What the choice depends on, by the scheme of the address that is asked.
_VARIABLES = {
    scheme: Variables(f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY")
    for scheme in ("http", "https")
}
_EXCEPTIONS = Variables("no_proxy", "NO_PROXY")


def from_environment(scheme: str, host: str, port: int | None) -> Proxy | None:
    """
    Return the proxy by which the environment has *host* asked; None for none.

    It is named by ``HTTP_PROXY``, ``HTTPS_PROXY`` and ``ALL_PROXY``, small letters before capital ones, or by the
    system's settings on macOS and Windows; ``NO_PROXY`` lists the exceptions: names with all under them, names with
    ports, addresses, networks (``10.0.0.0/8``), or ``*``.

    Raises:
        ConfigurationError: The variable holds no address of a proxy.
    """
    # Asked for each request, so that a change is seen; the rest is reckoned once for what was found.
    found = _VARIABLES[scheme].values()
    exceptions = _EXCEPTIONS.values() if any(found) else ()
    return _chosen(scheme, host, port, (*found, *exceptions))


@lru_cache(maxsize=256)
def _chosen(scheme: str, host: str, port: int | None, _: tuple[str | None, ...]) -> Proxy | None:
    with loading:
        from urllib.request import getproxies, proxy_bypass  # heavy, and loaded by the HTTP client anyway

    named = getproxies()
    kind = scheme if named.get(scheme) else "all"
    text = named.get(kind)
    if not text or proxy_bypass(host) or proxy_bypass(f"{host}:{port}") or _in_network(host, named.get("no", "")):
        return None
    return parse(text, f"{kind.upper()}_PROXY in the environment")


def _in_network(host: str, exceptions: str) -> bool:
    """Whether *host* is an address in one of the networks among *exceptions*."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for each in exceptions.split(",") if (network := _network(each.strip())))


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
