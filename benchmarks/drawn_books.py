"""
Whole pages of random layout, as textbooks, workbooks, brochures, forms and letters are laid out; see `drawn_pages`.

What stands in the margin or at a column's foot may be read where it stands or after the page: it is a "note". Running
heads and feet are no part of what a page says.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from .drawn_pages import NAMES, WORDS, Block, Page, picture, prose, sentence, title


__all__ = [
    "brochure",
    "chinese",
    "drop_cap",
    "form",
    "hanzi",
    "letter",
    "margin",
    "notes_below",
    "questions",
    "spread",
    "textbook",
]

TICK = "<span style='display:inline-block;width:.8em;height:.8em;border:.7pt solid #000;margin-right:3pt'></span>"
HANZI = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学"
    "法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本去把性好应开它合还因由其些然前外"
    "天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又么利比或但质气第向道命此变条只没结解问意建月公无系军很"
)
KANA = "のにをはがでとしたいるものことからまですなりれさあよくてきわ"


def hanzi(chance: random.Random, least: int, most: int) -> str:
    """Return some common Chinese characters that say nothing."""
    return "".join(chance.choice(HANZI) for _ in range(chance.randint(least, most)))


def _text(chance: random.Random, page: Page, least: int = 2, most: int = 5, style: str = "") -> None:
    text = prose(chance, chance.randint(least, most))
    page.add(f"<p style='{style}'>{text}</p>", Block("text", text))


def _head(chance: random.Random, page: Page, size: float, style: str = "") -> None:
    text = title(chance)
    page.add(f"<h3 style='font-size:{size}pt;margin:4pt 0;line-height:1.1;{style}'>{text}</h3>", Block("heading", text))


def _captioned(chance: random.Random, page: Page, number: int) -> None:
    """Add a picture with its caption over or under it."""
    caption = f"{chance.choice(('Figure', 'Fig.'))} {number} {sentence(chance, 5, 9)}"
    shown = f"<img src='{picture(chance, 40, 24)}' style='width:100%;height:{chance.choice((45, 70))}pt'>"
    told = f"<div style='font-size:85%'>{caption}</div>"
    both = [shown, told] if chance.random() < 0.6 else [told, shown]
    page.add(f"<div style='break-inside:avoid;margin:5pt 0'>{''.join(both)}</div>", Block("text", caption))


def margin(chance: random.Random, page: Page) -> None:
    """Paragraphs with notes in the left or the right margin, each level with what it is said of."""
    wide, gap = chance.choice((70, 90)), chance.choice((3, 10, 16))
    side = chance.choice(("left", "right"))
    look = f"font-size:80%;width:{wide}pt;{chance.choice(('', 'font-style:italic;', 'font-weight:bold;'))}"
    _head(chance, page, 15)
    for _ in range(chance.randint(7, 10)):
        text = prose(chance, chance.randint(3, 6))
        note = sentence(chance, 3, 8) if chance.random() < 0.55 else ""
        parts = [f"<div style='flex:1;text-align:justify'>{text}</div>", f"<div style='{look}'>{note}</div>"]
        shown = "".join(parts[::-1] if side == "left" else parts)
        page.add(
            f"<div style='display:flex;gap:{gap}pt;margin:4pt 0'>{shown}</div>",
            Block("text", text),
            *([Block("note", note)] if note else []),
        )


def questions(chance: random.Random, page: Page) -> None:
    """A workbook: questions with blanks, boxes for yes and no beside questions, and grids of small sums."""
    kinds = [_blanks, _yes_or_no, _sums]
    for number, kind in enumerate(chance.sample(kinds, 3), 1):
        task = f"{number} {sentence(chance, 5, 9)}"
        page.add(f"<p style='margin-top:10pt'><b>{task}</b></p>", Block("text", task))
        kind(chance, page)


def _blanks(chance: random.Random, page: Page) -> None:
    blank = chance.choice(("______", "<span style='display:inline-block;width:50pt;border-bottom:.6pt solid'></span>"))
    for letter in "abcdefgh"[: chance.randint(4, 8)]:
        words = sentence(chance, 7, 11).split()
        words.insert(chance.randint(2, 5), blank)
        said = " ".join(word for word in words if word != blank)
        page.add(f"<div style='margin:3pt 0'>{letter}) {' '.join(words)}</div>", Block("text", f"{letter}) {said}"))


def _yes_or_no(chance: random.Random, page: Page) -> None:
    tick = chance.choice((TICK, "<span style='font-family:DejaVu Sans'>☐</span> "))
    answers = chance.choice((("Yes", "No"), ("True", "False"), ("Yes", "No", "Not sure")))
    boxes = "".join(f"<span style='margin-left:14pt'>{tick}{answer}</span>" for answer in answers)
    width = chance.choice(("flex:1", "width:60%", "width:75%"))
    for letter in "abcdefgh"[: chance.randint(4, 8)]:
        asked = f"{letter}) {sentence(chance, 6, 18)[:-1]}?"
        page.add(
            f"<div style='display:flex;margin:3pt 0'><div style='{width}'>{asked}</div><div>{boxes}</div></div>",
            Block("text", asked),
            Block("text", " ".join(answers)),
        )


def _sums(chance: random.Random, page: Page) -> None:
    across, sign = chance.choice((3, 4)), chance.choice(("+", "−", "×", "÷"))
    letters = chance.random() < 0.5
    texts = []
    for index in range(across * chance.randint(2, 4)):
        mark = f"{'abcdefghijklmnop'[index]}) " if letters else ""
        texts.append(f"{mark}{chance.randint(2, 99)} {sign} {chance.randint(2, 20)} =")
    line = "<span style='display:inline-block;width:24pt;border-bottom:.6pt solid'></span>"
    cells = "".join(f"<div>{each} {line}</div>" for each in texts)
    page.add(
        f"<div style='display:grid;grid-template-columns:repeat({across},1fr);row-gap:8pt'>{cells}</div>",
        *(Block("text", each) for each in texts),
    )


def textbook(chance: random.Random, page: Page) -> None:
    """Running text with a box beside it, a figure, and numbered exercises in two columns."""
    _head(chance, page, 16)
    _text(chance, page)
    inner = Page()
    word = chance.choice(("Remember", "Note", "Did you know?"))
    inner.add(f"<div style='font-weight:bold'>{word}</div>", Block("heading", word))
    _text(chance, inner, 1, 2)
    look = chance.choice(("background:#e4e8ee", "border:.8pt solid #000", "border-left:3pt solid #555"))
    beside = Page()
    for _ in range(2):
        _text(chance, beside, 3, 5)
    page.add(
        f"<div style='display:flex;gap:14pt'><div style='flex:1'>{beside.html}</div>"
        f"<div style='{look};width:34%;padding:5pt;font-size:90%;align-self:flex-start'>{inner.html}</div></div>",
        *beside.blocks,
        *inner.blocks,
    )
    if chance.random() < 0.7:
        figure = Page()
        _captioned(chance, figure, chance.randint(1, 9))
        page.add(f"<div style='width:220pt;margin:0 auto'>{figure.html}</div>", *figure.blocks)
    _head(chance, page, 12)
    _text(chance, page)
    page.add("<h4 style='margin:6pt 0'>Exercises</h4>", Block("heading", "Exercises"))
    tasks = Page()
    for number in range(1, chance.randint(9, 15)):
        asked = f"{number}. {prose(chance, chance.randint(1, 2))}"
        tasks.add(f"<div style='padding-left:14pt;text-indent:-14pt;margin:3pt 0'>{asked}</div>", Block("text", asked))
    page.add(f"<div style='column-count:2;column-gap:18pt'>{tasks.html}</div>", *tasks.blocks)


def spread(chance: random.Random, page: Page) -> None:
    """Two pages on one sheet, each with its own running head and foot, as a book's."""
    book, chapter, first = title(chance), title(chance), 2 * chance.randint(1, 190)
    line = chance.choice(("", "border-bottom:.5pt solid #000;"))
    number_above = chance.random() < 0.5
    halves = []
    for number, running in ((first, book), (first + 1, chapter)):
        half = Page()
        told = [running, str(number)] if number % 2 else [str(number), running]
        shown = "".join(f"<span>{each}</span>" for each in told) if number_above else f"<span>{running}</span>"
        style = f"display:flex;justify-content:space-between;{line}font-size:85%;margin-bottom:14pt"
        half.add(f"<div style='{style}'>{shown}</div>")
        inner = Page()
        if chance.random() < 0.5:
            _head(chance, inner, 12)
        for _ in range(chance.randint(5, 7)):
            _text(chance, inner, style=chance.choice(("text-indent:10pt;margin:0", "")))
        half.add(
            f"<div style='column-count:{chance.choice((1, 2))};column-gap:14pt;text-align:justify'>{inner.html}</div>",
            *inner.blocks,
        )
        foot = chance.choice(("", "Words and Days")) if number_above else str(number)
        side = chance.choice(("center", "left" if number % 2 == 0 else "right"))
        half.add(f"<div style='position:absolute;bottom:0;width:100%;text-align:{side};font-size:85%'>{foot}</div>")
        halves.append(half)
    _beside(page, halves, f"gap:{chance.choice((40, 60))}pt;height:172mm", "flex:1;position:relative")


