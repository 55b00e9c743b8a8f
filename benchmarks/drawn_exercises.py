"""
Sheets of exercises of random layout: numbers on discs, sentences with a blank in them, sums, pictures in a row, boxes
to tick behind their answers; and Chinese exams with a rule between their columns. See `drawn_pages`.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from .drawn_books import hanzi
from .drawn_pages import NAMES, WORDS, Block, Page, sentence, title


__all__ = ["exercises", "ruled_exam"]

LINE = "display:inline-block;border-bottom:.8pt solid #000"
ROUND = (
    "display:inline-block;background:#356;color:#fff;border-radius:50%;width:15pt;line-height:15pt;text-align:center"
)


def exercises(chance: random.Random, page: Page) -> None:
    """Exercises one below the other, each with its number on a disc."""
    name = title(chance)
    page.add(
        f"<div style='display:flex;justify-content:space-between'><b style='font-size:20pt'>{name}</b>"
        "<span>Name: ____________ Date: ________</span></div>",
        Block("heading", name),
        Block("text", "Name: ____________ Date: ________"),
    )
    kinds: list[Callable[[random.Random, Page], None]] = [_blanks, _ticks, _sums, _pictures, _bank]
    for number, kind in enumerate(chance.sample(kinds, 4), 1):
        asked = f"{title(chance)}, and {title(chance).lower()}"
        page.add(
            f"<p style='margin:10pt 0 3pt;font-weight:bold'><span style='{ROUND}'>{number}</span> {asked}</p>",
            Block("heading", f"{number} {asked}"),
        )
        kind(chance, page)


def _blanks(chance: random.Random, page: Page) -> None:
    for number in range(1, chance.randint(4, 6)):
        words = sentence(chance, 12, 20).split()
        at, wide = chance.randint(2, 8), chance.randint(50, 90)
        before, after = f"{number}. {' '.join(words[:at])}", " ".join(words[at + 1 :])
        page.add(
            f"<p style='margin:3pt 0 3pt 22pt'>{before} <span style='{LINE};width:{wide}pt'>&nbsp;</span> {after}</p>",
            Block("text", f"{before} {after}"),
        )


def _ticks(chance: random.Random, page: Page) -> None:
    first, second = chance.choice((("T", "F"), ("Yes", "No"), ("true", "false")))
    box = "<span style='display:inline-block;width:9pt;height:9pt;border:.8pt solid'></span>"
    for number in range(1, chance.randint(4, 6)):
        said = f"{number}. {sentence(chance, 4, 8)}"
        page.add(
            f"<div style='display:flex;justify-content:space-between;margin:2pt 0 2pt 22pt;max-width:420pt'>"
            f"<span>{said}</span><span>{first} {box} {second} {box}</span></div>",
            Block("text", f"{said} {first} {second}"),
        )


def _sums(chance: random.Random, page: Page) -> None:
    columns = chance.choice((2, 3, 3))
    sums = [f"{chance.randint(10, 99)} {chance.choice('+×')} {chance.randint(2, 40)} =" for _ in range(3 * columns)]
    page.add(
        f"<div style='display:grid;grid-template-columns:repeat({columns},1fr);row-gap:8pt;margin-left:22pt'>"
        f"{''.join(f'<div>{each} ____</div>' for each in sums)}</div>",
        *(Block("text", each) for each in sums),
    )


def _pictures(chance: random.Random, page: Page) -> None:
    def shown() -> str:
        discs = "".join(
            f"<circle cx={chance.randint(5, 105)} cy={chance.randint(5, 75)} r={chance.randint(4, 24)} "
            f"fill='hsl({chance.randint(0, 359)},40%,{chance.randint(30, 80)}%)' />"
            for _ in range(12)
        )
        return f"<svg width=110 height=80 style='display:block'><rect width=110 height=80 fill='#cdc' />{discs}</svg>"

    cell = "<div>{}<div style='border-bottom:.8pt solid #000;height:16pt;width:82pt'></div></div>"
    cells = "".join(cell.format(shown()) for _ in range(4))
    page.add(f"<div style='display:grid;grid-template-columns:repeat(4,1fr);margin-left:22pt'>{cells}</div>")


def _bank(chance: random.Random, page: Page) -> None:
    words = chance.sample([*WORDS, *NAMES], 6)
    page.add(
        "<div style='border:1pt solid #356;border-radius:8pt;padding:4pt 15pt;margin:3pt 22pt;display:flex;"
        f"justify-content:space-around'>{''.join(f'<span>{word}</span>' for word in words)}</div>",
        Block("text", " ".join(words)),
    )
    _blanks(chance, page)


def ruled_exam(chance: random.Random, page: Page) -> None:
    """A Chinese exam in two columns with a rule between: answers side by side, gaps in brackets, lines to write on."""
    name = f"{hanzi(chance, 4, 4)}试卷"
    page.add(f"<h2 style='text-align:center'>{name}</h2>", Block("heading", name))
    inner = Page()
    for number in range(1, chance.randint(9, 12)):
        if chance.random() < 0.5:
            asked = f"{number}．{hanzi(chance, 8, 24)}（"
            inner.add(f"<p style='margin:3pt 0'>{asked}　　）</p>", Block("text", f"{asked} ）"))
            answers = [f"{letter}．{hanzi(chance, 4, 7)}" for letter in "ABCD"]
            inner.add(
                f"<div style='display:grid;grid-template-columns:repeat({chance.choice((2, 4))},1fr);margin-left:18pt'>"
                f"{''.join(f'<span>{answer}</span>' for answer in answers)}</div>",
                *(Block("text", answer) for answer in answers),
            )
        elif chance.random() < 0.5:
            before, after = f"{number}．{hanzi(chance, 4, 12)}", hanzi(chance, 4, 14)
            blank = f"<span style='{LINE};width:{chance.randint(40, 80)}pt'>&nbsp;</span>"
            inner.add(f"<p style='margin:3pt 0'>{before}{blank}{after}</p>", Block("text", before + after))
        else:
            asked = f"{number}．{hanzi(chance, 10, 26)}？"
            lines = "<div style='border-bottom:.8pt solid #000;height:16pt'></div>" * chance.randint(1, 3)
            inner.add(f"<p style='margin:3pt 0'>{asked}</p>{lines}", Block("text", asked))
    page.add(
        f"<div style='columns:2;column-gap:26pt;column-rule:.8pt solid #000;line-height:1.5'>{inner.html}</div>",
        *inner.blocks,
    )
