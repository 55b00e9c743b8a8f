from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ocr_async.engine.disjoint_sets import DisjointSets


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9))))
def test_what_a_chain_of_pairs_connects_is_one_set(pairs: list[tuple[int, int]]) -> None:
    sets = DisjointSets()
    for one, other in pairs:
        sets.join(one, other)
    connected = {number: {number} for number in range(10)}
    for one, other in pairs:
        both = connected[one] | connected[other]
        for number in both:
            connected[number] = both
    assert all(
        (sets.find(one) == sets.find(other)) == (other in connected[one]) for one in range(10) for other in range(10)
    )
