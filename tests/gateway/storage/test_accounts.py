"""Keys and what they spent, in every storage."""

from __future__ import annotations

import time

import pytest

from ocr_async.gateway.storage.accounts import AliasTaken, Charge, Key, KeyGone, SpendRow, Spent, digest
from ocr_async.gateway.storage.port import Storage


pytestmark = pytest.mark.anyio

DAY = 86_400
NOON = 1_700_000_000.0 // DAY * DAY + DAY / 2  # of Tuesday, 2023-11-14


def charge(key: Key, pages: int, at: float = NOON, model: str = "ocr") -> Charge:
    return Charge(key=key, model=model, pages=pages, usd=pages / 8, at=at)


async def test_a_key_is_found_by_what_it_is_known_by_and_with_all_its_limits(storage: Storage) -> None:
    accounts = storage.accounts
    limits = {
        "models": ["a", "b"], "rpm": 5, "pages_per_minute": 6, "max_concurrency": 7, "budget_pages": 8,
        "budget_usd": 0.125, "budget_period": "week", "expires": NOON,
    }  # fmt: skip
    text, key = await accounts.create("team", 12.5, **limits)
    assert key == Key(
        id=key.id,
        alias="team",
        digest=digest(text),
        tail=text[-4:],
        created=12.5,
        **limits | {"models": ("a", "b")},  # type: ignore[arg-type]
    )
    assert [
        await accounts.find(key_id=key.id),
        await accounts.find(digest=digest(text)),
        await accounts.find(alias="team"),
        await accounts.find(key_id="team", alias="team"),
    ] == [key] * 4
    assert await accounts.find(key_id="x", digest=digest("x"), alias="x") is None
    assert await accounts.in_use() == [key]


async def test_a_page_of_keys_has_those_in_use_in_the_order_in_which_they_were_made(storage: Storage) -> None:
    accounts = storage.accounts
    made = [(await accounts.create(alias, at))[1] for at, alias in enumerate("dcba")]
    await accounts.revoke([made[1].id], 9.0)
    assert await accounts.select(0, 2) == (3, [made[0], made[2]])
    assert await accounts.select(2, 2) == (3, [made[3]])
    assert await accounts.select(4, 2) == (3, [])


async def test_a_key_without_limits_has_none(storage: Storage) -> None:
    _, key = await storage.accounts.create("team", 1.0)
    assert not key.limited
    assert key.models is None


async def test_an_alias_is_one_keys_as_long_as_that_is_in_use(storage: Storage) -> None:
    accounts = storage.accounts
    _, first = await accounts.create("team", 1.0)
    _, other = await accounts.create("other", 2.0)
    with pytest.raises(AliasTaken):
        await accounts.create("team", 3.0)
    with pytest.raises(AliasTaken):
        await accounts.update(other.id, "team")
    await accounts.revoke([first.id], 4.0)
    assert (await accounts.update(other.id, "team")).alias == "team"
    assert [key.alias for key in await accounts.in_use()] == ["team"]


async def test_an_update_changes_what_it_names_and_takes_away_what_it_names_as_none(storage: Storage) -> None:
    accounts = storage.accounts
    _, key = await accounts.create("team", 1.0, rpm=5, budget_usd=2.0)
    changed = await accounts.update(key.id, None, rpm=None, budget_pages=7)
    assert (changed.alias, changed.rpm, changed.budget_usd, changed.budget_pages) == ("team", None, 2.0, 7)
    assert await accounts.find(key_id=key.id) == changed


async def test_a_revoked_key_is_no_more_and_stays_so(storage: Storage) -> None:
    accounts = storage.accounts
    text, key = await accounts.create("team", 1.0)
    await accounts.revoke([key.id, "unknown"], 2.0)
    await accounts.revoke([key.id], 3.0)
    assert await accounts.find(key_id=key.id, digest=digest(text), alias="team") is None
    with pytest.raises(KeyGone):
        await accounts.update(key.id, "again")


async def test_what_was_spent_is_told_at_once_and_written_down_by_key_model_and_day(storage: Storage) -> None:
    accounts = storage.accounts
    _, key = await accounts.create("team", 1.0, budget_period="day")
    _, whole = await accounts.create("whole", 1.0)
    await accounts.start()
    await accounts.look()
    for one in (charge(key, 1), charge(key, 2), charge(key, 4, NOON - DAY), charge(whole, 8, model="b")):
        accounts.record(one)
    await accounts.settled()
    totals = await accounts.totals([key, whole], NOON)
    assert totals == {key.id: Spent(pages=3, usd=3 / 8), whole.id: Spent(pages=8, usd=1.0)}
    assert await accounts.totals([key], NOON + DAY) == {}
    await accounts.look()
    assert await accounts.totals([key, whole], NOON) == totals
    assert await accounts.spend() == [
        SpendRow(key.id, "team", "ocr", "2023-11-13", 1, 4, 0.5),
        SpendRow(key.id, "team", "ocr", "2023-11-14", 2, 3, 3 / 8),
        SpendRow(whole.id, "whole", "b", "2023-11-14", 1, 8, 1.0),
    ]


async def test_a_look_tells_of_keys_when_they_changed(storage: Storage) -> None:
    accounts = storage.accounts
    await accounts.start()
    first = await accounts.look()
    assert first is not None
    assert list(first[0]) == []
    assert await accounts.look() is None
    _, key = await accounts.create("team", time.time())
    found = await accounts.look()
    assert found is not None
    assert found[0] == [key]
    assert await accounts.look() is None


async def test_another_secret_signs_from_the_next_look_on_under_the_same_mark(storage: Storage) -> None:
    accounts = storage.accounts
    await accounts.start()
    await accounts.look()
    before = storage.files.signing
    await accounts.replace_secret()
    await accounts.look()
    after = storage.files.signing
    assert before.mark == after.mark
    assert before.secret != after.secret
