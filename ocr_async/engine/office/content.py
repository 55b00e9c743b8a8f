"""
What a flowing document says, page by page: blocks of runs, without places.

The readers (`packages` for Office files, `opendocument`, `rtf`, `markup` for HTML and EPUB) fill these values, and
`writing` turns them into the pages that callers get.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from attrs import evolve, frozen


__all__ = [
    "BREAK",
    "Block",
    "Code",
    "Entry",
    "Field",
    "Heading",
    "Leaf",
    "Listing",
    "Markdown",
    "Note",
    "PageBreak",
    "Paragraph",
    "Photo",
    "Quote",
    "Rule",
    "Run",
    "Table",
    "alone",
    "parted",
    "plain",
    "seen",
]
_UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))  # where a word may be parted, and where not


@frozen(slots=True)
class Photo:
    """
    A picture inside a document.

    Attributes:
        data: Base64 of the file as the document holds it; None where it holds none.

        alternate: What the author says it shows.
    """

    data: str | None = None
    alternate: str = ""


@frozen(slots=True)
class Run:
    """
    Text of one style, or a picture in the midst of it.

    Attributes:
        script: Above or below the line.

        link: Where it leads.

        note: The label of the footnote that is called here; such a run has no text.

        formula: Whether the text is LaTeX between dollar signs.
    """

    text: str = ""
    bold: bool = False
    italic: bool = False
    struck: bool = False
    code: bool = False
    script: Literal["sup", "sub"] | None = None
    link: str | None = None
    photo: Photo | None = None
    note: str | None = None
    formula: bool = False

    @property
    def says(self) -> bool:
        """Whether there is anything of it to be seen."""
        return self.photo is not None or self.note is not None or bool(self.text.strip())


BREAK = Run("\n")
"""A line that ends within its paragraph. No other run holds a line break."""


@frozen(slots=True)
class Heading:
    """A heading; *level* is 1 to 6."""

    level: int
    runs: tuple[Run, ...]


@frozen(slots=True)
class Paragraph:
    """Running text; *kind* is that of a page's region."""

    runs: tuple[Run, ...]
    kind: Literal["text", "caption"] = "text"


@frozen(slots=True)
class Entry:
    """
    One item of a list, with the lists inside it among its blocks.

    Attributes:
        label: What stands before it, such as "(a)"; None is the bullet or the next number of its list.
    """

    blocks: tuple[Block, ...]
    label: str | None = None


@frozen(slots=True)
class Listing:
    """A list; *start* is the first number of a numbered one, and None makes it one of bullets."""

    entries: tuple[Entry, ...]
    start: int | None = None


@frozen(slots=True)
class Field:
    """One cell of a table; *row* and *column* count from 0."""

    row: int
    column: int
    blocks: tuple[Block, ...]
    row_span: int = 1
    column_span: int = 1
    header: bool = False


@frozen(slots=True)
class Table:
    """A table; its fields do not overlap."""

    fields: tuple[Field, ...]


@frozen(slots=True)
class Code:
    """Text whose spaces and line breaks count."""

    text: str
    language: str | None = None


@frozen(slots=True)
class Markdown:
    """Text that is Markdown already."""

    text: str


@frozen(slots=True)
class Quote:
    """Blocks that are somebody else's words, or *aside*, such as a speaker's notes."""

    blocks: tuple[Block, ...]
    aside: bool = False


@frozen(slots=True)
class Note:
    """The text of a footnote, which `Run.note` calls by its label."""

    label: str
    blocks: tuple[Block, ...]


@frozen(slots=True)
class Rule:
    """A line between two parts."""


@frozen(slots=True)
class PageBreak:
    """The place where the author begins a page."""


Block = Heading | Paragraph | Listing | Table | Code | Markdown | Quote | Note | Rule | PageBreak


@frozen(slots=True)
class Leaf:
    """
    One page.

    Attributes:
        header: Its running head.

        footer: Its running foot.

        warnings: What is missing of it.
    """

    blocks: tuple[Block, ...] = ()
    header: tuple[Block, ...] = ()
    footer: tuple[Block, ...] = ()
    warnings: tuple[str, ...] = ()


def alone(runs: tuple[Run, ...]) -> tuple[Run, ...]:
    """Return the *runs* of a paragraph: a formula that is all of it stands between two dollar signs at each side."""
    said = [run for run in runs if run.says]
    if len(said) != 1 or not said[0].formula:
        return runs
    return (evolve(said[0], text=f"${said[0].text}$"),)


def parted(blocks: Iterable[Block]) -> list[tuple[Block, ...]]:
    """Return *blocks* by their pages, some of which may be empty."""
    parts: list[list[Block]] = [[]]
    for block in blocks:
        if isinstance(block, PageBreak):
            parts.append([])
        else:
            parts[-1].append(block)
    return [tuple(part) for part in parts]


def seen(text: str) -> str:
    """Return *text* without the signs that nobody sees, such as soft hyphens."""
    return text if text.isascii() else text.translate(_UNSEEN)


def plain(blocks: Iterable[Block]) -> str:
    """Return the text of *blocks* without any marks, a line for each of them."""
    return "\n".join(text for block in blocks if (text := _plain(block)))


def _plain(block: Block) -> str:
    match block:
        case Heading(runs=runs) | Paragraph(runs=runs):
            return "".join(run.text for run in runs).strip()
        case Listing(entries=entries):
            return "\n".join(plain(entry.blocks) for entry in entries)
        case Table(fields=fields):
            rows: dict[int, list[str]] = {}
            for field in fields:
                rows.setdefault(field.row, []).append(plain(field.blocks).replace("\n", " "))
            return "\n".join("\t".join(row) for row in rows.values())
        case Quote(blocks=blocks) | Note(blocks=blocks):
            return plain(blocks)
        case Code(text=text) | Markdown(text=text):
            return text
        case _:
            return ""
