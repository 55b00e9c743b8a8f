"""
Whole pages of random layout, as menus, recipes, dictionaries, plays and invoices are laid out; see `drawn_pages`.

What stands on them is short: names and prices, entries, speeches, steps. They are what a rule made for running text
does harm to.
"""

from __future__ import annotations

import random

from .drawn_books import hanzi
from .drawn_pages import NAMES, WORDS, Block, Page, add_heading, add_text, picture, prose, sentence, title


__all__ = [
    "catalogue",
    "chinese_magazine",
    "dictionary",
    "faq",
    "invoice",
    "menu",
    "play",
    "poem",
    "poster",
    "recipe",
    "reference_letter",
    "sums_exam",
]

RULE = "<hr style='border:none;border-top:.6pt solid #000;margin:6pt 0'>"


def _side_by_side(page: Page, parts: list[tuple[str, Page]], gap: int) -> None:
    """Add *parts*, each with its width in a grid, beside each other."""
    widths = " ".join(width for width, _ in parts)
    inner = "".join(f"<div>{part.html}</div>" for _, part in parts)
    page.add(
        f"<div style='display:grid;grid-template-columns:{widths};gap:{gap}pt'>{inner}</div>",
        *(block for _, part in parts for block in part.blocks),
    )


def _price(chance: random.Random) -> str:
    return f"{chance.choice(('', '€ ', '$'))}{chance.randint(2, 48)}.{chance.choice(('00', '50', '90', '95'))}"


def menu(chance: random.Random, page: Page) -> None:
    """Courses in one or two columns: dishes with what is in them, and prices that dots lead to."""
    add_heading(chance, page, 22, "text-align:center")
    led = chance.choice((" . . . . . . . . . . . . . . . . . . . . . . . . . .", "." * 70, ""))
    described = chance.random() < 0.6
    inner = Page()
    for _ in range(chance.randint(3, 5)):
        course = Page()
        add_heading(chance, course, 13, chance.choice(("", "text-align:center")))
        for _ in range(chance.randint(3, 6)):
            dish, price = title(chance), _price(chance)
            dots = f"<span style='flex:1;overflow:hidden;white-space:nowrap;height:1.2em'>{led}</span>"
            course.add(
                f"<div style='display:flex;gap:3pt'><span>{dish}</span>{dots}<span>{price}</span></div>",
                Block("text", f"{dish} {price}"),
            )
            if described:
                add_text(course, sentence(chance, 4, 12)[:-1], "font-size:85%;font-style:italic;margin-bottom:4pt")
        inner.add(f"<div style='break-inside:avoid'>{course.html}</div>", *course.blocks)
    columns = chance.choice((1, 2, 2))
    page.add(f"<div style='column-count:{columns};column-gap:24pt'>{inner.html}</div>", *inner.blocks)


def recipe(chance: random.Random, page: Page) -> None:
    """What is needed, in a column or a box, beside the numbered steps."""
    for _ in range(chance.choice((1, 2))):
        add_heading(chance, page, 18)
        add_text(page, prose(chance, 2), "margin-bottom:6pt")
        needed, steps = Page(), Page()
        add_heading(chance, needed, 11, text="Ingredients")
        mark = chance.choice(("", "• "))
        for _ in range(chance.randint(5, 10)):
            amount = f"{chance.choice((1, 2, 3, 50, 125, 200))}{chance.choice((' g', ' ml', '', ' tbsp'))}"
            text = f"{mark}{amount} {' '.join(chance.sample(WORDS, chance.randint(1, 4)))}"
            add_text(needed, text)
        add_heading(chance, steps, 11, text=chance.choice(("Method", "Preparation")))
        numbered = chance.random() < 0.7
        for number in range(1, chance.randint(5, 7)):
            add_text(steps, f"{f'{number}. ' if numbered else ''}{prose(chance, chance.randint(1, 3))}", "margin:3pt 0")
        look = chance.choice(("", "background:#eee;padding:6pt", "border-right:.6pt solid;padding-right:6pt"))
        needed.html = f"<div style='{look}'>{needed.html}</div>"
        parts = [(chance.choice(("30%", "130pt")), needed), ("1fr", steps)]
        _side_by_side(page, parts, chance.choice((14, 24)))


