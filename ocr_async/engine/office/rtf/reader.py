"""The words, braces and letters of RTF, one by one."""

from __future__ import annotations

import base64
import codecs
import re

from attrs import evolve, field, mutable

from ....errors import DocumentError
from ...symbol_fonts import sign_of
from ..content import BREAK, Block, Leaf, Note, Photo, Run, plain
from .flow import Edge, Flow, with_whole_letters


__all__ = ["leaves"]

_MOST_WORDS = 2_000_000  # each takes some 2 µs
_COSTLY: dict[str, int] = dict.fromkeys(("par", "cell", "nestcell", "row", "page", "sect", "footnote"), 20)  # words
_WIDEST = 1000  # cells of a row
_TOKEN = re.compile(
    r"[\r\n]+|(?P<brace>[{}])|\\(?P<word>[a-z]+)(?P<number>-?\d{1,9})?[ ]?|\\'(?P<hex>[0-9a-f]{2})|\\(?P<sign>.)"
    r"|(?P<text>[^\\{}\r\n]+)|\\",
    re.DOTALL | re.IGNORECASE,
)
_UNSEEN = frozenset(
    {
        "annotation",
        "colortbl",
        "info",
        "listtable",
        "listoverridetable",
        "nonesttables",
        "nonshppict",
        "private",
    }
    | {"revtbl", "rxe", "shprslt", "tc", "template", "txe", "xe", "ftnsep", "ftnsepc", "aftnsep", "aftnsepc"}
    | {"headerf", "footerf", "filetbl", "pntxta", "pntxtb", "pn", "ud"}
)
_LABELS = frozenset({"listtext", "pntext"})
_DEFINING = frozenset({"fonttbl", "stylesheet", "pict", "fldinst"})  # what is not seen as it is written
_COLLECTED = _DEFINING | _LABELS
_DRAWN = "sp"  # properties of a drawing, of which pictures are read
_HEADS = {"headerl": "header", "headerr": "header", "footerl": "footer", "footerr": "footer"}
_FLOWS = frozenset({"footnote", "header", "footer", "shptxt"})
_STARRED = _COLLECTED | _FLOWS | {"shppict", "shpinst"}  # all others behind a star are for programs that know them
_SIGNS = {"~": "\xa0", "_": "\u2011", "{": "{", "}": "}", "\\": "\\", "-": "", "*": ""}
_LETTERS = {
    "tab": "\t", "emdash": "—", "endash": "–", "emspace": " ", "enspace": " ", "qmspace": " ", "bullet": "•",
    "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”",
}  # fmt: skip
_CHARSETS = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
    254: "cp437", 255: "cp850",
}  # fmt: skip
_SIGN_FONT = 2  # its \fcharset
_PAGES = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}
_LINK = re.compile(r'\s*HYPERLINK\s+"([^"]*)"')
_HEADING = re.compile(r"\s*(?:heading ([1-9])|title)\s*;?\s*", re.IGNORECASE)
_PLAIN = Run()


def leaves(data: bytes) -> list[Leaf]:
    """
    Return the pages of an RTF file: what lies between page breaks.

    Raises:
        DocumentError: It holds more than is read.
    """
    return _Reader(data.decode("latin-1")).read()


@mutable(slots=True, eq=False, repr=False)
class _Group:
    """What holds until braces close: *kind* is what the text is for, if for no page, and *flow* where it goes to."""

    flow: Flow
    kind: str = ""
    text: list[str] = field(factory=list)
    number: int = 0  # of a font or style that is defined
    style: Run = _PLAIN
    font: int = 0
    fallback: int = 1  # letters behind one in Unicode that are for programs without it
    hidden: bool = False
    capitals: bool = False


