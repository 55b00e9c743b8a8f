"""Budgets that are whole again with the calendar, and keys that are changed."""

from __future__ import annotations

import datetime
import json
import time
from itertools import product
from pathlib import Path
from typing import get_args

import anyio
import anyio.to_thread
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from ocr_async.gateway.access.control import Access, Demand, Key, Spent, digest
from ocr_async.gateway.periods import Period, day_of, end_of, start_of
from ocr_async.gateway.storage.accounts import Charge
from ocr_async.gateway.storage.local import open_accounts
from tests.gateway.conftest import Start, configured, mistral_at
from tests.gateway.test_access import Clock, refused, use
from tests.gateway.test_files import MASTER
from tests.gateway.test_keys import ask, command
from tests.upstream import Upstream


PERIODS: tuple[Period, ...] = get_args(Period)


def at(text: str) -> float:
    return datetime.datetime.fromisoformat(f"{text}+00:00").timestamp()


@pytest.mark.parametrize(
    ("period", "now", "start", "end"),
    [
        ("day", "2026-11-28T00:00:00", "2026-11-28", "2026-11-29"),
        ("day", "2026-12-31T23:59:59", "2026-12-31", "2027-01-01"),
        ("week", "2026-11-29T12:00:00", "2026-11-23", "2026-11-30"),  # a Sunday
        ("week", "2026-11-30T00:00:00", "2026-11-30", "2026-12-07"),
        ("month", "2028-02-29T23:59:59", "2028-02-01", "2028-03-01"),
        ("month", "2026-12-31T23:59:59", "2026-12-01", "2027-01-01"),
    ],
)
def test_periods_are_those_of_the_calendar(period: Period, now: str, start: str, end: str) -> None:
    assert (start_of(period, at(now)), end_of(period, at(now))) == (start, end)


@given(st.sampled_from(PERIODS), st.floats(0, 4e9))
def test_each_moment_is_in_one_period(period: Period, now: float) -> None:
    assert start_of(period, now) <= day_of(now) < end_of(period, now)
    assert start_of(period, at(f"{end_of(period, now)}T00:00:00")) == end_of(period, now)


@pytest.mark.parametrize("period", PERIODS)
def test_a_budget_is_whole_again_when_its_period_begins(period: Period) -> None:
    clock = Clock(at("2026-11-28T12:00:00"))
    key = Key(id="1", alias="team", digest=digest("sk-team"), budget_pages=3, budget_period=period)
    on = Access(master=digest("sk-master"), clock=clock, today=clock)
    on.agree([key], {"1": Spent(pages=2)})
    with on.admit(key, "ocr", Demand(pages=1)) as reservation:
        assert "whole again on" in str(refused(lambda: use(on, key)))
        clock.now = at(f"{end_of(period, clock.now)}T00:00:00") - 1.0
        assert refused(lambda: use(on, key)).code == "budget_exceeded"
        clock.now += 1.0
        use(on, key, 2)
        reservation.charge(1, 0.0)  # what ends in the new period is of the new period
    assert on.spent(key).pages == 3
    assert refused(lambda: use(on, key)).retry_after is None
    clock.now -= 10.0  # a clock that is put back gives nothing
    assert refused(lambda: use(on, key)).code == "budget_exceeded"


def test_a_key_that_gets_a_period_is_counted_by_it() -> None:
    clock = Clock(at("2026-11-28T12:00:00"))
    key = Key(id="1", alias="team", digest=digest("sk-team"), budget_pages=3)
    on = Access(master=digest("sk-master"), clock=clock, today=clock)
    on.agree([key], {"1": Spent(pages=100)})
    refused(lambda: use(on, key))
    monthly = evolve(key, budget_period="month")
    on.agree([monthly], {"1": Spent(pages=1)})
    use(on, monthly, 2)
    refused(lambda: use(on, monthly))


@pytest.mark.anyio
async def test_spend_is_summed_from_the_first_day_of_each_keys_period(tmp_path: Path) -> None:
    days = ("2026-10-31", "2026-11-01", "2026-11-22", "2026-11-23", "2026-11-27", "2026-11-28")
    async with open_accounts(tmp_path) as accounts:
        for alias in ("ever", *PERIODS):
            await accounts.create(alias, 1.0, budget_period=alias if alias in PERIODS else None)
        keys = await accounts.in_use()
        await accounts.start()
        for key, day in product(keys, days):
            accounts.record(Charge(key=key, model="ocr", pages=1, usd=0.5, at=at(f"{day}T12:00:00")))
        await accounts.look()
        totals = await accounts.totals(keys, at("2026-11-28T12:00:00"))
        await accounts.close()
    assert {key.alias: totals[key.id].pages for key in keys} == {"ever": 6, "day": 1, "week": 3, "month": 5}