def catalogue(chance: random.Random, page: Page) -> None:
    """Goods in two or three columns, each with a picture, a name, a few words, a number and a price."""
    add_heading(chance, page, 20)
    across = chance.choice((2, 3))
    for _ in range(chance.randint(2, 3)):
        parts = []
        for _ in range(across):
            ware = Page(html=f"<img src='{picture(chance, 30, 20)}' style='width:100%;height:80pt'>")
            add_text(ware, title(chance), "font-weight:bold")
            ware.blocks[-1] = Block("heading", ware.blocks[-1].text)
            add_text(ware, sentence(chance, 8, 18))
            add_text(ware, f"No. {chance.randint(1000, 9999)}-{chance.randint(10, 99)}", "font-size:85%")
            add_text(ware, _price(chance), "font-size:130%;text-align:right")
            parts.append(("1fr", ware))
        _side_by_side(page, parts, 18)
        page.html += "<div style='height:12pt'></div>"


def faq(chance: random.Random, page: Page) -> None:
    """Questions in bold with their answers, in two columns: headings, where no letter says who asks and who answers."""
    add_heading(chance, page, 20)
    inner = Page()
    sign = chance.random() < 0.4
    for _ in range(chance.randint(9, 13)):
        asked = f"{'Q: ' if sign else ''}{sentence(chance, 6, 14)[:-1]}?"
        answer = f"{'A: ' if sign else ''}{prose(chance, chance.randint(1, 4))}"
        inner.add(
            f"<div style='break-inside:avoid;margin-bottom:7pt'><div><b>{asked}</b></div><div>{answer}</div></div>",
            Block("text" if sign else "heading", asked),
            Block("text", answer),
        )
    page.add(f"<div style='column-count:2;column-gap:18pt'>{inner.html}</div>", *inner.blocks)


def dictionary(chance: random.Random, page: Page) -> None:
    """Entries that hang below their words, in two or three columns; guide words and a number at the head."""
    words = sorted(chance.sample(WORDS, 40))
    first, last, number = words[0], words[-1], chance.randint(3, 900)
    shown = chance.choice(
        (f"<b>{first}</b><span>{number}</span><b>{last}</b>", f"<b>{first} – {last}</b><b>{number}</b>")
    )
    page.add(f"<div style='display:flex;justify-content:space-between;border-bottom:.5pt solid'>{shown}</div>")
    inner = Page()
    for word in words:
        kind = chance.choice(("n.", "v.", "adj.", "adv."))
        senses = " ".join(f"{index}. {sentence(chance, 4, 9)[:-1]};" for index in (1, 2, 3)[: chance.randint(1, 3)])
        inner.add(
            f"<div style='padding-left:9pt;text-indent:-9pt'><b>{word}</b> <i>{kind}</i> {senses}</div>",
            Block("text", f"{word} {kind} {senses}"),
        )
    columns = chance.choice((2, 3))
    page.add(
        f"<div style='column-count:{columns};column-gap:14pt;text-align:{chance.choice(('justify', 'left'))};"
        f"column-rule:{chance.choice(('none', '.4pt solid'))};margin-top:6pt'>{inner.html}</div>",
        *inner.blocks,
    )


def play(chance: random.Random, page: Page) -> None:
    """Speeches under or beside the names of those who speak, with directions between."""
    add_heading(chance, page, 16, "text-align:center", f"Act {chance.randint(1, 5)}")
    people = [name.upper() for name in chance.sample(NAMES, 3)]
    way = chance.choice(("above", "beside", "within"))
    for _ in range(chance.randint(16, 24)):
        if chance.random() < 0.2:
            add_text(page, f"({sentence(chance, 5, 12)})", "font-style:italic;margin:4pt 30pt")
        name, text = chance.choice(people), prose(chance, chance.randint(1, 3))
        if way == "above":
            add_text(page, name, "text-align:center;margin-top:5pt")
            add_text(page, text, "margin:0 40pt")
        elif way == "within":
            add_text(page, f"{name}. {text}", "padding-left:14pt;text-indent:-14pt")
        else:
            page.add(
                f"<div style='display:flex;margin:4pt 0'><div style='width:80pt'>{name}</div>"
                f"<div style='flex:1'>{text}</div></div>",
                Block("text", name),
                Block("text", text),
            )


