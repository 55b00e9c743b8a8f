"""
Formulas of Word, PowerPoint (OMML) and web pages (MathML) as LaTeX.

Letters in a row would say something else: a fraction becomes a product, a power a number. Signs that readers of
LaTeX take as they are, such as Greek letters, stay.

Source: ECMA-376 part 1, 22.1; MathML Core, https://www.w3.org/TR/mathml-core/ (both read 2026-11).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from xml.etree.ElementTree import Element


__all__ = ["latex"]

_FUNCTIONS = frozenset(
    [
        "sin",
        "cos",
        "tan",
        "cot",
        "sec",
        "csc",
        "sinh",
        "cosh",
        "tanh",
        "coth",
        "arcsin",
        "arccos",
        "arctan",
        "log",
        "ln",
        "lg",
        "exp",
        "lim",
        "max",
        "min",
        "sup",
        "inf",
        "det",
        "dim",
        "ker",
        "gcd",
        "arg",
        "deg",
        "hom",
        "Pr",
    ]
)
_NARY = {"∑": "\\sum", "∏": "\\prod", "∐": "\\coprod", "∫": "\\int", "∬": "\\iint", "∭": "\\iiint", "∮": "\\oint",
         "⋃": "\\bigcup", "⋂": "\\bigcap", "⋁": "\\bigvee", "⋀": "\\bigwedge", "⨁": "\\bigoplus"}  # fmt: skip
_ACCENTS = {"\u0302": "hat", "^": "hat", "ˆ": "hat", "\u0303": "tilde", "~": "tilde", "˜": "tilde", "\u0304": "bar",
            "\u0305": "overline", "¯": "overline", "‾": "overline", "_": "underline", "\u0332": "underline",
            "\u20d7": "vec", "→": "vec", "\u0307": "dot", "˙": "dot", "\u0308": "ddot", "¨": "ddot", "\u030c": "check",
            "ˇ": "check", "\u0306": "breve", "˘": "breve", "⏞": "overbrace", "⏟": "underbrace"}  # fmt: skip
_SIGNS = {
    "\\": "\\backslash ",
    "^": "\\hat{}",
    "~": "\\sim ",
    "\u2212": "-",
    "\xa0": "\\ ",
    **{sign: f"\\{sign}" for sign in "{}#%&_$"},
    **dict.fromkeys("\u2061\u2062\u2063\u2064\u200b", ""),  # a function applied, a product left out
}
_FENCES = {"{": "\\{", "}": "\\}", "": ".", "〈": "⟨", "〉": "⟩", "‖": "\\|"}
_ITALIC = re.compile("[\U0001d434-\U0001d467\U0001d6e2-\U0001d71b]")
_OFF = frozenset({"0", "false", "off"})
_FACTS = frozenset({"annotation", "annotation-xml", "mphantom", "mspace", "mprescripts", "none", "del", "moveFrom"})


def latex(formula: Element) -> str:
    """Return *formula*, whose elements have no namespaces, as LaTeX on one line, without dollar signs around it."""
    return " ".join(_said(formula).split())


def _said(element: Element) -> str:
    name = element.tag
    if name in _FACTS or name.endswith("Pr"):  # facts of OMML's elements
        return ""
    write = _WRITERS.get(name)
    return _inside(element) if write is None else write(element)


def _inside(element: Element) -> str:
    return "".join(map(_said, element))


def _signs(text: str) -> str:
    text = _ITALIC.sub(lambda letter: unicodedata.normalize("NFKC", letter[0]), text)
    return "".join(_SIGNS.get(sign, sign) for sign in text)


def _base(text: str) -> str:
    """Return *text* as what a mark may be set to."""
    return text if len(text) == 1 or re.fullmatch(r"\\[A-Za-z]+ ?", text) else f"{{{text}}}"


def _scripts(base: str, below: str | None, above: str | None) -> str:
    return _base(base) + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")


def _set_to(base: str, below: str | None, above: str | None) -> str:
    """Return *base* with what stands right below and above it."""
    if base.strip() in {*_NARY.values(), *(f"\\{name}" for name in _FUNCTIONS)}:
        return _scripts(base.strip(), below, above) + " "
    text = f"\\underset{{{below}}}{{{base}}}" if below else base
    return f"\\overset{{{above}}}{{{text}}}" if above else text


def _named(name: str) -> str:
    """Return the *name* of a function, or of a variable of several letters."""
    if name in _FUNCTIONS:
        return f"\\{name} "
    return _signs(name) if len(name) < 2 or not name.isalpha() else f"\\mathrm{{{name}}}"


def _accent(base: str, sign: str, *, below: bool = False) -> str:
    if (name := _ACCENTS.get(sign)) is not None:
        return f"\\{'underline' if below and name == 'overline' else name}{{{base}}}"
    return _set_to(base, _signs(sign) if below else None, None if below else _signs(sign))


def _rows(rows: Sequence[Sequence[str]], kind: str = "matrix") -> str:
    inside = " \\\\ ".join(" & ".join(row) for row in rows)
    return f"\\begin{{{kind}}}{inside}\\end{{{kind}}}" if rows else ""


# --- OMML -------------------------------------------------------------------------------------------------------


def _part(element: Element, name: str) -> str:
    found = element.find(name)
    return "" if found is None else _inside(found)


def _fact(element: Element, name: str, otherwise: str = "") -> str:
    """Return the value of one of the facts of *element*, such as the sign of an accent."""
    found = element.find(f"{element.tag}Pr/{name}")
    return otherwise if found is None else found.get("val", "")


def _is_hidden(element: Element, name: str) -> bool:
    found = element.find(f"{element.tag}Pr/{name}")
    return found is not None and found.get("val", "1") not in _OFF


def _run(element: Element) -> str:
    text = "".join(each.text or "" for each in element.iter("t"))
    facts = element.find("rPr")
    if facts is not None and facts.find("nor") is not None:
        return f"\\text{{{_signs(text)}}}" if text.strip() else text
    return _signs(text)


def _fraction(element: Element) -> str:
    above, below = _part(element, "num"), _part(element, "den")
    match _fact(element, "type"):
        case "lin" | "skw":
            return f"{_base(above)}/{_base(below)}"
        case "noBar":
            return f"{{{above} \\atop {below}}}"
    return f"\\frac{{{above}}}{{{below}}}"


def _nary(element: Element) -> str:
    sign = _fact(element, "chr", "∫")
    below = None if _is_hidden(element, "subHide") else _part(element, "sub")
    above = None if _is_hidden(element, "supHide") else _part(element, "sup")
    return f"{_scripts(_NARY.get(sign, sign), below, above)} {_part(element, 'e')}"


def _delimited(element: Element) -> str:
    first, last = _fact(element, "begChr", "("), _fact(element, "endChr", ")")
    between = f" {_signs(_fact(element, 'sepChr', '|'))} "
    inside = between.join(_inside(each) for each in element.findall("e"))
    return f"\\left{_FENCES.get(first, first)} {inside} \\right{_FENCES.get(last, last)}"


def _function(element: Element) -> str:
    name = _part(element, "fName").strip()
    return f"{_named(name) if name.isalpha() else name} {_part(element, 'e')}"


def _limit(element: Element) -> str:
    base, limit = _part(element, "e").strip(), _part(element, "lim")
    base = _named(base).strip() if base in _FUNCTIONS else base
    return _set_to(base, limit, None) if element.tag == "limLow" else _set_to(base, None, limit)


def _radical(element: Element) -> str:
    degree = "" if _is_hidden(element, "degHide") else _part(element, "deg")
    return f"\\sqrt{f'[{degree}]' if degree else ''}{{{_part(element, 'e')}}}"


def _bar(element: Element) -> str:
    return f"\\{'overline' if _fact(element, 'pos') == 'top' else 'underline'}{{{_part(element, 'e')}}}"


def _grouped(element: Element) -> str:
    top = _fact(element, "pos", "bot") == "top"
    return _accent(_part(element, "e"), _fact(element, "chr", "⏟"), below=not top)


# --- MathML -----------------------------------------------------------------------------------------------------


def _token(element: Element) -> str:
    text = " ".join("".join(element.itertext()).split())
    if element.tag == "mtext":
        return f"\\text{{{_signs(text)}}}" if text else ""
    if text in _NARY:
        return f"{_NARY[text]} "
    return _named(text) if element.tag == "mi" or text in _FUNCTIONS else _signs(text)


def _parts(element: Element) -> list[str]:
    """Return what each child says; an empty one where the last are missing."""
    return [*map(_said, element), "", "", ""]


def _semantics(element: Element) -> str:
    for each in element.iter("annotation"):
        text = "".join(each.itertext()).strip()
        # a source of several lines may hold comments and dollars
        if each.get("encoding") == "application/x-tex" and text and not re.search(r"(?<!\\)[%$]|\n", text):
            return text
    return _inside(element)


def _over(element: Element) -> str:
    sign = "".join(element[1].itertext()).strip() if len(element) > 1 else ""
    base, mark, *_ = _parts(element)
    below = element.tag == "munder"
    if sign in _ACCENTS:
        return _accent(base, sign, below=below)
    return _set_to(base, mark, None) if below else _set_to(base, None, mark)


def _fenced(element: Element) -> str:
    first, last = element.get("open", "("), element.get("close", ")")
    inside = f"{element.get('separators', ',')[:1]} ".join(map(_said, element))
    return f"\\left{_FENCES.get(first, first)} {inside} \\right{_FENCES.get(last, last)}"


_WRITERS: dict[str, Callable[[Element], str]] = {
    "oMathPara": lambda element: " \\\\ ".join(filter(None, map(_said, element))),
    "r": _run,
    "f": _fraction,
    "sSup": lambda element: _scripts(_part(element, "e"), None, _part(element, "sup")),
    "sSub": lambda element: _scripts(_part(element, "e"), _part(element, "sub"), None),
    "sSubSup": lambda element: _scripts(_part(element, "e"), _part(element, "sub"), _part(element, "sup")),
    "sPre": lambda element: "{}" + _scripts("", _part(element, "sub"), _part(element, "sup")) + _part(element, "e"),
    "rad": _radical,
    "nary": _nary,
    "d": _delimited,
    "func": _function,
    "limLow": _limit,
    "limUpp": _limit,
    "bar": _bar,
    "acc": lambda element: _accent(_part(element, "e"), _fact(element, "chr", "\u0302")),
    "groupChr": _grouped,
    "borderBox": lambda element: f"\\boxed{{{_part(element, 'e')}}}",
    "m": lambda element: _rows([[_inside(each) for each in row.findall("e")] for row in element.findall("mr")]),
    "eqArr": lambda element: _rows([[_inside(each)] for each in element.findall("e")], "aligned"),
    **dict.fromkeys(("mi", "mn", "mo", "mtext", "ms"), _token),
    "semantics": _semantics,
    "mfrac": lambda element: "\\frac{{{}}}{{{}}}".format(*_parts(element)[:2]),
    "msqrt": lambda element: f"\\sqrt{{{_inside(element)}}}",
    "mroot": lambda element: "\\sqrt[{1}]{{{0}}}".format(*_parts(element)[:2]),
    "msup": lambda element: _scripts(_parts(element)[0], None, _parts(element)[1]),
    "msub": lambda element: _scripts(_parts(element)[0], _parts(element)[1], None),
    "msubsup": lambda element: _scripts(_parts(element)[0], _parts(element)[1], _parts(element)[2]),
    "munder": _over,
    "mover": _over,
    "munderover": lambda element: _set_to(*_parts(element)[:3]),
    "mfenced": _fenced,
    "mtable": lambda element: _rows([[*map(_said, row)] for row in element]),
}
