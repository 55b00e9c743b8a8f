"""How a request leaves the machine: by which proxy, and trusting whose certificates."""

from __future__ import annotations

from collections.abc import Mapping
from ssl import SSLContext

from attrs import field, frozen
from yarl import URL

from . import certificates, proxies
from .conditions import Conditions
from .proxies import Proxy


__all__ = ["Egress", "egress"]


@frozen(kw_only=True)
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
        context = await certificates.trusted(trust_env=conditions.trust_env)
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
