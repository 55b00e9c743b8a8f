"""Which proxy the environment names for an address."""

from __future__ import annotations

import pytest

from ocr_async.transport.proxies import Proxy, from_environment, parse


NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


def chosen(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], host: str, scheme: str = "https"
) -> str | None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    found = from_environment(scheme, host, 8443)
    return None if found is None else found.name


@pytest.mark.parametrize(
    ("environment", "http", "https"),
    [
        ({}, None, None),
        ({"HTTP_PROXY": "http://a:1"}, "a:1", None),
        ({"https_proxy": "http://a:1"}, None, "a:1"),
        ({"ALL_PROXY": "http://a:1"}, "a:1", "a:1"),
        ({"all_proxy": "http://a:1", "HTTPS_PROXY": "http://b:2"}, "a:1", "b:2"),
        ({"HTTPS_PROXY": "http://upper:1", "https_proxy": "http://lower:2"}, None, "lower:2"),
        ({"HTTPS_PROXY": "http://upper:1", "https_proxy": ""}, None, None),
        ({"HTTPS_PROXY": "a:1"}, None, "a:1"),
        ({"HTTPS_PROXY": "socks5://a:1", "NO_PROXY": "*"}, None, None),
    ],
)
def test_the_variable_of_the_scheme_comes_first_and_small_letters_win(
    environment: dict[str, str], http: str | None, https: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert chosen(monkeypatch, environment, "ocr.example", "http") == http
    assert chosen(monkeypatch, environment, "ocr.example", "https") == https


@pytest.mark.parametrize(
    ("exceptions", "host", "direct"),
    [
        ("ocr.example", "ocr.example", True),
        ("OCR.example", "ocr.example", True),
        ("a.b, example", "ocr.example", True),
        (".example", "ocr.example", True),
        ("cr.example", "ocr.example", False),
        ("ocr.example:8443", "ocr.example", True),
        ("ocr.example:443", "ocr.example", False),
        ("*", "ocr.example", True),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("fd00::/8, nonsense/99", "fd00::1", True),
        ("::1", "::1", True),
        ("", "ocr.example", False),
    ],
)
def test_exceptions_are_names_ports_addresses_and_networks(
    exceptions: str, host: str, direct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert chosen(monkeypatch, {"HTTPS_PROXY": "a:1", "no_proxy": exceptions}, host) == (None if direct else "a:1")


def test_a_change_of_the_environment_is_seen_at_the_next_request(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [
        chosen(monkeypatch, environment, "ocr.example")
        for environment in ({"HTTPS_PROXY": "a:1"}, {"HTTPS_PROXY": "b:2"}, {"HTTPS_PROXY": "b:2", "NO_PROXY": "*"}, {})
    ]
    assert asked == ["a:1", "b:2", None, None]


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("http://host:3128", Proxy("http://host:3128")),
        ("host", Proxy("http://host:80")),
        ("https://host/", Proxy("https://host:443")),
        ("HTTP://Host:3128", Proxy("http://host:3128")),
        ("http://[::1]:3128", Proxy("http://[::1]:3128")),
        ("user:a%3Ab@host:1", Proxy("http://host:1", "Basic dXNlcjphOmI=")),
        ("http://user@host:1", Proxy("http://host:1", "Basic dXNlcjo=")),
    ],
)
def test_an_address_is_read_with_its_credentials_apart(text: str, proxy: Proxy) -> None:
    assert parse(text, "proxy") == proxy
