"""
Every option of the command as a page of the documentation, made of its parser.

    python -m ocr_async.cli.reference > docs/reference/command-options.md
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from . import _parser


__all__ = ["page"]

_HEAD = """\
# Every option of the command

Made of the command's own parser by `python -m ocr_async.cli.reference`; [command line](command-line.md) explains them.
"""


def page() -> str:
    """Return the page, in Markdown."""
    return "\n".join([_HEAD, *_commands(_parser())])


def _commands(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the sections of *parser* and of all commands below it."""
    below = next((each for each in parser._actions if isinstance(each, argparse._SubParsersAction)), None)
    shown = [each for each in parser._actions if each is not below and each.help != argparse.SUPPRESS]
    own = [each for each in shown if not isinstance(each, argparse._HelpAction)]
    if below is None or len(own) > 1:
        yield f"## {parser.prog}\n"
        if parser.description:
            yield f"{parser.description}\n"
        yield "| option | meaning |\n|---|---|"
        yield from (f"| {_cell(_name(each))} | {_cell(_meaning(each)).replace('<', '&lt;')} |" for each in own)
        yield ""
    if below is not None:
        for command in below.choices.values():
            yield from _commands(command)


def _name(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else _value(action)
    if not action.option_strings:
        return f"`{value or action.dest}`"
    return ", ".join(f"`{name}{f' {value}' if value else ''}`" for name in action.option_strings)


def _value(action: argparse.Action) -> str:
    if action.metavar is not None:
        return action.metavar if isinstance(action.metavar, str) else " ".join(action.metavar)
    if action.choices is not None:
        return "{" + ",".join(map(str, action.choices)) + "}"
    return action.dest.upper()


def _meaning(action: argparse.Action) -> str:
    return (action.help or "") % {"default": action.default, "prog": ""}


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    print(page(), end="")