def _beside(page: Page, parts: Sequence[Page], look: str, each: str = "flex:1") -> None:
    """Add *parts* side by side; *look* and *each* are the style of them all and of each."""
    inner = "".join(f"<div style='{each}'>{part.html}</div>" for part in parts)
    page.add(f"<div style='display:flex;{look}'>{inner}</div>", *(block for part in parts for block in part.blocks))


def brochure(chance: random.Random, page: Page) -> None:
    """Panels side by side, with boxes, centred lines, quotes, and pictures with captions."""
    panels = []
    for _ in range(3):
        panel = Page()
        _head(chance, panel, chance.choice((14, 18)), f"text-align:{chance.choice(('left', 'center'))}")
        for part in chance.sample(("text", "text", "box", "quote", "picture", "list", "address"), 5):
            if part == "text":
                _text(chance, panel)
            elif part == "picture":
                _captioned(chance, panel, chance.randint(1, 5))
            elif part == "quote":
                text = sentence(chance, 8, 14)
                panel.add(
                    f"<div style='font-size:140%;text-align:center;font-style:italic;margin:8pt 0'>“{text}”</div>",
                    Block("text", f"“{text}”"),
                )
            elif part == "box":
                box = Page()
                _head(chance, box, 11)
                _text(chance, box, 1, 2)
                look = chance.choice(("background:#dde6dd", "border:.8pt solid #000", "background:#345;color:#fff"))
                panel.add(f"<div style='{look};padding:6pt;margin:6pt 0'>{box.html}</div>", *box.blocks)
            elif part == "list":
                for _ in range(3):
                    text = sentence(chance, 3, 9)
                    panel.add(f"<div>• {text}</div>", Block("text", text))
            else:
                lines = [f"{chance.choice(NAMES)} {chance.choice(NAMES)}", f"{chance.randint(1, 99)} Mill Lane"]
                panel.add(
                    f"<div style='text-align:center;margin:6pt 0'>{'<br>'.join(lines)}</div>",
                    *(Block("text", each) for each in lines),
                )
        panels.append(panel)
    _beside(page, panels, f"gap:{chance.choice((18, 30))}pt")


