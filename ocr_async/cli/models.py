"""``ocr-async models``: what can be asked, for how much, within which limits, and what is missing to ask it."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import asdict, frozen

from .. import pricing, providers
from ..call.prices import from_file
from ..errors import ConfigurationError
from .messages import WORDS, fail, printable


__all__ = ["main"]

# To learn the facts of a model whose key or address is missing: nothing is connected to.
_STAND_INS: Sequence[tuple[str | None, str | None]] = (("none", None), ("none", "http://127.0.0.1"))


@frozen
class _Row:
    """
    One model, or a provider whose models nobody can list.

    Attributes:
        lacking: What is missing to ask it; None if it is ready.
    """

    provider: str
    model: str
    facts: providers.Facts
    price: pricing.Price | None
    lacking: str | None

    @property
    def name(self) -> str:
        return f"{self.provider}/{self.model}" if self.model else self.provider

    def keys(self) -> dict[str, bool]:
        return {name: bool(os.environ.get(name)) for name in self.facts.variables}


def main(arguments: argparse.Namespace) -> int:
    """Print the models that *arguments* name, or all that are known; return the exit code."""
    try:
        rows = list(_chosen(arguments.models, from_file(os.environ)))
    except ConfigurationError as error:
        return fail("ocr-async", error)
    if arguments.json:
        print(json.dumps([_told(row) for row in rows], indent=2))
    elif arguments.models:
        print("\n\n".join(printable(_details(row), lines=True) for row in rows))
    else:
        _print_table(rows)
    return 0


def _chosen(named: Sequence[str], prices: Mapping[str, pricing.Price]) -> Iterator[_Row]:
    if not named:
        for provider in providers.names():
            yield from _of_provider(provider, prices)
    for name in named:
        provider, _, model = name.partition("/")
        if providers.provider_class(provider) is None:
            known = ", ".join(providers.names())
            raise ConfigurationError(f'"{name}" names no provider; there is {known}')
        if model:
            yield _row(provider, model, prices)
        else:
            yield from _of_provider(provider, prices)


def _of_provider(name: str, prices: Mapping[str, pricing.Price]) -> Iterator[_Row]:
    cls = providers.provider_class(name)
    if cls is not None:
        yield from (_row(name, model, prices) for model in cls.facts.models or ("",))


def _row(name: str, model: str, prices: Mapping[str, pricing.Price]) -> _Row:
    cls = providers.provider_class(name)
    assert cls is not None
    facts, lacking = _connected(cls, model)
    return _Row(name, model, facts, pricing.expected(name, model, prices), lacking or facts.lacking(model))


def _connected(cls: type[providers.Provider], model: str) -> tuple[providers.Facts, str | None]:
    """Return the facts of *model*, and why it cannot be asked as things are."""
    refusal: str | None = None
    for key, base in ((None, None), *_STAND_INS):
        try:
            found = cls.connect(model=model, api_key=key, api_base=base, headers={}, environ=os.environ)
        except ConfigurationError as error:
            refusal = refusal or error.worded(WORDS).partition(". ")[0]
        else:
            return found.facts, refusal
    return cls.facts, refusal


def _told(row: _Row) -> Mapping[str, Any]:
    facts = row.facts
    return {
        "model": row.name,
        "provider": row.provider,
        "local": facts.local,
        "ready": row.lacking is None,
        "lacking": row.lacking,
        "keys": row.keys(),
        "price": None if row.price is None else asdict(row.price),
        "max_pages": facts.max_pages,
        "max_bytes": facts.max_bytes,
        "max_concurrency": facts.max_concurrency,
        "takes_urls": facts.takes_urls,
        "takes_file_ids": facts.takes_file_ids,
        "pages_as_pictures": facts.pictures is not None,
        "options": sorted(facts.options),
    }


def _details(row: _Row) -> str:
    facts = row.facts
    keys = ", ".join(f"{name} ({'set' if found else 'not set'})" for name, found in row.keys().items())
    lines = {
        "ready": "yes" if row.lacking is None else f"no: {row.lacking}",
        "key": keys or "none is needed",
        "price": _price(row.price),
        "pages": f"at most {facts.max_pages} in a request" if facts.max_pages else "",
        "size": f"at most {facts.max_bytes / 1e6:.0f} MB" if facts.max_bytes else "",
        "requests": f"at most {facts.max_concurrency} at once" if facts.max_concurrency else "",
        "documents": _documents(facts),
        "options": ", ".join(sorted(facts.options)) or "none",
    }
    return "\n".join([row.name, *(f"  {name:<10} {value}" for name, value in lines.items() if value)])


def _price(price: pricing.Price | None) -> str:
    if price is None:
        return "unknown"
    parts = [f"{price.page * 1000:g} USD for 1000 pages"]
    if price.by_token:
        parts = [f"{price.input_token * 1e6:g} USD for a million tokens read, {price.output_token * 1e6:g} written"]
        if price.page:
            parts.append(f"{price.page * 1000:g} for 1000 pages besides")
    if price.annotated_page is not None and price.annotated_page != price.page:
        parts.append(f"{price.annotated_page * 1000:g} with annotations")
    if price.batch_discount:
        parts.append(f"{price.batch_discount:.0%} less in batch jobs of its own")
    if not price.source:
        return ", ".join(parts)
    doubt = "" if price.verified else "; not the provider's own word"
    return f"{', '.join(parts)} ({price.source}{f', read {price.read}' if price.read else ''}{doubt})"


def _documents(facts: providers.Facts) -> str:
    if facts.local:
        return "stay on this machine; URLs are downloaded"
    if facts.pictures is not None:
        return "page by page, as pictures"
    return "downloaded by the provider where they are URLs" if facts.takes_urls else "sent, URLs too"


def _print_table(rows: Sequence[_Row]) -> None:
    lines = [("MODEL", "USD / 1000 PAGES", "READY")]
    for row in rows:
        cost = "?"
        if row.price is not None and row.price.by_token:
            cost = "by token"
        elif row.price is not None:
            cost = f"{'' if row.price.verified else '~'}{row.price.page * 1000:g}"
        name = row.name if row.model or row.facts.local else f"{row.name}/…"
        lines.append((name, cost, f"no: {row.lacking}" if row.lacking else "yes"))
    widths = [max(len(line[column]) for line in lines) for column in range(2)]
    for name, cost, ready in lines:
        print(printable(f"{name:<{widths[0]}}  {cost:>{widths[1]}}  {ready}"))