def poem(chance: random.Random, page: Page) -> None:
    """Stanzas; every fifth line is numbered at its end, far from it or near."""
    add_heading(chance, page, 16)
    numbered, number = chance.random() < 0.7, 0
    columns = chance.choice((1, 1, 2))
    inner = Page()
    for _ in range(chance.randint(5, 9)):
        stanza = Page()
        for index in range(chance.choice((3, 4, 6))):
            number += 1
            text = sentence(chance, 4, 7)[: chance.choice((-1, None))]
            mark = f"{number}" if numbered and number % 5 == 0 else ""
            indent = 12 if index % 2 else 0
            stanza.add(
                f"<div style='display:flex;width:230pt;padding-left:{indent}pt;box-sizing:border-box'>"
                f"<div style='flex:1'>{text}</div><div style='font-size:80%'>{mark}</div></div>",
                Block("text", f"{text} {mark}".strip()),
            )
        inner.add(f"<div style='break-inside:avoid;margin-bottom:10pt'>{stanza.html}</div>", *stanza.blocks)
    page.add(f"<div style='column-count:{columns};column-gap:14pt;width:490pt'>{inner.html}</div>", *inner.blocks)


def invoice(chance: random.Random, page: Page) -> None:
    """Two addresses beside each other, the invoice's data, goods in a table, a box of totals and terms."""
    add_heading(chance, page, 20, f"text-align:{chance.choice(('left', 'right'))}", "Invoice")
    parts = []
    for label in chance.choice((("Bill to", "Ship to"), ("From", "To"), ("Seller", "Buyer"))):
        address = Page()
        add_text(address, label, "font-weight:bold")
        for line in (
            f"{chance.choice(NAMES)} {chance.choice(('Mills', 'Works', 'Foods'))} Ltd",
            f"{chance.randint(1, 99)} {chance.choice(NAMES)} {chance.choice(('Street', 'Road', 'Lane'))}",
            f"{chance.randint(10000, 99999)} Weston",
            "United Kingdom",
        )[: chance.randint(2, 4)]:
            add_text(address, line)
        parts.append((chance.choice(("1fr", "40%")), address))
    _side_by_side(page, parts, chance.choice((20, 60)))
    facts = Page()
    for label in ("Invoice number", "Date", "Due", "Your order")[: chance.randint(2, 4)]:
        value = f"{chance.randint(1000, 99999)}" if label[0] in "IY" else f"{chance.randint(1, 28)} May 2025"
        facts.add(
            f"<div style='display:flex'><div style='width:90pt'>{label}</div><div>{value}</div></div>",
            Block("text", f"{label} {value}"),
        )
    page.add(f"<div style='margin:14pt 0'>{facts.html}</div>", *facts.blocks)
    rows = [("Item", "Quantity", "Price", "Amount")]
    for _ in range(chance.randint(2, 6)):
        count, price = chance.randint(1, 9), chance.randint(100, 9000) / 100
        rows.append((title(chance), str(count), f"{price:.2f}", f"{count * price:.2f}"))
    line = chance.choice(("border:.5pt solid #000", "border-bottom:.5pt solid #999", ""))
    cells = "".join(
        "<tr>"
        + "".join(
            f"<td style='padding:3pt;{line};text-align:{'right' if i else 'left'}'>{t}</td>" for i, t in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    page.add(f"<table style='width:100%;border-collapse:collapse'>{cells}</table>", Block("table", rows=tuple(rows)))
    totals = Page()
    for label in ("Subtotal", "VAT 20%", "Total due"):
        value = f"{chance.randint(10, 900)}.{chance.randint(10, 99)}"
        totals.add(
            f"<div style='display:flex;justify-content:space-between'><span>{label}</span><span>{value}</span></div>",
            Block("text", f"{label} {value}"),
        )
    look = chance.choice(("border:.6pt solid;padding:4pt", "background:#eee;padding:4pt", ""))
    page.add(f"<div style='width:150pt;margin:8pt 0 14pt auto;{look}'>{totals.html}</div>", *totals.blocks)
    add_text(page, prose(chance, 2))


def reference_letter(chance: random.Random, page: Page) -> None:
    """A letter with a line of references in columns, each label over its value, and what is enclosed."""
    add_text(
        page,
        f"{chance.choice(NAMES)} Ltd, {chance.randint(1, 99)} Mill Lane, Weston",
        "font-size:70%;margin-bottom:4pt",
    )
    for line in (f"{chance.choice(NAMES)} Mills", f"{chance.randint(1, 99)} Harbour Street", "4711 Weston"):
        add_text(page, line)
    labels = ("Your reference", "Our reference", "Telephone", "Date")
    values = (
        f"A-{chance.randint(10, 99)}",
        f"{chance.choice(NAMES)}/{chance.randint(1, 9)}",
        "555 0172",
        "3 March 2025",
    )
    parts = []
    for label, value in zip(labels, values, strict=True):
        part = Page()
        add_text(part, label, "font-size:80%")
        add_text(part, value)
        parts.append(("1fr", part))
    page.html += "<div style='height:20pt'></div>"
    _side_by_side(page, parts, 12)
    add_heading(chance, page, 10, "margin-top:18pt", sentence(chance, 4, 7)[:-1])
    add_text(page, "Dear Ms Rowan,", "margin:8pt 0")
    for _ in range(chance.randint(2, 5)):
        add_text(page, prose(chance, chance.randint(2, 5)), "margin:5pt 0")
    add_text(page, "Yours faithfully,", "margin:10pt 0 30pt")
    if chance.random() < 0.5:
        signers = []
        for _ in range(2):
            part = Page()
            add_text(part, f"{chance.choice(NAMES)} {chance.choice(NAMES)}")
            add_text(part, chance.choice(("Director", "Head of sales", "Secretary")), "font-size:85%")
            signers.append(("150pt", part))
        _side_by_side(page, signers, 40)
    else:
        add_text(page, f"{chance.choice(NAMES)} {chance.choice(NAMES)}")
    add_text(page, "Enclosures", "margin-top:16pt;font-weight:bold")
    for number in range(1, chance.randint(3, 5)):
        add_text(page, f"{number}. {title(chance)}")
    if chance.random() < 0.5:
        _foot(chance, page)


def _foot(chance: random.Random, page: Page) -> None:
    """Add a sender's data below a rule, in columns that are read one after the other."""
    name = f"{chance.choice(NAMES)} & {chance.choice(NAMES)} Ltd"
    columns = [
        [name, f"{chance.randint(1, 99)} Mill Lane", "4711 Weston", "www.example.com"],
        ["Bank of Weston", f"IBAN XW{chance.randint(10, 99)} 2004 1010 0505", "BIC XWESTON1", "VAT No. XW 123 456 789"],
        [
            f"Directors {chance.choice(NAMES)} Mills,",
            f"{chance.choice(NAMES)} Harbour",
            f"Register {chance.randint(100, 999)}",
        ],
    ]
    parts = []
    for texts in columns[: chance.choice((2, 3, 3))]:
        part = Page()
        for text in texts[: chance.randint(3, 4)]:
            add_text(part, text)
        parts.append(("1fr", part))
    inner = Page()
    _side_by_side(inner, parts, 14)
    size = chance.choice((70, 80))
    page.add(
        f"<div style='position:absolute;bottom:0;width:100%;border-top:.6pt solid;padding-top:3pt;font-size:{size}%'>"
        f"{inner.html}</div>",
        *inner.blocks,
    )


def poster(chance: random.Random, page: Page) -> None:
    """A scientific poster: a title across, and three columns of headed sections with figures and lists."""
    add_heading(chance, page, 26, "text-align:center", sentence(chance, 6, 10)[:-1])
    add_text(
        page,
        f"{chance.choice(NAMES)} {chance.choice(NAMES)}, {chance.choice(NAMES)} {chance.choice(NAMES)}",
        "text-align:center",
    )
    page.html += "<div style='height:10pt'></div>"
    look = chance.choice(("border:.8pt solid #246;padding:6pt;margin-bottom:8pt", "margin-bottom:10pt"))
    head = chance.choice(("", "background:#246;color:#fff;padding:3pt", "border-bottom:1pt solid #246"))
    columns, number = [], 0
    for _ in range(3):
        column = Page()
        for _ in range(chance.randint(2, 3)):
            section = Page()
            add_heading(chance, section, 14, head)
            for _ in range(chance.randint(1, 2)):
                add_text(section, prose(chance, chance.randint(2, 3)), "margin:4pt 0")
            if chance.random() < 0.4:
                for _ in range(3):
                    add_text(section, f"• {sentence(chance, 4, 12)}")
            if chance.random() < 0.4:
                number += 1
                section.html += f"<img src='{picture(chance, 40, 24)}' style='width:100%;height:60pt'>"
                add_text(section, f"Figure {number}. {sentence(chance, 5, 10)}", "font-size:85%")
            column.add(f"<div style='{look}'>{section.html}</div>", *section.blocks)
        columns.append(("1fr", column))
    _side_by_side(page, columns, chance.choice((14, 22)))


def sums_exam(chance: random.Random, page: Page) -> None:
    """An exam in two columns or one: numbered questions with marks at the edge, answers two by two, and lines."""
    add_heading(chance, page, 15, "text-align:center")
    inner = Page()
    marks = chance.random() < 0.5
    for number in range(1, chance.randint(8, 12)):
        task = Page()
        asked = f"{number}. {prose(chance, 1)[:-1]}?"
        worth = f"[{chance.randint(1, 9)}]" if marks else ""
        task.add(
            f"<div style='display:flex;gap:8pt'><div style='flex:1;padding-left:14pt;text-indent:-14pt'>{asked}</div>"
            f"<div>{worth}</div></div>",
            Block("text", f"{asked} {worth}".strip()),
        )
        if chance.random() < 0.6:
            signs = chance.choice(("ABCD", "abcd"))
            close = chance.choice((".", ")"))
            answers = [f"{sign}{close} {sentence(chance, 1, 5)[:-1]}" for sign in signs]
            cells = "".join(f"<div>{each}</div>" for each in answers)
            task.add(
                "<div style='display:grid;grid-template-columns:1fr 1fr;margin:2pt 0 6pt 14pt'>" + cells + "</div>",
                *(Block("text", each) for each in answers),
            )
        else:
            task.html += "<div style='border-bottom:.5pt dotted #000;height:14pt'></div>" * 2
        inner.add(f"<div style='break-inside:avoid;margin-bottom:6pt'>{task.html}</div>", *task.blocks)
    page.add(f"<div style='column-count:{chance.choice((1, 2))};column-gap:20pt'>{inner.html}</div>", *inner.blocks)


def chinese_magazine(chance: random.Random, page: Page) -> None:
    """A large title, a lead, columns with pictures whose captions stand beside or below, and a box."""
    head = hanzi(chance, 6, 10)
    inner = Page()
    outer = Page()
    add_heading(chance, outer, 26, text=head)
    add_text(outer, "，".join(hanzi(chance, 8, 14) for _ in range(3)) + "。", "font-size:120%;margin:6pt 0")
    for index in range(chance.randint(6, 9)):
        if index in (2, 5):
            if chance.random() < 0.5:
                caption = "图" + hanzi(chance, 8, 16)
                inner.html += f"<img src='{picture(chance, 40, 24)}' style='width:100%;height:80pt'>"
                add_text(inner, caption, "font-size:80%;text-align:center")
            else:
                box = Page()
                add_heading(chance, box, 11, text=hanzi(chance, 4, 6))
                add_text(box, "，".join(hanzi(chance, 6, 12) for _ in range(4)) + "。")
                inner.add(f"<div style='break-inside:avoid;background:#eed;padding:6pt'>{box.html}</div>", *box.blocks)
        if chance.random() < 0.3:
            add_heading(chance, inner, 12, text=hanzi(chance, 4, 8))
        text = "".join(
            "，".join(hanzi(chance, 4, 13) for _ in range(chance.randint(2, 4))) + "。"
            for _ in range(chance.randint(2, 5))
        )
        add_text(inner, text, "text-indent:2em")
    columns = chance.choice((2, 3))
    outer.add(
        f"<div style='column-count:{columns};column-gap:16pt;text-align:justify'>{inner.html}</div>", *inner.blocks
    )
    page.add(
        f'<div style=\'font-family:"Droid Sans Fallback","Noto Sans CJK SC",sans-serif\'>{outer.html}</div>',
        *outer.blocks,
    )
