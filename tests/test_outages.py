"""A provider that is down, before calls that have somebody else to ask: it costs them no time, and is found back."""

from __future__ import annotations

import anyio
import pytest

from ocr_async import OCRResponse, RetryPolicy, aocr
from ocr_async.errors import ProviderUnavailable
from ocr_async.events import Event, FallbackTaken, ProviderPaused, ProviderResumed
from tests.upstream import Exchange, Upstream, mistral_answer, opper_answer


pytestmark = pytest.mark.anyio

FIRST, SECOND = "mistral/mistral-ocr-latest", "opper/mistral/mistral-ocr-latest"
URL = "https://example.com/a.pdf"


class Services:
    """Mistral, which may be down or hang, and Opper, which is well."""

    def __init__(self) -> None:
        self.down = True
        self.hangs = False

    async def __call__(self, exchange: Exchange) -> None:
        await exchange.read()
        asked = exchange.received.json
        if exchange.received.path == "/v2/ocr":
            await exchange.json(opper_answer(asked, exchange.work()))
        elif self.hangs:
            await anyio.sleep_forever()
        elif self.down:
            await exchange.json({"message": "down"}, 503)
        else:
            await exchange.json(mistral_answer(asked, exchange.work()))


@pytest.fixture
def services(hosted: Upstream, monkeypatch: pytest.MonkeyPatch) -> Services:
    monkeypatch.setenv("OPPER_API_KEY", "sk-another")  # the same key at the same address would be one account
    hosted.default = found = Services()
    return found


async def ask(events: list[Event], *, fallbacks: tuple[str, ...] = (SECOND,)) -> OCRResponse:
    policy = RetryPolicy(base=0.01)
    return await aocr(URL, model=FIRST, fallbacks=fallbacks, retries=policy, on_event=events.append)


def first_asked(server: Upstream) -> int:
    return sum(request.path == "/v1/ocr" for request in server.requests)


async def test_it_is_skipped_until_it_is_found_back(hosted: Upstream, services: Services) -> None:
    events: list[Event] = []
    assert [(await ask(events)).provider for _ in range(4)] == ["opper"] * 4
    assert first_asked(hosted) == 5
    assert [event.patience for event in events if isinstance(event, ProviderPaused)] == [0.0]
    assert [event.error for event in events if isinstance(event, FallbackTaken)] == ["ProviderUnavailable"] * 4

    services.down = False
    await anyio.sleep(1.1)
    assert [(await ask(events)).provider for _ in range(2)] == ["mistral"] * 2
    assert sum(isinstance(event, ProviderResumed) for event in events) == 1


async def test_one_call_at_a_time_finds_out(hosted: Upstream, services: Services) -> None:
    events: list[Event] = []
    for _ in range(2):
        await ask(events)
    asked = first_asked(hosted)
    services.hangs = True
    await anyio.sleep(1.1)
    providers: list[str | None] = []

    async def one() -> None:
        providers.append((await ask(events)).provider)
        if len(providers) == 4:
            group.cancel_scope.cancel()

    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(one)
    assert providers == ["opper"] * 4
    assert first_asked(hosted) == asked + 1

    services.hangs = services.down = False  # a probe that was cancelled leaves the next one to another call
    assert (await ask(events)).provider == "mistral"


async def test_who_has_nobody_else_to_ask_asks_it_all_the_same(hosted: Upstream, services: Services) -> None:
    events: list[Event] = []
    for _ in range(2):
        await ask(events)
    asked = first_asked(hosted)
    with pytest.raises(ProviderUnavailable, match="down"):
        await ask(events, fallbacks=())
    assert first_asked(hosted) == asked + 4
