"""
Pages of random layout with what they say: HTML for a browser to print, and the truth from the same source.

Each page is put together from features, drawn at random, so that a report by feature says what breaks. The text is made
up. `unseen` prints the pages, has them read and compares.
"""

from __future__ import annotations

import base64
import random
import struct
import zlib
from collections.abc import Callable, Sequence
from html import escape

from attrs import define, field, frozen


__all__ = ["FEATURES", "Block", "Page", "add_heading", "add_text", "drawn"]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WORDS = _words(
    "harbour letter council winter report garden station paper method field river market school engine bridge "
    "summer office valley window record number circle method answer people region history village machine "
    "account journey project measure surface reader minister evening morning silver copper timber cotton "
    "weather season railway carefully slowly often rarely usually early later under over between without "
    "within across toward"
)
JOINS = _words(
    "the a of in and to for with by from at on as that which Alder Birch Cedar Dogwood Elder Fir Gorse Hazel "
    "Ivy Juniper Larch Maple Oak Poplar Rowan Spruce"
)
NAMES = _words("Alder Birch Cedar Dogwood Elder Fir Gorse Hazel Ivy Juniper Larch Maple Oak Poplar Rowan Spruce")
KINDS = _words("Ltd Mills Foods Print Tools Media Sons Bakery Works")
FONTS = ("DejaVu Sans", "DejaVu Serif", "Liberation Sans", "Liberation Serif")


@frozen
class Block:
    """One piece of a page in reading order: a heading, a text, or a table as rows of texts ('' where nothing is)."""

    kind: str
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()


@define
class Page:
    """A page: its HTML, what it says in reading order, and the features that it shows."""

    html: str = ""
    blocks: list[Block] = field(factory=list)
    features: set[str] = field(factory=set)

    def add(self, html: str, *blocks: Block) -> None:
        self.html += html
        self.blocks.extend(blocks)


def sentence(chance: random.Random, least: int = 6, most: int = 16) -> str:
    words = [chance.choice(JOINS if number % 3 == 2 else WORDS) for number in range(chance.randint(least, most))]
    return " ".join(words).capitalize() + chance.choice(("." * 5) + "?")


def prose(chance: random.Random, sentences: int) -> str:
    return " ".join(sentence(chance) for _ in range(sentences))


def title(chance: random.Random) -> str:
    return " ".join(chance.sample(WORDS, chance.randint(2, 4))).capitalize()


def add_heading(chance: random.Random, page: Page, size: float, style: str = "", text: str = "") -> None:
    """Add a heading that says *text*, or a title that *chance* decides, of *size* points."""
    text = text or title(chance)
    page.add(f"<h3 style='font-size:{size}pt;margin:6pt 0 3pt;{style}'>{text}</h3>", Block("heading", text))


def add_text(page: Page, text: str, style: str = "") -> None:
    """Add a paragraph that says *text*."""
    page.add(f"<div style='{style}'>{text}</div>", Block("text", text))


def amount(chance: random.Random) -> str:
    return chance.choice(
        (
            f"{chance.randint(1, 99_999):,}",
            f"{chance.uniform(0, 999):.2f}",
            f"{chance.uniform(0, 99):.1f} %",
            f"({chance.randint(1, 999)})",
        )
    )


def cell(chance: random.Random, kind: str) -> str:
    match kind:
        case "name":
            return f"{chance.choice(NAMES)} {chance.choice(KINDS)}"
        case "date":
            return f"{chance.randint(1, 28):02}/{chance.randint(1, 12):02}/20{chance.randint(10, 26)}"
        case "count":
            return str(chance.randint(1, 40))
        case "words":
            return " ".join(chance.sample(WORDS, chance.randint(1, 3)))
        case "wrapped":
            return " ".join(chance.sample(WORDS, chance.randint(5, 9)))
        case _:
            return amount(chance)