class _Reader:
    """Reads tokens one by one."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._leaves: list[Leaf] = []
        self._notes: list[Note] = []
        self._heads: dict[str, tuple[Block, ...]] = {}
        self._called = 0
        self._new_page = False  # before what comes next
        self._fonts: dict[int, str] = {}
        self._encodings: dict[int, str] = {}
        self._sign_fonts: set[int] = set()
        self._headings: dict[int, int] = {}  # the levels of styles
        self._encoding = "cp1252"
        self._default = 0
        self._bytes = bytearray()  # of letters that are not decoded yet
        self._skipped = 0
        self._starred = False
        self._left = 0
        self._edges: list[Edge] = []
        self._merged = ""
        self._header = False
        self._flow = Flow()
        self._group = _Group(self._flow)
        self._outer: list[_Group] = []

    def read(self) -> list[Leaf]:
        at = count = 0
        while found := _TOKEN.match(self._text, at):
            at = found.end()
            count += _COSTLY.get(found["word"] or "", 1)
            if count > _MOST_WORDS:
                raise DocumentError(f"the RTF file has more than {_MOST_WORDS:,} words of RTF, which are not read")
            if found["hex"]:
                if not self._skip(1):
                    self._bytes += bytes.fromhex(found["hex"])
            elif text := found["text"]:
                self._plain(text)
            elif brace := found["brace"]:
                self._decode()
                self._skipped = 0
                if brace == "}" and len(self._outer) < 2:
                    break  # nothing behind the document is of it
                (self._open if brace == "{" else self._close)()
            elif word := found["word"]:
                self._decode()
                number = None if found["number"] is None else int(found["number"])
                if word == "bin":  # bytes of a picture, in which braces mean nothing
                    end = at + max(0, number or 0)
                    if self._group.kind == "pict":
                        self._say(self._text[at:end].encode("latin-1").hex())
                    at = end
                else:
                    self._word(word, number)
            elif sign := found["sign"]:
                self._decode()
                self._starred = sign == "*"
                if sign in "\r\n":
                    self._word("par", None)
                elif not self._skip(1):
                    self._say(_SIGNS.get(sign, ""))
        self._decode()
        while self._outer:
            self._close()
        self._end_page()
        return self._leaves or [Leaf()]

    def _open(self) -> None:
        self._outer.append(self._group)
        shares = self._group.kind not in ("fonttbl", "stylesheet")  # of these, each group inside is an entry
        self._group = evolve(self._group, text=self._group.text if shares else [])
        self._starred = False

    def _close(self) -> None:
        closed, self._group = self._group, self._outer.pop()
        outer, text = self._group, "" if closed.text is self._group.text else with_whole_letters("".join(closed.text))
        match closed.kind:
            case "fonttbl" if text:
                self._fonts[closed.number] = text.strip(" ;")
            case "stylesheet" if found := _HEADING.fullmatch(text):
                self._headings[closed.number] = min(int(found[1] or 1), 6)
            case kind if kind == outer.kind and closed.flow is outer.flow:
                pass
            case "footnote":
                self._begin_page()
                self._called += 1
                outer.flow.runs.append(Run(note=str(self._called)))
                self._notes.append(Note(str(self._called), closed.flow.read()))
            case "header" | "footer":
                self._heads[closed.kind] = closed.flow.read()
            case "shptxt" if blocks := closed.flow.read():
                self._begin_page()
                outer.flow.put(blocks)
            case kind if kind in _LABELS:
                outer.flow.label = text
            case "fldinst" if found := _LINK.match(text):
                outer.style = evolve(outer.style, link=found[1])
            case "pict":
                self._picture("".join(text.split()))

    def _picture(self, said: str) -> None:
        try:
            data = bytes.fromhex(said)
        except ValueError:
            return
        if data and not self._group.hidden and self._group.kind in ("", _DRAWN, *_FLOWS):
            self._begin_page()
            self._group.flow.runs.append(Run(photo=Photo(base64.b64encode(data).decode())))

    # --- text

    def _skip(self, count: int) -> int:
        """Return how many of the next *count* letters are for programs without Unicode."""
        skipped = min(self._skipped, count)
        self._skipped -= skipped
        return skipped

    def _plain(self, text: str) -> None:
        text = text[self._skip(len(text)) :]
        if not text.isascii() or self._group.font in self._sign_fonts:
            self._bytes += text.encode("latin-1")
        elif text:
            self._decode()
            self._say(text)

    def _decode(self) -> None:
        if not self._bytes:
            return
        font, data = self._group.font, bytes(self._bytes)
        self._bytes.clear()
        if font in self._sign_fonts and self._group.kind not in _DEFINING:
            self._say("".join(self._sign(0xF000 + code) if code > 32 else " " for code in data))
        else:
            self._say(data.decode(self._encodings.get(font, self._encoding), "replace"))

    def _sign(self, code: int) -> str:
        """Return what *code* of the private use that symbol fonts have shows."""
        fonts = (self._fonts.get(self._group.font, ""), "Symbol", "Wingdings")
        return next(filter(None, (sign_of(font, f"{code:04X}") for font in fonts)), chr(code))

    def _say(self, text: str) -> None:
        group = self._group
        if group.hidden or not text:
            return
        if group.kind and group.kind not in _FLOWS:
            if group.kind in _COLLECTED:
                group.text.append(text)
            return
        self._begin_page()
        group.flow.runs.append(evolve(group.style, text=text.upper() if group.capitals else text))

    # --- pages

    def _begin_page(self) -> None:
        if self._new_page and self._group.flow is self._flow:
            label, self._flow.label = self._flow.label, None  # of what comes
            self._end_page()
            self._flow.label = label

    def _end_page(self) -> None:
        self._new_page = False
        blocks = self._flow.read()
        if blocks or self._notes:
            above, below = (self._heads.get(each, ()) for each in ("header", "footer"))
            self._leaves.append(
                Leaf((*blocks, *self._notes), above if plain(above) else (), below if plain(below) else ())
            )
        self._notes = []

    # --- words

    def _word(self, word: str, number: int | None) -> None:
        group, starred = self._group, self._starred
        self._starred = False
        name = _HEADS.get(word, word)
        if group.kind == "skipped":
            return
        if word in _UNSEEN or (starred and word not in _STARRED):
            group.kind, group.text = "skipped", []
        elif name in _COLLECTED or word == _DRAWN:
            group.kind, group.text = word, []
        elif name in _FLOWS:
            if self._new_page and name in ("header", "footer"):  # those of the next page
                self._end_page()
            group.kind, group.flow, group.style = name, Flow(), Run()
        elif letters := _LETTERS.get(word):
            self._say(letters)
        elif word == "u":
            code = (number or 0) % 0x10000
            self._skipped = 0
            self._say(self._sign(code) if 0xF000 < code < 0xF100 else chr(code))
            self._skipped = group.fallback
        elif group.kind in ("fonttbl", "stylesheet"):
            self._defines(word, number)
        elif not self._styles(word, number) and group.kind not in _COLLECTED:
            self._paragraphs(word, number)

    def _defines(self, word: str, number: int | None) -> None:
        """Take what is said of a font or a style."""
        group = self._group
        if word == ("f" if group.kind == "fonttbl" else "s"):
            group.number = number or 0
        elif word == "fcharset" and number == _SIGN_FONT:
            self._sign_fonts.add(group.number)
        elif word == "fcharset" and number in _CHARSETS:
            self._encodings[group.number] = _CHARSETS[number]

    def _styles(self, word: str, number: int | None) -> bool:
        """Take what is said of letters; whether it was."""
        group, is_on = self._group, number != 0
        match word:
            case "b":
                group.style = evolve(group.style, bold=is_on)
            case "i":
                group.style = evolve(group.style, italic=is_on)
            case "strike" | "striked":
                group.style = evolve(group.style, struck=is_on)
            case "super" | "sub" if is_on:
                group.style = evolve(group.style, script="sup" if word == "super" else "sub")
            case "super" | "sub" | "nosupersub":
                group.style = evolve(group.style, script=None)
            case "plain":
                group.style, group.font = Run(link=group.style.link), self._default
                group.hidden = group.capitals = False
            case "v" | "deleted":
                group.hidden = is_on
            case "caps":
                group.capitals = is_on
            case "f":
                group.font = number or 0
            case "uc":
                group.fallback = max(0, number or 0)
            case "deff":
                self._default = group.font = number or 0
            case "ansicpg" if number:
                self._encoding = _known(f"cp{number}")
            case "mac" | "pc" | "pca":
                self._encoding = _PAGES[word]
            case _:
                return False
        return True

    def _paragraphs(self, word: str, number: int | None) -> None:
        """Take what is said of paragraphs, tables and pages."""
        flow = self._group.flow
        match word:
            case "par":
                flow.end()
            case "pard":
                flow.begin()
            case "line":
                self._begin_page()
                flow.runs.append(BREAK)
            case "page" | "sect" if flow is self._flow and not flow.in_table:
                flow.end()
                self._new_page = True
            case "sbknone" | "sbkcol":
                self._new_page = False
            case "pagebb" if flow is self._flow and number != 0:
                self._new_page = True
            case "outlinelevel":
                flow.level = min(number or 0, 5) + 1 if number in range(9) else None  # 9 is text
            case "s" if number in self._headings:
                flow.level = self._headings[number]
            case "ilvl":
                flow.depth = max(0, number or 0)
            case "li":
                flow.indent = number or 0
            case "fi":
                flow.hangs = (number or 0) < 0
            case "intbl":
                flow.in_table = True
            case "cell":
                flow.end_cell()
            case "nestcell":
                flow.end(in_table=True)
            case "row":
                flow.end_row(self._left, self._edges, header=self._header)
            case "trowd":
                self._left, self._edges, self._merged, self._header = 0, [], "", False
            case "trleft":
                self._left = number or 0
            case "trhdr":
                self._header = True
            case "clvmrg" | "clmrg":
                self._merged = "v" if word == "clvmrg" else "h"
            case "cellx" if len(self._edges) < _WIDEST:
                self._edges.append(Edge(number or 0, self._merged))
                self._merged = ""


def _known(encoding: str) -> str:
    try:
        codecs.lookup(encoding)
    except LookupError:
        return "cp1252"
    return encoding
