"""
Whole pages on which what stands side by side looks like the rows of a table and is none; see `drawn_pages`.

Lists on slides, the margin of a curriculum vitae, whose lines keep to distances of their own, and the short answers of
Chinese exams.
"""

from __future__ import annotations

import random

from .drawn_books import hanzi
from .drawn_pages import NAMES, Block, Page, add_heading, add_text, picture, prose, sentence


__all__ = ["chinese_exam", "curriculum", "slide"]

FONT = 'font-family:"Droid Sans Fallback","Noto Sans CJK SC",sans-serif'
SIGNS = "ABCD"


def _list(chance: random.Random, page: Page, least: int = 3, most: int = 5) -> None:
    said = [sentence(chance, 3, 9) for _ in range(chance.randint(least, most))]
    page.add(
        "<ul style='margin:2pt 0;padding-left:14pt'>" + "".join(f"<li>{each}</li>" for each in said) + "</ul>",
        *(Block("text", each) for each in said),
    )


def _beside(page: Page, parts: list[tuple[str, Page]], gap: int) -> None:
    """Add *parts*, each with its style, side by side."""
    inner = "".join(f"<div style='{style}'>{part.html}</div>" for style, part in parts)
    page.add(
        f"<div style='display:flex;gap:{gap}pt'>{inner}</div>", *(block for _, part in parts for block in part.blocks)
    )


def slide(chance: random.Random, page: Page) -> None:
    """A title, a sentence perhaps, and two lists or three side by side, under heads or without."""
    inner = Page()
    add_heading(chance, inner, 20)
    if chance.random() < 0.4:
        add_text(inner, prose(chance, 1))
    heads = chance.random() < 0.5
    parts: list[tuple[str, Page]] = []
    for _ in range(chance.choice((2, 2, 3))):
        part = Page()
        if heads:
            add_heading(chance, part, 14)
        _list(chance, part)
        parts.append(("flex:1", part))
    _beside(inner, parts, chance.choice((12, 24)))
    if chance.random() < 0.4:
        add_text(inner, prose(chance, 1), "margin-top:12pt")
    page.add(f"<div style='font-size:150%'>{inner.html}</div>", *inner.blocks)


def curriculum(chance: random.Random, page: Page) -> None:
    """What somebody has done, and in the margin where they live and what they know."""
    margin, main = Page(), Page()
    for _ in range(chance.randint(3, 4)):
        add_heading(chance, margin, 11)
        if chance.random() < 0.6:
            _list(chance, margin, 2, 4)
        else:
            for _ in range(chance.randint(2, 4)):
                add_text(margin, f"{chance.choice(NAMES)} {chance.choice(NAMES).lower()}", "margin:2pt 0")
    add_heading(chance, main, 18, text=f"{chance.choice(NAMES)} {chance.choice(NAMES)}")
    add_text(main, prose(chance, 2))
    for _ in range(chance.randint(2, 3)):
        add_heading(chance, main, 13)
        for _ in range(chance.randint(2, 3)):
            add_text(main, f"{sentence(chance, 2, 4)[:-1]}, {chance.choice(NAMES)} ({chance.randint(1990, 2020)})")
            add_text(main, prose(chance, 2), "margin-bottom:7pt")
    ground = chance.choice(("", "background:#dde;padding:8pt"))
    _beside(page, [(f"width:140pt;{ground}", margin), ("flex:1", main)], chance.choice((16, 28)))


def chinese_exam(chance: random.Random, page: Page) -> None:
    """Questions in two columns or one: with answers in one, two or four a row, blanks, and room for an answer."""
    head, inner = Page(), Page()
    add_heading(chance, head, 16, "text-align:center", hanzi(chance, 8, 12))
    mark = chance.choice(("．", "、", ". "))
    usual, number = chance.choice((1, 2, 4)), 0
    for name, count in (("一、选择题", chance.randint(5, 7)), ("二、填空题", chance.randint(3, 5)), ("三、解答题", 2)):
        add_heading(chance, inner, 11, text=name)
        for _ in range(count):
            number += 1
            task = Page()
            if name[0] == "一":
                _choice(chance, task, f"{number}{mark}", chance.choice((1, 2, 4)) if chance.random() < 0.2 else usual)
            elif name[0] == "二":
                before, after = hanzi(chance, 6, 14), hanzi(chance, 2, 8)
                blank = "<span style='display:inline-block;width:60pt;border-bottom:.6pt solid #000'></span>"
                task.add(f"<div>{number}{mark}{before}{blank}{after}。</div>", Block("text", f"{number}{mark}{before}"))
                task.blocks.append(Block("text", f"{after}。"))
            else:
                add_text(task, f"{number}{mark}" + "，".join(hanzi(chance, 6, 12) for _ in range(4)) + "。")
                task.html += f"<div style='height:{chance.randint(40, 90)}pt'></div>"
            inner.add(f"<div style='break-inside:avoid;margin-bottom:5pt'>{task.html}</div>", *task.blocks)
    columns = f"column-count:{chance.choice((1, 2, 2))};column-gap:20pt"
    page.add(f"<div style='{FONT}'>{head.html}<div style='{columns}'>{inner.html}</div></div>")
    page.blocks.extend((*head.blocks, *inner.blocks))


def _choice(chance: random.Random, task: Page, mark: str, in_row: int) -> None:
    """Add a question with four answers, *in_row* of them beside each other, and with a figure perhaps."""
    asked = f"{mark}{hanzi(chance, 8, 26)}（&emsp;）"
    shown = f"<img src='{picture(chance, 20, 20)}' style='float:right;width:50pt;height:44pt'>"
    add_text(task, (shown if chance.random() < 0.2 else "") + asked)
    task.blocks[-1] = Block("text", asked.removesuffix("（&emsp;）"))
    answers = [f"{sign}. {hanzi(chance, 1, 12 // in_row)}" for sign in SIGNS]
    task.add(
        f"<div style='display:grid;grid-template-columns:repeat({in_row},1fr)'>"
        + "".join(f"<div>{each}</div>" for each in answers)
        + "</div>",
        *(Block("text", each) for each in answers),
    )