def table(chance: random.Random, page: Page, style: str) -> None:
    """Add a table, ruled as *style* says."""
    features = {style}
    wide = chance.randint(3, 6)
    kinds = ["name", *chance.choices(("amount", "amount", "date", "count", "words"), k=wide - 1)]
    if chance.random() < 0.3:
        kinds[1], features = "wrapped", features | {"wrapped cells"}
    heads = [chance.choice(WORDS).capitalize() for _ in kinds]
    body = [[cell(chance, kind) for kind in kinds] for _ in range(chance.randint(1, 9))]
    if len(body) == 1:
        features.add("one row")
    if chance.random() < 0.25:
        for row in body:
            row[chance.randrange(1, wide)] = ""
        features.add("empty cells")
    middle = chance.random() < 0.5
    shaded = chance.random() < 0.3
    turned = chance.random() < 0.15
    features |= {name for name, there in (("shaded rows", shaded), ("turned heads", turned)) if there}
    rules = {
        "ruled": "td,th{border:.6pt solid #000}",
        "row rules": "tr{border-bottom:.6pt solid #000}",
        "head and foot ruled": "table{border-top:1pt solid #000;border-bottom:1pt solid #000}"
        "tr.h{border-bottom:.6pt solid #000}",
        "columns ruled": "td,th{border-left:.6pt solid #000;border-right:.6pt solid #000}table{border:.6pt solid #000}"
        "tr.h{border-bottom:.6pt solid #000}",
        "unruled": "",
    }[style]
    rules = "".join(f"#t{len(page.html)} {rule}}}" for rule in rules.replace(",th", "").split("}") if rule).replace(
        f"#t{len(page.html)} table", f"#t{len(page.html)}"
    )
    sides = [
        "left" if kind in ("name", "words", "wrapped") else chance.choice(("right", "right", "left")) for kind in kinds
    ]
    rows = ""
    spans: list[str] = []
    if chance.random() < 0.2 and wide > 3 and not turned:
        over = chance.choice(WORDS).capitalize()
        rows += f"<tr class=h><td></td><td colspan={wide - 1} style='text-align:center'>{over}</td></tr>"
        spans = ["", over, *[""] * (wide - 2)]
        features.add("spanning heads")
    way = "writing-mode:vertical-rl;transform:rotate(180deg);" if turned else ""
    rows += "<tr class=h>" + "".join(
        f"<td style='text-align:{side};font-weight:bold'><span style='{way if number else ''}'>{head}</span></td>"
        for number, (head, side) in enumerate(zip(heads, sides, strict=True))
    )
    for number, row in enumerate(body):
        ground = "background:#e4e8ee" if shaded and number % 2 else ""
        rows += f"<tr style='{ground}'>" + "".join(
            f"<td style='text-align:{side}'>{escape(text)}</td>" for text, side in zip(row, sides, strict=True)
        )
    pad = chance.choice(("1pt 4pt", "2pt 8pt", "4pt 10pt"))
    width = "width:100%" if chance.random() < 0.5 else ""
    page.add(
        f"<style>{rules} #t{len(page.html)} td{{padding:{pad};vertical-align:{'middle' if middle else 'top'};"
        f"{'max-width:110pt' if 'wrapped cells' in features else ''}}}</style>"
        f"<table id=t{len(page.html)} style='border-collapse:collapse;margin:8pt 0;{width}'>{rows}</table>",
        Block("table", rows=tuple(map(tuple, [*([spans] if spans else []), heads, *body]))),
    )
    page.features |= features


def boxes(chance: random.Random, page: Page) -> None:
    """Add questions with boxes to tick."""
    drawn = chance.random() < 0.6
    rows, html = [], ""
    for _ in range(chance.randint(3, 6)):
        asked, ticked = sentence(chance, 3, 7)[:-1] + "?", chance.randrange(2)
        answers = []
        for number, answer in enumerate(("Yes", "No")):
            sign = "☒" if number == ticked else "☐"
            answers.append(f"{sign} {answer}")
        rows.append((asked, *answers))
        shown = [(BOXES[answer[0]] if drawn else answer[0]) + answer[1:] for answer in answers]
        html += f"<tr><td style='width:300pt'>{escape(asked)}</td>" + "".join(
            f"<td style='width:70pt'>{each}</td>" for each in shown
        )
    page.add(f"<table style='margin:6pt 0;border-collapse:collapse'>{html}</table>", Block("table", rows=tuple(rows)))
    page.features.add("check boxes drawn" if drawn else "check boxes written")


def _svg(inner: str) -> str:
    square = "<rect x=.5 y=.5 width=8 height=8 fill=none stroke=black />"
    return f"<svg width=9 height=9 style='vertical-align:-1pt'>{square}{inner}</svg>"


BOXES = {"☐": _svg(""), "☒": _svg("<path d='M1 1L8 8' stroke=black /><path d='M8 1L1 8' stroke=black />")}


def picture(chance: random.Random, wide: int, high: int) -> str:
    """Return the address of a pale picture with some noise."""
    grey = [[chance.randint(225, 245) for _ in range(wide)] for _ in range(high)]
    data = b"".join(b"\0" + bytes(row) for row in grey)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", wide, high, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(data)),
        (b"IEND", b""),
    )
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def letterhead(chance: random.Random, page: Page) -> None:
    """Add lines over a decorative picture."""
    first, second = f"{cell(chance, 'name')} {chance.randint(100, 999)}", f"Date: {cell(chance, 'date')}"
    page.add(
        f"<div style='background:url({picture(chance, 60, 12)});background-size:100% 100%;padding:10pt'>"
        f"<div>{escape(first)}</div><div>{second}</div></div>",
        Block("text", first),
        Block("text", second),
    )
    page.features.add("text over a picture")


def items(chance: random.Random, page: Page) -> None:
    texts = [sentence(chance, 4, 14) for _ in range(chance.randint(3, 6))]
    ordered = chance.random() < 0.4
    tag = "ol" if ordered else "ul"
    page.add(
        f"<{tag}>" + "".join(f"<li>{each}</li>" for each in texts) + f"</{tag}>",
        *(Block("text", each) for each in texts),
    )
    page.features.add("lists")