@pytest.mark.anyio
async def test_a_key_of_an_earlier_version_is_one_without_a_period(tmp_path: Path) -> None:
    facts = json.dumps({"models": ["ocr"], "budget_usd": 1.5, "expires": 9.0})
    row = ("id", digest("sk-old"), "old", "-old", facts, 7.0)
    old = Key(
        id="id", alias="old", digest=digest("sk-old"), tail="-old", models=("ocr",), budget_usd=1.5, expires=9.0,
        created=7.0,
    )  # fmt: skip
    async with open_accounts(tmp_path) as accounts:
        await accounts.database.change("INSERT INTO keys VALUES ($1, $2, $3, $4, $5, $6, NULL)", *row)
        assert await accounts.in_use() == [old]
        new = evolve(old, alias="new", budget_period="week", models=None)
        assert await accounts.update("id", "new", budget_period="week", models=None) == new
        assert await accounts.in_use() == [new]


# --- as people do it ----------------------------------------------------------------------------------------------


def test_a_key_is_changed_where_it_is_named_and_nowhere_else(tmp_path: Path) -> None:
    made = command(tmp_path, "create", "a", "--budget-usd", "5", "--budget-period", "month", "--rpm", "7")
    assert made.returncode == 0
    before = json.loads(command(tmp_path, "list", "--json").stdout)[0]
    done = command(tmp_path, "update", "a", "--budget-usd", "9", "--models", "x,y", "--expires", "1d")
    assert (done.returncode, done.stdout) == (0, "")
    after = json.loads(command(tmp_path, "list", "--json").stdout)[0]
    assert time.time() + 86_000 < after.pop("expires") < time.time() + 87_000
    assert after == {**{n: v for n, v in before.items() if n != "expires"}, "budget_usd": 9.0, "models": ["x", "y"]}
    limits = ("--rpm", "none", "--budget-period", "none", "--models", "all", "--expires", "never", "--alias", "b")
    assert command(tmp_path, "update", "a", *limits).returncode == 0
    after = json.loads(command(tmp_path, "list", "--json").stdout)[0]
    changed = {"rpm": None, "budget_period": None, "models": None, "expires": None, "alias": "b", "budget_usd": 9.0}
    assert after == {**before, **changed}
    assert "of 9" in command(tmp_path, "list").stdout


def test_a_list_says_of_which_period_it_tells(tmp_path: Path) -> None:
    command(tmp_path, "create", "a", "--budget-usd", "5", "--budget-period", "week")
    assert "0.0000 of 5 this week" in command(tmp_path, "list").stdout


CANNOT_BE = [
    (("none", "--rpm", "1"), 'there is no key "none" in use'),
    (("a",), "nothing to change"),
    (("a", "--alias", "b"), 'there is a key "b" already'),
    (("a", "--alias", "master"), "an alias is 1 to 64"),
    (("a", "--expires", "soon"), '--expires "soon" is no time such as'),
    (("a", "--budget-period", "year"), "invalid choice"),
]


def test_a_change_that_cannot_be_is_told(tmp_path: Path) -> None:
    for alias in ("a", "b"):
        command(tmp_path, "create", alias)
    before = command(tmp_path, "list", "--json").stdout
    for arguments, told in CANNOT_BE:
        done = command(tmp_path, "update", *arguments)
        assert (done.returncode, told in done.stderr) == (2, True), arguments
    assert command(tmp_path, "list", "--json").stdout == before


@pytest.mark.anyio
async def test_a_running_gateway_takes_the_change(start: Start, upstream: Upstream, tmp_path: Path) -> None:
    data = tmp_path / "data"
    made = await anyio.to_thread.run_sync(lambda: command(data, "create", "a", "--budget-pages", "3"))
    config = await configured(tmp_path, mistral_at(upstream), general_settings={"master_key": MASTER})
    async with start(config) as gateway:
        key = made.stdout.strip()
        assert await ask(gateway, key) == (200, None)
        assert await ask(gateway, key) == (429, "budget_exceeded")
        changed = await anyio.to_thread.run_sync(lambda: command(data, "update", "a", "--budget-pages", "8"))
        assert changed.returncode == 0
        with anyio.fail_after(10):
            while (found := await ask(gateway, key)) == (429, "budget_exceeded"):
                await anyio.sleep(0.1)
        assert found == (200, None)
