"""
Whole pages of random layout, as magazines, newspapers, exams and workbooks are laid out; see `drawn_pages`.

Those of `drawn_books` and `drawn_leaves` are among them: `laid_out` draws one of all.

What is said of them is in the order in which people read: an article to its end before the next one, a box where it
stands in its column, the left page before the right one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from . import drawn_beside, drawn_books, drawn_exercises, drawn_leaves
from .drawn_pages import WORDS, Block, Page, picture, prose, sentence, title


__all__ = ["LAYOUTS", "laid_out"]


def _heading(chance: random.Random, size: float, *, words: int = 0) -> tuple[str, Block]:
    text = title(chance) if not words else " ".join(chance.sample(WORDS, words)).capitalize()
    return f"<h3 style='font-size:{size}pt;margin:2pt 0 4pt;line-height:1.1'>{text}</h3>", Block("heading", text)


def _paragraphs(chance: random.Random, page: Page, count: int) -> None:
    indent = chance.choice(("", "text-indent:9pt;margin:0;"))
    for _ in range(count):
        text = prose(chance, chance.randint(2, 5))
        page.add(f"<p style='{indent}'>{text}</p>", Block("text", text))


def _box(chance: random.Random, page: Page) -> None:
    """Add a box that stands in its column: shaded or framed, with a heading and a few lines."""
    look = chance.choice(("background:#e4e8ee", "border:.8pt solid #000", "border-top:2pt solid #000"))
    html, head = _heading(chance, 9)
    inner = Page(html=html, blocks=[head])
    if chance.random() < 0.5:
        _paragraphs(chance, inner, 1)
    else:
        texts = [sentence(chance, 4, 9) for _ in range(3)]
        inner.add(
            "<ul style='padding-left:12pt;margin:2pt 0'>" + "".join(f"<li>{each}</li>" for each in texts) + "</ul>",
            *(Block("text", each) for each in texts),
        )
    page.add(
        f"<div style='break-inside:avoid;{look};padding:5pt;margin:6pt 0;font-size:90%'>{inner.html}</div>",
        *inner.blocks,
    )


def _quote(chance: random.Random, page: Page) -> None:
    text = sentence(chance, 8, 12)
    page.add(
        f"<div style='break-inside:avoid;font-size:150%;text-align:center;font-style:italic;margin:8pt 0'>{text}</div>",
        Block("text", text),
    )


def _columns(page: Page, inner: Page, count: int, chance: random.Random) -> None:
    gap, rule = chance.choice((9, 12, 18)), "column-rule:.5pt solid #555;" if chance.random() < 0.3 else ""
    side = chance.choice(("justify", "justify", "left"))
    page.add(
        f"<div style='column-count:{count};column-gap:{gap}pt;{rule}text-align:{side};hyphens:none'>{inner.html}</div>",
        *inner.blocks,
    )


def magazine(chance: random.Random, page: Page) -> None:
    """A headline, a lead, and columns in which boxes, quotes and pictures stand."""
    html, head = _heading(chance, chance.choice((22, 28)), words=4)
    page.add(html, head)
    lead = prose(chance, 2)
    page.add(f"<p style='font-size:130%'>{lead}</p>", Block("text", lead))
    inner = Page()
    for part in chance.sample((_box, _quote, _box), 3):
        _paragraphs(chance, inner, 3)
        part(chance, inner)
    if chance.random() < 0.5:
        inner.add(f"<img src='{picture(chance, 40, 24)}' style='width:100%;height:80pt'>")
    _paragraphs(chance, inner, 3)
    _columns(page, inner, chance.choice((2, 3)), chance)


def newspaper(chance: random.Random, page: Page) -> None:
    """Articles one below the other and side by side, each with a headline over its columns."""
    for _ in range(chance.randint(1, 2)):
        html, head = _heading(chance, chance.choice((18, 24)), words=5)
        page.add(html, head)
        inner = Page()
        _paragraphs(chance, inner, chance.randint(4, 7))
        _columns(page, inner, chance.choice((3, 4)), chance)
        page.add("<hr style='border:none;border-top:.6pt solid #000;margin:6pt 0'>")
    articles = []
    for wide in chance.sample((1, 2), 2):
        html, head = _heading(chance, 14, words=4)
        article = Page(html=html, blocks=[head])
        inner = Page()
        _paragraphs(chance, inner, 2 + 2 * wide)
        _columns(article, inner, wide, chance)
        articles.append((wide, article))
    page.add(
        "<div style='display:flex;gap:14pt'>"
        + "".join(f"<div style='flex:{wide} 1 0'>{article.html}</div>" for wide, article in articles)
        + "</div>",
        *(block for _, article in articles for block in article.blocks),
    )


def _answers(chance: random.Random) -> tuple[str, list[Block]]:
    """Four answers, two by two or in one row, of words or of numbers."""
    across = chance.choice((2, 2, 4))
    words = chance.random() < 0.5
    texts = [
        f"{sign} {' '.join(chance.sample(WORDS, chance.randint(1, 2))) if words else chance.randint(2, 960)}"
        for sign in (("(A)", "(B)", "(C)", "(D)") if chance.random() < 0.5 else ("a)", "b)", "c)", "d)"))
    ]
    cells = "".join(f"<div>{each}</div>" for each in texts)
    style = f"display:grid;grid-template-columns:repeat({across},auto);gap:0 9pt;text-align:left;margin:2pt 0 6pt 14pt"
    return f"<div style='{style}'>{cells}</div>", [Block("text", each) for each in texts]


def exam(chance: random.Random, page: Page) -> None:
    """Two columns of numbered questions, with answers, and figures between."""
    html, head = _heading(chance, 15)
    page.add(html, head)
    told = prose(chance, 1)
    page.add(f"<p>{told}</p>", Block("text", told))
    inner = Page()
    for number in range(1, chance.randint(9, 13)):
        asked = f"{number}. {prose(chance, chance.randint(1, 2))[:-1]}?"
        answers, blocks = _answers(chance)
        figure = ""
        if chance.random() < 0.2:
            figure = f"<div><img src='{picture(chance, 20, 12)}' style='width:90pt;height:45pt;margin-left:14pt'></div>"
        inner.add(
            f"<div style='break-inside:avoid'><div style='padding-left:14pt;text-indent:-14pt'>{asked}</div>"
            f"{figure}{answers}</div>",
            Block("text", asked),
            *blocks,
        )
    _columns(page, inner, 2, chance)


def workbook(chance: random.Random, page: Page) -> None:
    """Exercises with lines to write on, and a box of words beside what they are for."""
    for number in range(1, chance.randint(3, 5)):
        task = f"Exercise {number}. {sentence(chance, 5, 9)}"
        page.add(f"<p><b>{task}</b></p>", Block("text", task))
        sentences = [f"{letter}. {sentence(chance, 7, 11)}" for letter in "abcde"[: chance.randint(3, 5)]]
        line = "<div style='border-bottom:.5pt solid #000;height:11pt;margin-bottom:3pt'></div>"
        left = "".join(f"<div>{each}</div>{line}" for each in sentences)
        blocks = [Block("text", each) for each in sentences]
        if chance.random() < 0.6:
            hint = " ".join(chance.sample(WORDS, 8))
            page.add(
                f"<div style='display:flex;gap:12pt'><div style='flex:1'>{left}</div><div style='width:110pt;"
                f"align-self:flex-start;border:.8pt solid #000;padding:4pt'>{hint}</div></div>",
                *blocks,
                Block("text", hint),
            )
        else:
            page.add(left, *blocks)


def facing(chance: random.Random, page: Page) -> None:
    """Two pages on one sheet, each with a running head, columns and a page number."""
    first = 2 * chance.randint(1, 90)
    halves = []
    for number in (first, first + 1):
        half = Page()
        html, head = _heading(chance, 13)
        half.add(html, head)
        inner = Page()
        _paragraphs(chance, inner, chance.randint(6, 8))
        _columns(half, inner, chance.choice((1, 2)), chance)
        half.add(f"<div style='position:absolute;bottom:0;width:100%;text-align:center'>{number}</div>")
        halves.append(half)
    page.add(
        "<div style='display:flex;gap:60pt;height:170mm'>"
        + "".join(f"<div style='flex:1;position:relative'>{half.html}</div>" for half in halves)
        + "</div>",
        *(block for half in halves for block in half.blocks),
    )


def around(chance: random.Random, page: Page) -> None:
    """Two columns that run around what stands between them: a picture, with a caption or without, or a quotation."""
    width, gap, high, top = 230, 16, chance.choice((90, 130, 180)), chance.choice((0, 70, 140))
    wide = chance.choice((90, 130, 170))
    room = (wide - gap) / 2 + 8
    quoted = chance.random() < 0.4
    said = sentence(chance, 7, 10) if quoted or chance.random() < 0.5 else ""
    columns, edge = [], chance.choice(("justify", "left"))
    for side, other, left in (("right", "left", 0), ("left", "right", width + gap)):
        column = Page()
        _paragraphs(chance, column, chance.randint(5, 6))
        page.blocks.extend(column.blocks)
        columns.append(
            f"<div style='position:absolute;{other}:auto;left:{left}pt;top:0;width:{width}pt;text-align:{edge}'>"
            f"<div style='float:{side};width:0;height:{top}pt'></div>"
            f"<div style='float:{side};clear:{side};width:{room}pt;height:{high + 12}pt'></div>{column.html}</div>"
        )
    shown = f"<img src='{picture(chance, 40, 24)}' style='width:{wide}pt;height:{high - 30 * bool(said)}pt'>"
    look = "font-size:140%;font-style:italic" if quoted else "font-size:80%"
    place = f"left:{width + gap / 2 - wide / 2}pt;top:{top + 6}pt;width:{wide}pt;height:{high}pt"
    inset = f"{'' if quoted else shown}<div style='{look}'>{said}</div>"
    page.add(
        f"<div style='position:relative;height:270mm'>{''.join(columns)}"
        f"<div style='position:absolute;text-align:center;overflow:hidden;{place}'>{inset}</div></div>",
        *([Block("text", said)] if said else []),
    )


_WAYS: dict[str, Callable[[random.Random, Page], None]] = {
    "magazine": magazine,
    "columns around a picture": around,
    "newspaper": newspaper,
    "exam": exam,
    "workbook": workbook,
    "facing pages": facing,
    "notes in the margin": drawn_books.margin,
    "blanks, boxes and sums": drawn_books.questions,
    "textbook": drawn_books.textbook,
    "spread": drawn_books.spread,
    "brochure": drawn_books.brochure,
    "form": drawn_books.form,
    "letter": drawn_books.letter,
    "drop caps": drawn_books.drop_cap,
    "notes below columns": drawn_books.notes_below,
    "Chinese newspaper": drawn_books.chinese,
    "menu": drawn_leaves.menu,
    "recipe": drawn_leaves.recipe,
    "catalogue": drawn_leaves.catalogue,
    "questions and answers": drawn_leaves.faq,
    "dictionary": drawn_leaves.dictionary,
    "play": drawn_leaves.play,
    "poem": drawn_leaves.poem,
    "invoice": drawn_leaves.invoice,
    "letter with references": drawn_leaves.reference_letter,
    "poster": drawn_leaves.poster,
    "exam with marks": drawn_leaves.sums_exam,
    "Chinese magazine": drawn_leaves.chinese_magazine,
    "slide": drawn_beside.slide,
    "curriculum vitae": drawn_beside.curriculum,
    "Chinese exam": drawn_beside.chinese_exam,
    "exercises": drawn_exercises.exercises,
    "exam with a rule": drawn_exercises.ruled_exam,
}
_WIDE = ("facing pages", "spread", "brochure", "poster", "exam with a rule")
LAYOUTS: Sequence[str] = tuple(_WAYS)


def laid_out(chance: random.Random, of: Sequence[str] = LAYOUTS) -> Page:
    """Return a page that *chance* decides; its one feature is which *of* the layouts it has."""
    name = chance.choice(of)
    page = Page(features={name})
    _WAYS[name](chance, page)
    size, font = chance.choice((8.0, 9.0, 10.0)), chance.choice(("DejaVu Serif", "Liberation Serif", "DejaVu Sans"))
    shape = "page:wide;height:185mm" if name in _WIDE else "height:320mm"
    page.html = (
        f"<section style='position:relative;break-after:page;overflow:hidden;{shape};font:{size}pt \"{font}\"'>"
        f"{page.html}</section>"
    )
    return page
