"""JSON text: with orjson and without, the same is read and the same refused."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from ocr_async.formats import _json, dumps, indented, loads

from .strategies import json_values


@pytest.mark.parametrize("read", [loads, _json.loads_plainly])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"<html>",
        b"{",
        b'{"a": 1} x',
        b"NaN",
        b"[1e999, -1e999]",
        b'{"a": Infinity}',
        b"[-Infinity]",
        b'"\xff"',
        b'"\\ud800"',
        b'"\\uD83d x"',
        b"\xef\xbb\xbf",
        b"[" * 100_000,
        b'{"a":' * 50_000,
    ],
)
def test_what_is_no_json_is_a_value_error(read: Callable[[bytes], Any], body: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read(body)


@pytest.mark.parametrize("read", [loads, _json.loads_plainly])
@pytest.mark.parametrize("depth", [500, 1_000, 1_200, 5_000, 200_000])
def test_deep_nesting_is_read_or_a_value_error(read: Callable[[bytes], Any], depth: int) -> None:
    # how deep is too deep differs between interpreters
    with contextlib.suppress(ValueError):
        assert isinstance(read(b"[" * depth + b"]" * depth), list)


def test_an_integer_of_too_many_digits_is_a_value_error_or_a_number() -> None:
    with pytest.raises(ValueError, match=r".+"):
        _json.loads_plainly(b"1" * 5_000)
    with contextlib.suppress(ValueError):
        assert isinstance(loads(b"1" * 5_000), int | float)


@pytest.mark.parametrize("read", [loads, _json.loads_plainly])
def test_a_whole_surrogate_pair_is_text(read: Callable[[bytes], Any]) -> None:
    assert read(b'"\\ud83d\\ude00"') == "😀"


@pytest.mark.parametrize("read", [loads, _json.loads_plainly])
def test_any_buffer_is_read(read: Callable[[Any], Any]) -> None:
    assert {"a": [1]} == read(bytearray(b'{"a":[1]}')) == read(memoryview(b'{"a":[1]}'))


@given(json_values)
def test_what_is_written_is_read_again_by_either(value: Any) -> None:
    for written in (dumps(value), _json.dumps_plainly(value)):
        assert value == loads(written) == _json.loads_plainly(written)


@given(json_values)
def test_indented_text_is_the_same_by_either_but_for_the_exponents_of_numbers(value: Any) -> None:
    given = {"value": value}
    ours, plain = indented(given), _json.indented_plainly(given)
    assert given == _json.loads_plainly(ours.encode("utf-8")) == _json.loads_plainly(plain.encode("utf-8"))
    assert len(ours.splitlines()) == len(plain.splitlines())


def test_half_a_surrogate_pair_is_left_in_indented_text() -> None:
    assert indented({"name": "\udcff"}) == '{\n  "name": "\udcff"\n}'


def test_numbers_beyond_64_bits_are_written() -> None:
    assert str(10**30).encode() == dumps(10**30)


@pytest.mark.parametrize("value", [{1, 2}, object(), b"bytes", [float("nan"), 10**30]])
def test_what_json_has_no_word_for_is_a_value_error(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        dumps(value)


def test_a_value_that_contains_itself_is_a_value_error() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(ValueError, match=r".+"):
        dumps(loop)