def form(chance: random.Random, page: Page) -> None:
    """Labels with lines, frames or values beside or under them, one or two a row, and boxes to tick."""
    _head(chance, page, 15)
    look = chance.choice(("border-bottom:.6pt solid #000", "border:.6pt solid #000", "background:#e8e8e8"))
    under = chance.random() < 0.4
    for number in range(1, chance.randint(3, 5)):
        part = f"{'ABCDE'[number]}. {title(chance)}"
        page.add(f"<p style='margin-top:12pt'><b>{part}</b></p>", Block("heading", part))
        for _ in range(chance.randint(2, 4)):
            cells = []
            for _ in range(chance.choice((1, 2, 2))):
                label = " ".join(chance.sample(WORDS, chance.randint(1, 2))).capitalize() + chance.choice(("", ":"))
                value = chance.choice(("", f"{chance.choice(NAMES)} {chance.randint(1, 40)}"))
                field = f"<div style='flex:1;min-height:13pt;{look}'>{value}</div>"
                flow = "column" if under else "row"
                cells.append(
                    f"<div style='flex:1;display:flex;flex-direction:{flow};gap:5pt'><div>{label}</div>{field}</div>"
                )
                page.blocks.append(Block("text", label))
                if value:
                    page.blocks.append(Block("text", value))
            page.html += f"<div style='display:flex;gap:16pt;margin:6pt 0'>{''.join(cells)}</div>"
        if chance.random() < 0.5:
            label, answers = title(chance), [chance.choice(WORDS) for _ in range(3)]
            boxes = "".join(f"<span style='margin-left:12pt'>{TICK}{answer}</span>" for answer in answers)
            page.add(f"<div>{label} {boxes}</div>", Block("text", f"{label} {' '.join(answers)}"))
    _text(chance, page, 2, 3, "font-size:85%;margin-top:14pt")


