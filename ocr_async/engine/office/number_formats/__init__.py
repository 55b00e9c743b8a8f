"""
Numbers and dates as a spreadsheet shows them: a format code is parted into tokens (`codes`) and shown by `digits` or
`dates`.

office-oxide gives each number beside its code, but shows few of these: a time comes as a share of a day, an article
number without its leading noughts.

Source: ECMA-376 part 1, 18.8.31 (read 2026-11); what LibreOffice shows is the measure.
"""

from __future__ import annotations

from decimal import InvalidOperation

from .codes import section_for
from .dates import date_text
from .digits import number_text


__all__ = ["shown"]


def shown(value: float, code: str, *, since_1904: bool = False) -> str | None:
    """
    Return *value* as the format *code* shows it; None where that is not known, as with eras.

    Args:
        since_1904: Whether the workbook counts its days from 1904.
    """
    try:
        section, value = section_for(code, value)
        if section is None:
            return None
        if section.tells_time:
            text = date_text(section.tokens, value, since_1904=since_1904)
        else:
            text = number_text(section.tokens, value)
    except (InvalidOperation, OverflowError, ValueError):
        return None
    return None if text is None else " ".join(text.split())
