"""Frozen objects that are made or copied past attrs' own, slower way: they are the same objects."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from attrs import Factory, field, frozen

from ocr_async.models._drafts import changer, maker


@frozen(kw_only=True)
class Thing:
    name: str
    size: int | None = None
    extra: dict[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class Larger(Thing):
    parts: list[str] = Factory(list)


@pytest.mark.parametrize("cls", [Thing, Larger])
def test_what_is_made_is_what_the_class_makes(cls: Any) -> None:
    made = maker(cls)(name="a", size=3)
    assert made == cls(name="a", size=3)
    assert type(made) is cls
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        made.name = "b"


def test_defaults_that_are_made_are_made_for_each() -> None:
    one, other = maker(Thing)(name="a"), maker(Thing)(name="b")
    one.extra["x"] = 1
    assert other == Thing(name="b")


def test_what_is_needed_cannot_be_left_out() -> None:
    with pytest.raises(TypeError, match="name"):
        maker(Thing)(size=3)


def test_a_copy_differs_in_what_was_changed_alone() -> None:
    thing: Any = Larger(name="a", size=3, extra={"x": 1}, parts=["p"])
    copy: Any = changer(Larger, "name", "size")(thing, name="b", size=None)
    assert copy == attrs.evolve(thing, name="b", size=None)
    assert type(copy) is Larger
    assert thing == Larger(name="a", size=3, extra={"x": 1}, parts=["p"])
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        copy.name = "c"  # type: ignore[misc]  # on purpose