def letter(chance: random.Random, page: Page) -> None:
    """A letterhead, two addresses beside each other, a subject, paragraphs and a foot with the sender's data."""
    name = f"{chance.choice(NAMES)} & {chance.choice(NAMES)}"
    page.add(
        f"<div style='font-size:18pt;text-align:{chance.choice(('left', 'center', 'right'))}'>{name}</div>",
        Block("heading", name),
    )
    to = [f"{chance.choice(NAMES)} Mills", f"{chance.randint(1, 99)} Harbour Street", "Weston"]
    sender = [
        f"Phone {chance.randint(100, 999)} {chance.randint(1000, 9999)}",
        "post@example.com",
        "Room 12",
        "Our sign 7",
    ]
    sender = sender[: chance.randint(2, 4)]
    page.add(
        "<div style='display:flex;justify-content:space-between;margin:24pt 0'>"
        f"<div>{'<br>'.join(to)}</div><div style='font-size:85%'>{'<br>'.join(sender)}</div></div>",
        *(Block("text", each) for each in (*to, *sender)),
    )
    date = f"{chance.randint(1, 28)} March 20{chance.randint(10, 26)}"
    page.add(f"<p style='text-align:{chance.choice(('left', 'right'))}'>{date}</p>", Block("text", date))
    subject = sentence(chance, 5, 8)[:-1]
    page.add(f"<p style='margin:14pt 0'><b>{subject}</b></p>", Block("heading", subject))
    page.add("<p>Dear reader,</p>", Block("text", "Dear reader,"))
    for _ in range(chance.randint(3, 6)):
        _text(chance, page)
    signed = ["Yours sincerely,", f"{chance.choice(NAMES)} {chance.choice(NAMES)}"]
    page.add(
        f"<p>{signed[0]}</p><p style='margin-top:30pt'>{signed[1]}</p>",
        *(Block("text", each) for each in signed),
    )
    page.add(
        "<div style='position:absolute;bottom:0;width:100%;text-align:center;font-size:75%;border-top:.5pt solid'>"
        f"{name} · {chance.randint(1, 99)} Mill Lane · Weston · {chance.randint(100, 999)} {chance.randint(1000, 9999)}"
        "</div>"
    )


