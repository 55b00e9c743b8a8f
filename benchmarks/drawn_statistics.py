"""
Pages of random tables as offices of statistics print them, with what they say; see `drawn_pages`.

They have few rules or none. Dots lead from names to numbers, names are set in by what they are part of, heads span
columns on two or three levels, and a cell may hold a dash, a letter in brackets or a loss in brackets.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from html import escape

from .drawn_pages import NAMES, WORDS, Block, Page, prose, sentence


__all__ = ["STATISTICS", "statistics_page"]

STATISTICS = (
    *("no rules", "head rules", "boxed heads", "boxed columns"),
    *("1 level of heads", "2 levels of heads", "3 levels of heads", "heads of several lines", "units in a row"),
    *("leaders", "levels set in", "long names", "groups", "groups in the middle", "empty rows between"),
    *("marks of notes", "dashes and letters", "losses in brackets", "dollars in the first row", "percent"),
    *("totals in bold", "totals ruled off", "notes below", "half a page", "typewriter", "two numbers", "centred"),
)
RULE = ".6pt solid #000"
FONTS = ("DejaVu Serif", "Liberation Sans", "Liberation Serif", "Liberation Sans Narrow", "DejaVu Sans")
DOTS = """<script>{
  const all = [...document.currentScript.parentElement.querySelectorAll("b.dots")];
  const places = all.map((each) => {
    const cell = each.closest("td").getBoundingClientRect(), em = parseFloat(getComputedStyle(each).fontSize);
    return (cell.right - each.getBoundingClientRect().left) / em;
  });
  all.forEach((each, index) => {
    const dot = each.dataset.dot, count = Math.floor(places[index] / (dot.length * each.dataset.wide)) - 2;
    each.textContent = dot.repeat(Math.max(0, count));
  });
}</script>"""


def _name(chance: random.Random, least: int = 1, most: int = 3) -> str:
    text = " ".join(chance.sample(WORDS, chance.randint(least, most)))
    return text.title() if chance.random() < 0.2 else text.capitalize()


def _number(chance: random.Random, kind: str, features: set[str]) -> str:
    odd = chance.random()
    if "dashes and letters" in features and odd < 0.12:
        return chance.choice(("-", "--", "NA", "(X)", "(D)", "(Z)", "..."))
    if "losses in brackets" in features and odd > 0.85:
        return f"({chance.randint(1, 9_999):,})"
    match kind:
        case "percent":
            return f"{chance.uniform(0, 99):.1f}"
        case "year":
            return str(chance.randint(1980, 2009))
        case "small":
            return str(chance.randint(0, 60))
        case _:
            return f"{chance.randint(10, 10 ** chance.randint(2, 7)):,}"


def _heads(chance: random.Random, count: int, levels: int, features: set[str]) -> list[list[tuple[str, int]]]:
    """The rows of heads of *count* columns, from the lowest up: texts, and how many columns each spans."""
    kind = chance.choice(("years", "words"))
    first = chance.randint(1985, 2000)
    low = [str(first + number) if kind == "years" else _name(chance, 1, 2) for number in range(count)]
    if kind == "words" and chance.random() < 0.5:
        features.add("heads of several lines")
        low = [_name(chance, 2, 4) for _ in range(count)]
    if "percent" in features:
        low[-1] = "Percent change"
    rows = [[(text, 1) for text in low]]
    for _ in range(levels - 1):
        spans: list[int] = []
        below = [span for _, span in rows[-1]]
        while below:
            take = min(len(below), chance.choice((2, 2, 3)))
            spans.append(sum(below[:take]))
            below = below[take:]
        rows.append([(_name(chance), span) for span in spans])
        if len(spans) == 1:
            break
    return rows


def _table(chance: random.Random, page: Page, font: str, *, narrow: bool) -> None:
    features = {chance.choice(STATISTICS[:4])}
    chosen = dict.fromkeys(STATISTICS[9:], 0.25) | {"leaders": 0.45, "levels set in": 0.5, "notes below": 0.5}
    features |= {name for name, share in chosen.items() if chance.random() < share} - {"half a page", "typewriter"}
    if "groups in the middle" in features:
        features.add("groups")
    count = 2 if "two numbers" in features or narrow else chance.randint(2, 8)
    features -= set() if count == 2 else {"two numbers"}
    levels = min(chance.choice((1, 1, 2, 2, 3)), 2 if count < 4 else 3)
    heads = _heads(chance, count, levels, features)
    features.add(f"{len(heads)} level{'s' * (len(heads) > 1)} of heads")
    kinds = [chance.choice(("count", "count", "count", "small", "percent")) for _ in range(count)]
    if "percent" in features:
        kinds[-1] = "percent"
    boxed = any(name.startswith("boxed") for name in features)
    ruled = boxed or "head rules" in features
    html, rows = "", list[tuple[str, ...]]()
    stub = chance.choice(("", "", _name(chance)))
    side = "center" if "centred" in features else "right"
    for number, level in enumerate(reversed(heads)):
        last = number == len(heads) - 1
        line = f"border-bottom:{RULE};" if ruled and (boxed or last) else ""
        under = f"border-bottom:{RULE};" if ruled and not last else ""
        edge = f"border-left:{RULE};" if boxed else ""
        name = stub if last else ""
        html += f"<tr><td style='text-align:left;{line if last else ''}'>{name}</td>"
        texts = [name]
        for text, span in level:
            align = "center" if span > 1 else side
            html += f"<td colspan={span} style='text-align:{align};{line}{under}{edge}'>{text}</td>"
            texts += [text, *[""] * (span - 1)]
        rows.append(tuple(texts))
    if "units in a row" in features:
        text = chance.choice(("Thousands", "Millions of dollars", "Percent", "(In thousands)"))
        html += f"<tr><td></td><td colspan={count} style='text-align:center'>{text}</td></tr>"
        rows.append(("", text, *[""] * (count - 1)))
    edge = f"border-left:{RULE};" if "boxed columns" in features else ""
    dot, dot_width = chance.choice((".", ". ", " .")), 0.62 if "Mono" in font else 0.34
    wide = chance.randint(85, 110) if narrow else chance.randint(110, 190)
    first = True
    for group in range(chance.randint(2, 3) if "groups" in features else 1):
        if "groups" in features:
            text = _name(chance)
            middle = "groups in the middle" in features
            html += (
                f"<tr><td colspan={count + 1} style='text-align:center;padding-top:4pt'>{text}</td></tr>"
                if middle
                else f"<tr><td style='text-align:left;font-weight:{chance.choice((400, 700))}'>{text}</td></tr>"
            )
            rows.append((text, *[""] * count))
        body = chance.randint(3, 9)
        for number in range(body):
            total = number == body - 1 and group == 0
            text = "Total" if total else _name(chance, 1, 3)
            if "long names" in features and chance.random() < 0.3:
                text = _name(chance, 6, 9)
            said = text
            if "marks of notes" in features and chance.random() < 0.2:
                mark = chance.randint(1, 4)
                said, text = f"{said} {mark}/", f"{text} {mark}/"
            deep = 0 if total or "levels set in" not in features else chance.choice((0, 1, 1, 2))
            values = [_number(chance, kind, features) for kind in kinds]
            if first and "dollars in the first row" in features:
                values = [f"${value}" if kind == "count" else value for value, kind in zip(values, kinds, strict=True)]
            first = False
            style = "font-weight:700;" if total and "totals in bold" in features else ""
            line = f"border-top:{RULE};" if total and "totals ruled off" in features else ""
            dots = f"<b class=dots style='font-weight:400' data-dot='{dot}' data-wide={dot_width}></b>"
            dots = dots if "leaders" in features else ""
            space = "padding-bottom:7pt;" if "empty rows between" in features and number % 4 == 3 else ""
            html += (
                f"<tr style='{style}'><td style='text-align:left;width:{wide}pt;max-width:{wide}pt;{space}"
                f"padding-left:{deep * 9}pt'>{escape(said)} {dots}</td>"
            )
            html += "".join(
                f"<td style='text-align:{side};{line}{edge}{space}'>{escape(value)}</td>" for value in values
            )
            html += "</tr>"
            rows.append((text, *values))
    title_text = f"Table {chance.randint(1, 40)}. {sentence(chance, 5, 12)[:-1]}"
    place = chance.choice(("left", "center"))
    page.add(
        f"<div style='text-align:{place};font-weight:{chance.choice((400, 700))};margin:8pt 0 3pt'>{title_text}</div>",
        Block("text", title_text),
    )
    frame = f"border-top:{RULE};border-bottom:{RULE};" if ruled else ""
    pad = chance.choice((0.2, 0.6, 1.2))
    between = chance.choice((3, 6, 10)) if not narrow else 3
    full = "width:100%;" if chance.random() < 0.6 or narrow else ""
    size = chance.choice((70, 82, 90, 100))
    page.add(
        f"<style>#s{len(page.html)} td{{padding:{pad}pt {between}pt;vertical-align:bottom}}</style>"
        f"<table id=s{len(page.html)} style='border-collapse:collapse;font-size:{size}%;{frame}{full}'>{html}</table>",
        Block("table", rows=tuple(rows)),
    )
    if "notes below" in features:
        for text in (
            *(f"{mark}/ {sentence(chance, 5, 9)}" for mark in range(1, chance.randint(2, 4))),
            f"Source: {chance.choice(NAMES)} {sentence(chance, 4, 8)}",
        ):
            page.add(f"<div style='font-size:{size}%'>{text}</div>", Block("text", text))
    page.features |= features


def _running(chance: random.Random, page: Page, sentences: Sequence[int]) -> None:
    for count in sentences:
        text = prose(chance, count)
        page.add(f"<p>{text}</p>", Block("text", text))


def statistics_page(chance: random.Random) -> Page:
    """Return a page with tables that *chance* decides, and with text around them."""
    page = Page()
    narrow = chance.random() < 0.2
    font, size = chance.choice(FONTS), chance.choice((8, 9, 10, 11))
    if chance.random() < 0.1 and not narrow:
        font, size = "Liberation Mono", 7
        page.features.add("typewriter")
    for _ in range(chance.randint(2, 3) if narrow else chance.randint(1, 2)):
        _running(chance, page, [chance.randint(2, 5)] * chance.randint(0, 2))
        _table(chance, page, font, narrow=narrow)
    _running(chance, page, [chance.randint(2, 5)])
    inner = page.html
    if narrow:
        page.features.add("half a page")
        inner = f"<div style='column-count:2;column-gap:18pt;text-align:justify'>{inner}</div>"
    dots = DOTS if "leaders" in page.features else ""
    style = f'break-after:page;overflow:hidden;height:320mm;font:{size}pt "{font}"'
    page.html = f"<section style='{style}'>{inner}{dots}</section>"
    return page
