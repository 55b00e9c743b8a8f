"""Numbers in the digits, groups, shares, powers and fractions of a format code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

from .codes import Token


__all__ = ["number_text", "rounded"]

_POINT = Token("mark", ".")
_COMMA = Token("mark", ",")
_FILLING = {"0": "0", "?": " ", "#": ""}
_WIDE = Context(prec=400)  # the largest number of a sheet has 309 digits
_MOST_PLACES = 30
_MOST_BELOW = 5  # digits of a fraction's denominator


def rounded(value: Decimal, places: int) -> Decimal:
    """Return *value* with *places* decimals, halves away from nought, as spreadsheets have it."""
    return value.quantize(Decimal(1).scaleb(-min(places, _MOST_PLACES)), ROUND_HALF_UP, _WIDE)


def number_text(tokens: Sequence[Token], value: float) -> str | None:
    """Return *value* in the digits that *tokens* say; None where those are not known."""
    kinds = {token.kind for token in tokens}
    marks = [token.text for token in tokens if token.kind == "mark"]
    exact = abs(Decimal(repr(value))).scaleb(2 * marks.count("%"))
    if "general" in kinds:
        plain = f"{rounded(exact, 10).normalize(_WIDE):f}"
        text = "".join(plain if token.kind == "general" else token.text for token in tokens)
    elif "@" in marks:
        return None
    elif "digit" not in kinds:
        return "".join(token.text for token in tokens if token.kind == "literal" or token.text == "%")
    elif "power" in kinds:
        text = _scientific(tokens, exact)
    elif "/" in marks:
        text = _fraction(tokens, exact)
    else:
        text = _decimal(tokens, exact)
    return f"-{text}" if value < 0 else text


def _decimal(tokens: Sequence[Token], value: Decimal) -> str:
    """Return *value*, which is not negative, in the digits of *tokens*; literals may part these, as in "000-0000"."""
    point = tokens.index(_POINT) if _POINT in tokens else len(tokens)
    before, behind = tokens[:point], tokens[point:]
    whole_places = [at for at, token in enumerate(before) if token.kind == "digit"]
    last = max(at for at, token in enumerate(tokens) if token.kind == "digit")
    commas = [at for at, token in enumerate(tokens) if token == _COMMA]
    grouped = bool(whole_places) and any(whole_places[0] < at < whole_places[-1] for at in commas)
    # a comma behind the digits divides by a thousand, before the point as well as at the end
    thousands = sum((at < point and (not whole_places or at > whole_places[-1])) or at > last for at in commas)
    places = sum(token.kind == "digit" for token in behind)
    whole, _, part = f"{rounded(value.scaleb(-3 * thousands), places):f}".partition(".")
    return _whole(before, whole.lstrip("0"), grouped=grouped) + _part(behind, part)


def _whole(tokens: Sequence[Token], digits: str, *, grouped: bool = False) -> str:
    """Return *digits* in the places of *tokens*, from the right; what has no place of its own stands in the first."""
    places = sum(token.kind == "digit" for token in tokens)
    pieces = [] if places else [*reversed(digits)]
    count = 0
    for token in reversed(tokens):
        if token.kind == "digit":
            places -= 1
            taken, digits = (digits[-1:], digits[:-1]) if places else (digits, "")
            for digit in reversed(taken or _FILLING[token.text]):
                if grouped and count and count % 3 == 0 and digit != " ":
                    pieces.append(",")
                pieces.append(digit)
                count += 1
        elif token.kind == "literal" or token.text == "%":
            pieces.append(token.text[::-1])
    return "".join(pieces)[::-1]


def _part(tokens: Sequence[Token], digits: str) -> str:
    """Return what stands from the decimal point on."""
    kept = len(digits.rstrip("0"))
    pieces: list[str] = []
    place = 0
    for token in tokens:
        if token.kind == "digit":
            pieces.append(digits[place : place + 1] if token.text == "0" or place < kept else _FILLING[token.text])
            place += 1
        elif token.kind == "literal" or token.text in ("%", "."):
            pieces.append(token.text)
    return "".join(pieces)


def _scientific(tokens: Sequence[Token], value: Decimal) -> str:
    at = next(at for at, token in enumerate(tokens) if token.kind == "power")
    mantissa = tokens[:at]
    point = mantissa.index(_POINT) if _POINT in mantissa else at
    width = max(1, sum(token.kind == "digit" for token in mantissa[:point]))
    places = sum(token.kind == "digit" for token in mantissa[point:])
    power = value.adjusted() // width * width if value else 0
    if rounded(value.scaleb(-power), places) >= 10**width:
        power += width
    sign = "-" if power < 0 else "+" if tokens[at].text == "e+" else ""
    exponent = _whole(tokens[at + 1 :], str(abs(power)).lstrip("0"))
    return f"{_decimal(mantissa, value.scaleb(-power))}E{sign}{exponent}"


def _fraction(tokens: Sequence[Token], value: Decimal) -> str:
    slash = next(at for at, token in enumerate(tokens) if token == Token("mark", "/"))
    above = slash
    while above and tokens[above - 1].kind == "digit":
        above -= 1
    below = "".join(token.text for token in tokens[slash + 1 :] if token.kind in ("digit", "literal")).strip()
    has_whole = any(token.kind == "digit" for token in tokens[:above])
    whole = int(value) if has_whole else 0
    rest = Fraction(value) - whole
    if below.strip("0#?"):
        denominator = int(below)  # as in "# ??/16"
        numerator = int(rest * denominator + Fraction(1, 2))
    else:
        numerator, denominator = rest.limit_denominator(10 ** min(len(below), _MOST_BELOW) - 1).as_integer_ratio()
    if has_whole and numerator == denominator:
        whole, numerator = whole + 1, 0
    parted = f"{numerator}/{denominator}" if numerator or not has_whole else ""
    lead = re.sub(r"\s+", "", "".join(token.text for token in tokens[:above] if token.kind == "literal"))
    return lead + " ".join(filter(None, (str(whole) if whole or not parted else "", parted)))
