"""
What the names of fonts tell in documents of all kinds: which are of even width, and what the letters of symbol fonts
show: arrows, bullets, ticks, Greek. Files say letters that nobody sees.
"""

from __future__ import annotations

import re


__all__ = [
    "MONO",
    "OF_AWESOME",
    "OF_AWESOME_OUTLINES",
    "OF_SYMBOL",
    "OF_TEX",
    "OF_WINGDINGS",
    "SYMBOL",
    "WINGDINGS",
    "sign_of",
]

# TeX's typewriters stand upright, slanted and in italics; "monotype" is who made a font.
MONO = re.compile(
    r"mono(?!type)|nimbusmon|courier|cursor|consol|menlo|typewriter|(?:[ce][mc]|sf)(?:sl|i)?tt|(?:ec|sf)(?:st|it)\d"
    r"|(?:[tp]|t1)xb?tt|inconsolata|lettergothic|(?:\b|source|fira)code",
    re.IGNORECASE,
)
WINGDINGS = re.compile(r"wingdings(?![\s_-]?[23])", re.IGNORECASE)
SYMBOL = re.compile(r"(?:^|\+)symbol", re.IGNORECASE)

# Source: Microsoft's Wingdings, https://en.wikipedia.org/wiki/Wingdings (read 2026-11-28): what forms and lists use.
OF_WINGDINGS = dict(
    zip(
        b"\x6c\x6d\x6e\x6f\x71\x72\x73\x74\x75\x76\x77\xa7\xa8\x9f\xd8\xdf\xe0\xe1\xe2\xe8\xf0\xfb\xfc\xfd\xfe\xf3\x4a\x4c",
        "●❍■□❑❒⬧⧫◆❖⬥▪□•➢←→↑↓➔⇨✗✓☒☑⬄☺☹",
        strict=True,
    )
)
# Source: Adobe's Symbol encoding, https://www.unicode.org/Public/MAPPINGS/VENDORS/ADOBE/symbol.txt (read 2026-11-28).
OF_SYMBOL = dict(
    zip(
        b"\x61\x62\x63\x64\x65\x66\x67\x68\x6b\x6c\x6d\x6e\x70\x71\x72\x73\x74\x77\x78\x79\x44\x53\x57\x46\x47"
        b"\xa3\xb3\xb1\xb0\xb4\xb7\xb9\xbb\xac\xad\xae\xaf\xab\xa5\xb6\xd6\xe5\xf2\xce\xd7\xd0\xb8\xb2\xa2",
        "αβχδεφγηκλμνπθρστωξψΔΣΩΦΓ≤≥±°×•≠≈←↑→↓↔∞∂√∑∫∈⋅∠÷″′",
        strict=True,
    )
)
# Source: Font Awesome 4.7's style sheet, whose codes its later fonts keep (read 2026-11-30): what says something.
OF_AWESOME: dict[int, str] = dict(
    zip(
        (
            *(0xF095, 0xF0E0, 0xF00C, 0xF058, 0xF00D, 0xF057, 0xF046, 0xF14A, 0xF096, 0xF0C8, 0xF111, 0xF10C, 0xF192),
            *(0xF005, 0xF006, 0xF153, 0xF155, 0xF154, 0xF157, 0xF060, 0xF061, 0xF062, 0xF063, 0xF067, 0xF068, 0xF071),
            *(0xF105, 0xF0DA, 0xF1FA, 0xF295, 0xF164, 0xF165),
        ),
        "☎✉✓✓✗✗☑☑☐■●○◉★☆€$£¥←→↑↓+−⚠›▸@%👍👎",
        strict=True,
    )
)
OF_AWESOME_OUTLINES = OF_AWESOME | {0xF005: "☆", 0xF0C8: "☐", 0xF111: "○"}  # of the fonts that are "Regular"
# LaTeX's fonts of signs, by a part of their names. Source: its packages marvosym, eurosym and wasysym, read 2026-11-30.
OF_TEX = {
    "marvosym": dict(
        zip(
            b"*+,-./0123456789<>@ABDHOTVXcdeikv\xa4",
            "×+,−.÷0123456789≤≥@✆✉€✆☐☎☑☒€€€ℹ✉℻€",
            strict=True,
        )
    ),
    "feym": dict.fromkeys(b"eE", "€"),
    "wasy": {0x32: "☐", 0x34: "☒"},
}
_LOW = 0xFF  # programs keep the codes of symbol fonts at U+F000


def sign_of(font: str, code: str) -> str | None:
    """Return the sign that the hexadecimal *code* shows in *font*; None where that is not known."""
    known = OF_WINGDINGS if WINGDINGS.search(font) else OF_SYMBOL if SYMBOL.search(font) else {}
    try:
        return known.get(int(code, 16) & _LOW)
    except ValueError:
        return None