def drop_cap(chance: random.Random, page: Page) -> None:
    """An article in one to three columns whose parts begin with a letter of two or three lines."""
    _head(chance, page, 20)
    inner = Page()
    size = chance.choice((2.4, 3.6))
    for index in range(chance.randint(6, 9)):
        text = prose(chance, chance.randint(3, 6))
        first = f"<span style='float:left;font-size:{size}em;line-height:.85;padding-right:2pt'>{text[0]}</span>"
        inner.add(f"<p>{text if index % 4 else first + text[1:]}</p>", Block("text", text))
    page.add(f"<div style='column-count:{chance.choice((1, 2, 3))};column-gap:14pt'>{inner.html}</div>", *inner.blocks)


def notes_below(chance: random.Random, page: Page) -> None:
    """Two columns, each with its footnotes under a short rule."""
    _head(chance, page, 14)
    columns = []
    number = 1
    rule = chance.choice(("<div style='width:60pt;border-top:.5pt solid #000;margin:8pt 0 4pt'></div>", ""))
    for _ in range(2):
        column = Page()
        notes = [f"{number + index} {sentence(chance, 8, 20)}" for index in range(chance.randint(1, 3))]
        for index in range(chance.randint(5, 7)):
            text = prose(chance, chance.randint(3, 5))
            sign = f"<sup>{number + index}</sup>" if index < len(notes) else ""
            column.add(f"<p>{text}{sign}</p>", Block("text", f"{text}{number + index}" if index < len(notes) else text))
        number += len(notes)
        shown = "".join(f"<div style='font-size:80%'>{note}</div>" for note in notes)
        column.add(f"<div style='margin-top:auto'>{rule}{shown}</div>", *(Block("note", note) for note in notes))
        columns.append(column)
    page.add(
        "<div style='display:flex;gap:16pt;height:250mm'>"
        + "".join(
            f"<div style='flex:1;display:flex;flex-direction:column;text-align:justify'>{column.html}</div>"
            for column in columns
        )
        + "</div>",
        *(block for column in columns for block in column.blocks),
    )


def _characters(chance: random.Random, count: int, *, kana: bool) -> str:
    letters = HANZI + KANA * 6 if kana else HANZI
    text = ""
    while len(text) < count:
        text += "".join(chance.choice(letters) for _ in range(chance.randint(5, 14))) + "，"
    return text[:-1] + "。"


def chinese(chance: random.Random, page: Page) -> None:
    """A newspaper's page in Chinese or Japanese characters: articles of one to four columns, one beside another."""
    kana = chance.random() < 0.3
    inner = Page()

    def article(columns: int, size: float, paragraphs: int) -> str:
        head = _characters(chance, chance.randint(6, 11), kana=kana)[:-1].replace("，", "")
        inner.blocks.append(Block("heading", head))
        told = ""
        for _ in range(paragraphs):
            text = _characters(chance, chance.randint(60, 150), kana=kana)
            inner.blocks.append(Block("text", text))
            told += f"<p style='text-indent:2em;margin:2pt 0'>{text}</p>"
        style = f"column-count:{columns};column-gap:14pt;text-align:justify"
        return f"<h3 style='font-size:{size}pt;margin:4pt 0'>{head}</h3><div style='{style}'>{told}</div>"

    rule = "<hr style='border:none;border-top:.6pt solid #000;margin:6pt 0'>"
    html = article(chance.choice((3, 4)), 20, chance.randint(5, 8)) + rule
    beside = "".join(
        f"<div style='flex:{wide} 1 0'>{article(wide, 14, 2 + 2 * wide)}</div>" for wide in chance.sample((1, 2), 2)
    )
    html += f"<div style='display:flex;gap:16pt'>{beside}</div>"
    if chance.random() < 0.5:
        html += rule + article(2, 16, 3)
    page.add(
        f'<div style=\'font-family:"Droid Sans Fallback","Noto Sans CJK SC",sans-serif\'>{html}</div>', *inner.blocks
    )
