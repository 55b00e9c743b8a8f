"""What a browser shows of elements that hold no text: check boxes, fields, numbers of lists, formulas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree.ElementTree import Element

from .formulas import latex
from .numerals import numeral


__all__ = ["children", "control_text", "formula_text", "item_labels"]

_BOXES = {"checkbox": "☐☒", "radio": "○◉"}
_NO_TEXT = frozenset({"hidden", "password", "file", "image", "range", "color"})
_LIST_TYPES = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_LIST_STYLES = {"lower-alpha": "lowerLetter", "lower-latin": "lowerLetter", "upper-alpha": "upperLetter",
                "upper-latin": "upperLetter", "lower-roman": "lowerRoman", "upper-roman": "upperRoman",
                "decimal-leading-zero": "decimalZero"}  # fmt: skip
_STYLE = re.compile(r"list-style(?:-type)?\s*:[^;]*?(" + "|".join(_LIST_STYLES) + r")\b", re.IGNORECASE)
_WHOLE = re.compile(r"\s*([-+]?\d{1,9})\s*")


def children(node: Any) -> Iterator[Any]:
    """Yield what stands right in *node*."""
    child = node.child
    while child is not None:
        yield child
        child = child.next


def control_text(node: Any) -> str:
    """Return what a field of a form shows."""
    if node.tag == "select":
        options = node.css("option")
        chosen = [option for option in options if "selected" in option.attributes]
        if not chosen and "multiple" not in node.attributes:
            chosen = options[:1]
        return ", ".join(" ".join(option.text(deep=True).split()) for option in chosen)
    kind = (node.attributes.get("type") or "text").lower()
    if kind in _BOXES:
        return _BOXES[kind]["checked" in node.attributes]
    return "" if kind in _NO_TEXT else " ".join((node.attributes.get("value") or "").split())


def formula_text(node: Any) -> str:
    """Return a formula of MathML as LaTeX between dollar signs; nothing where it says nothing."""
    said = latex(_element(node))
    return f"${said}$" if said else ""


def _element(node: Any) -> Element:
    element = Element(node.tag or "span", {key: value or "" for key, value in node.attributes.items()})
    last: Element | None = None
    for child in children(node):
        if child.tag == "-text":
            text = child.text_content or ""
            if last is None:
                element.text = (element.text or "") + text
            else:
                last.tail = (last.tail or "") + text
        elif child.tag and child.tag[0] not in "-!":
            last = _element(child)
            element.append(last)
    return element


def item_labels(node: Any, items: Sequence[Any]) -> Iterator[str]:
    """Yield what stands before each of *items*, those of the numbered list *node*, which may be None."""
    attributes = node.attributes
    backwards = "reversed" in attributes
    count = _whole(attributes.get("start"), len(items) if backwards else 1)
    styled = _STYLE.search(attributes.get("style") or "")
    form = _LIST_STYLES[styled[1].lower()] if styled else _LIST_TYPES.get(attributes.get("type") or "", "decimal")
    for item in items:
        if item is not None:
            count = _whole(item.attributes.get("value"), count)
        yield f"{numeral(count, form)}."
        count += -1 if backwards else 1


def _whole(text: str | None, otherwise: int) -> int:
    found = _WHOLE.fullmatch(text or "")
    return int(found[1]) if found else otherwise