def heading(chance: random.Random, page: Page, level: int) -> None:
    text = title(chance)
    style = chance.choice(("", "text-transform:uppercase;", "font-weight:normal;", "letter-spacing:2pt;"))
    if "spacing" in style:
        page.features.add("letter-spaced headings")
    page.add(
        f"<h{level} style='{style}margin:9pt 0 4pt'>{text}</h{level}>",
        Block("heading", text.upper() if "upper" in style else text),
    )


def columns(chance: random.Random, page: Page, count: int) -> None:
    """Add running text in *count* columns, with headings between."""
    inner = Page()
    for _ in range(count):
        heading(chance, inner, 3)
        for _ in range(2):
            text = prose(chance, chance.randint(3, 6))
            inner.add(f"<p>{text}</p>", Block("text", text))
    gap, rule = chance.choice((10, 16, 28)), "column-rule:.6pt solid #000;" if chance.random() < 0.3 else ""
    side = chance.choice(("justify", "left"))
    page.add(
        f"<div style='column-count:{count};column-gap:{gap}pt;{rule}text-align:{side}'>{inner.html}</div>",
        *inner.blocks,
    )
    page.features |= {f"{count} columns", *inner.features}


def margin(chance: random.Random, page: Page) -> None:
    """Add a text with a note in its margin, which may come before or after it."""
    text, note = prose(chance, 5), " ".join(chance.sample(WORDS, 6))
    page.add(
        f"<div style='display:flex'><p style='flex:1'>{text}</p>"
        f"<div style='width:90pt;font-size:85%;padding-left:8pt'>{note}</div></div>",
        Block("text", text),
        Block("text", note),
    )
    page.features.add("margin notes")


def spread(chance: random.Random, page: Page) -> None:
    """Add two narrow pages side by side, each with its own columns."""
    halves = []
    for _ in range(2):
        half = Page()
        heading(chance, half, 2)
        for _ in range(3):
            text = prose(chance, 4)
            half.add(f"<p>{text}</p>", Block("text", text))
        halves.append(half)
    page.add(
        "<div style='display:flex;gap:40pt'>"
        + "".join(f"<div style='flex:1'>{half.html}</div>" for half in halves)
        + "</div>",
        *(block for half in halves for block in half.blocks),
    )
    page.features |= {"two pages", *(feature for half in halves for feature in half.features)}


def questions(chance: random.Random, page: Page) -> None:
    """Add numbered questions with four answers, two by two."""
    for number in range(1, chance.randint(3, 5)):
        asked = sentence(chance, 6, 12)[:-1] + "?"
        answers = [f"({letter}) {' '.join(chance.sample(WORDS, 2))}" for letter in "abcd"]
        page.add(
            f"<p>{number}. {asked}</p><div style='display:grid;grid-template-columns:1fr 1fr;margin-left:14pt'>"
            + "".join(f"<div>{each}</div>" for each in answers)
            + "</div>",
            Block("text", f"{number}. {asked}"),
            *(Block("text", each) for each in answers),
        )
    page.features.add("questions")


STYLES = ("ruled", "row rules", "head and foot ruled", "columns ruled", "unruled")
PARTS: Sequence[Callable[[random.Random, Page], None]] = (
    *(lambda chance, page, style=style: table(chance, page, style) for style in STYLES),
    *(lambda chance, page, count=count: columns(chance, page, count) for count in (2, 3)),
    boxes,
    letterhead,
    items,
    margin,
    spread,
    questions,
)
FEATURES = (
    *STYLES,
    *("wrapped cells", "one row", "empty cells", "shaded rows", "turned heads", "spanning heads"),
    *("check boxes drawn", "check boxes written", "text over a picture", "lists", "letter-spaced headings"),
    *("2 columns", "3 columns", "margin notes", "two pages", "questions", "strips"),
)


def drawn(chance: random.Random) -> Page:
    """Return a page that *chance* decides."""
    page = Page()
    heading(chance, page, 1)
    for part in chance.sample(PARTS, chance.randint(1, 2)):
        if chance.random() < 0.6:
            heading(chance, page, 2)
        text = prose(chance, chance.randint(1, 3))
        page.add(f"<p>{text}</p>", Block("text", text))
        part(chance, page)
    ground = ""
    if chance.random() < 0.15:
        strips = "".join(
            f"<img src='{picture(chance, 30, 2)}' style='display:block;width:100%;height:40pt'>" for _ in range(18)
        )
        ground = f"<div style='position:absolute;z-index:-1;left:0;top:0;width:100%'>{strips}</div>"
        page.features.add("strips")
    font, size = chance.choice(FONTS), chance.choice((8.5, 9.5, 10.5, 11.5))
    page.html = (
        f"<section style='position:relative;break-after:page;overflow:hidden;height:320mm;font:{size}pt \"{font}\"'>"
        f"{ground}{page.html}</section>"
    )
    return page
