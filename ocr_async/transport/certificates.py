"""Whose certificates a request trusts: the system's authorities, and those that the environment names."""

from __future__ import annotations

import os
import ssl

import anyio.to_thread

from ..errors import ConfigurationError


__all__ = ["trusted"]


def _named() -> tuple[str | None, str | None]:
    return os.environ.get("SSL_CERT_FILE") or None, os.environ.get("SSL_CERT_DIR") or None


_NONE = (None, None)
# This module is imported with aiohttp, whose own context is made of what the environment names at that moment.
_NAMED_AT_IMPORT = _named()

# By file and folder. Contexts belong to no loop, take tens of milliseconds to make, and are few.
_CONTEXTS: dict[tuple[str | None, str | None], ssl.SSLContext] = {}


async def trusted(*, trust_env: bool) -> ssl.SSLContext | bool:
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
