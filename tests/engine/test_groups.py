"""Things are grouped in their order, each once."""

from __future__ import annotations

from itertools import chain, pairwise

from hypothesis import given
from hypothesis import strategies as st

from ocr_async.engine.groups import in_groups, in_runs


NUMBERS = st.lists(st.integers(0, 20))


def near(group: list[int], number: int) -> bool:
    return abs(group[-1] - number) < 2


@given(NUMBERS)
def test_runs_are_cut_where_a_thing_does_not_go_on(numbers: list[int]) -> None:
    runs = in_runs(numbers, near)
    assert list(chain.from_iterable(runs)) == numbers
    assert all(near([before], after) for run in runs for before, after in pairwise(run))
    assert not any(near(before, after[0]) for before, after in pairwise(runs))


@given(NUMBERS)
def test_a_thing_is_in_the_first_group_that_takes_it(numbers: list[int]) -> None:
    groups = in_groups(numbers, lambda group, number: group[0] % 3 == number % 3)
    assert groups == [[each for each in numbers if each % 3 == rest] for rest in dict.fromkeys(n % 3 for n in numbers)]
