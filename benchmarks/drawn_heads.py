"""
Documents of several pages whose headings are as large and as heavy as their text, and set off by something else.

Between their paragraphs stand what looks like such headings and is none: words in bold or italics that begin a
paragraph, sentences in the middle, in colour or in capitals, lines that end in a colon, and rules.
"""

from __future__ import annotations

import random

from .drawn_pages import FONTS, NAMES, prose, sentence, title


__all__ = ["LOOKS", "document"]

LOOKS = {
    "centred": "text-align:center",
    "colour": "color:#1f4e9c",
    "rule below": "border-bottom:.7pt solid #000",
    "rule above": "border-top:.7pt solid #000;padding-top:2pt",
    "letter-spaced capitals": "letter-spacing:.18em;text-transform:uppercase",
    "capitals": "text-transform:uppercase",
    "italics": "font-style:italic",
    "ground": "background:#ddd;padding:2pt 4pt",
    "underlined": "text-decoration:underline",
    "number": "",
    "number of a part": "",
    "bold": "font-weight:bold",
}


def document(chance: random.Random, look: str) -> tuple[str, list[tuple[int, str]]]:
    """Return the HTML of a document, and level and text of each of its headings, which are set off by *look*."""
    body, style = chance.choice((9, 10, 11)), LOOKS[look]
    html = (
        f"<meta charset=utf-8><style>@page{{size:A5;margin:16mm}}body{{font:{body}pt '{chance.choice(FONTS)}';margin:0;"
        f"text-align:{chance.choice(('left', 'justify'))}}}h1{{font-size:{body * 1.8}pt}}"
        f"p{{margin:{chance.choice(('4pt 0', '0'))};text-indent:{chance.choice((0, 0, 14))}pt}}"
        f"h2{{font-size:{body}pt;font-weight:normal;margin:{chance.choice((8, 12))}pt 0 {chance.choice((3, 5))}pt;"
        f"{style}}}</style>"
    )
    true = [(1, title(chance))]
    html += f"<h1>{true[0][1]}</h1>"
    for number in range(1, chance.randint(7, 10)):
        said = title(chance)
        if look.startswith("number"):
            said = f"{number}{f'.{chance.randint(1, 3)}' if look != 'number' else ''} {said}"
        true.append((2, said.upper() if "upper" in style else said))
        html += f"<h2>{said}</h2>"
        for _ in range(chance.randint(1, 4)):
            begins = chance.choice((*("<b>%s.</b> ", "<i>%s.</i> "), *("",) * 12))
            html += f"<p>{begins % title(chance) if begins else ''}{prose(chance, chance.randint(2, 5))}</p>"
            html += _between(chance)
    return html, true


def _between(chance: random.Random) -> str:
    """Return what may be taken for a heading, or nothing."""
    items = "".join(f"<li>{sentence(chance, 2, 8)[:-1]}</li>" for _ in range(3))
    return chance.choice(
        (
            f"<p style='text-align:center'>{sentence(chance, 3, 6)}</p>",
            f"<p style='color:#a00'>{sentence(chance, 4, 7)}</p>",
            f"<p>{sentence(chance, 3, 5).upper()}</p>",
            f"<p>{chance.choice(NAMES)} {chance.choice(NAMES)}:</p><ul>{items}</ul>",
            "<hr>",
            *("",) * 8,
        )
    )
