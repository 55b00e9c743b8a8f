"""Who may import whom: the table of docs/explanation/architecture.md, kept true."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import ocr_async


PACKAGE = Path(ocr_async.__file__).parent

# Layer by the first part of a module's name below the package; a module imports its own layer and those under it.
LAYERS: dict[str, int] = {
    **dict.fromkeys(("errors", "models", "steps", "events", "settings", "_ipc", "_platform", "wording", "tables"), 0),
    **dict.fromkeys(
        ("_base64", "_percent", "document", "mime_types", "pages", "formats", "pricing", "windows", "engine"), 1
    ),
    "providers": 2,
    **dict.fromkeys(("transport", "_buckets"), 3),
    **dict.fromkeys(("call", "_tasks"), 4),
    **dict.fromkeys(("_api", "_sync", "_iterating", "_portal", "testing", "telemetry", "_pytest_plugin"), 5),
    **dict.fromkeys(("export", "bulk", "cli", "gateway", "mcp", "__main__"), 6),
}
# What a layer may not import although it lies below.
APART = {("transport", "providers"), ("transport", "formats"), ("transport", "pages"), ("transport", "document")}
# Upward on purpose, and only when called: the JSON forms of a response, and its files.
EXCEPTIONS = {("models", "formats"), ("models", "export")}
# Third-party packages by the room that may import them when it is loaded; a room not named imports attrs alone.
THIRD_PARTY = {
    "tables": {"attrs", "markdown_it", "pandas"},  # the last two only when called
    "formats": {"attrs", "cattrs", "orjson", "pydantic_core", "simdjson"},  # the last for who has it
    "providers": {"attrs", "cattrs", "botocore", "google"},  # the clouds' own only when called, for credentials
    "transport": {"attrs", "anyio", "aiohttp", "yarl", "multidict", "tenacity", "orjson", "pybase64", "certifi"},
}
# The rooms of a part, and which others of that part each may import besides the part's top.
ROOMS: dict[str, set[str]] = {
    "engine": {"pdf", "scan", "ocr", "office", "layout", "confinement", "searchable"},
    "engine.confinement": set(),
    "engine.pdf": set(),
    "engine.scan": set(),
    "engine.ocr": {"scan", "layout"},
    "engine.office": {"scan"},
    "engine.layout": set(),
    "engine.searchable": {"scan"},
    "gateway.routes": {"access", "batch", "config", "idempotency", "intake", "jobs", "operating", "page", "storage"},
    "gateway.page": {"access", "intake", "routes"},
    "gateway.batch": {"access", "intake", "operating", "storage"},
    "gateway.idempotency": {"operating", "storage"},
    "gateway.jobs": {"idempotency", "intake", "operating", "storage"},
    "gateway.access": {"operating", "storage"},
    "gateway.intake": set(),
    "gateway.config": set(),
    "gateway.storage": {"operating"},
    "gateway.operating": set(),
    "gateway.multiprocess": {
        "access",
        "batch",
        "config",
        "idempotency",
        "intake",
        "jobs",
        "operating",
        "routes",
        "storage",
    },
}
OUR_ROOMS = {
    "errors",
    "models",
    "steps",
    "events",
    "settings",
    "document",
    "mime_types",
    "pages",
    "pricing",
    "windows",
    "wording",
}


@cache
def imports(file: Path) -> set[str]:
    """Return the dotted names that *file* imports, relative ones made absolute."""
    found = set()
    package = ["ocr_async", *file.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            found |= {f"{module}.{alias.name}" for alias in node.names} if module == "ocr_async" else {module}
    return found


def modules() -> list[Path]:
    return [file for file in sorted(PACKAGE.rglob("*.py")) if file.name not in {"__init__.py", "_generate.py"} or
            file.parent != PACKAGE]  # fmt: skip


def room(name: str) -> str:
    return name.removeprefix("ocr_async.").partition(".")[0]


def test_a_module_imports_only_what_lies_below_it() -> None:
    wrong = []
    for file in modules():
        own = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
        assert own in LAYERS, f"{own} has no layer yet; give it one here and in the documentation"
        for name in imports(file):
            other = room(name)
            if not name.startswith("ocr_async.") or (own, other) in EXCEPTIONS or other.startswith("__"):
                continue
            alone = LAYERS[other] == LAYERS[own] and "engine" in {own, other} and own != other
            if LAYERS[other] > LAYERS[own] or (own, other) in APART or alone:
                wrong.append(f"{file.relative_to(PACKAGE)} (layer {LAYERS[own]}) imports {name}")
    assert wrong == []


def test_values_and_pure_rooms_use_attrs_alone() -> None:
    foreign = {}
    for file in modules():
        own = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if own in OUR_ROOMS or own in THIRD_PARTY:
            allowed = THIRD_PARTY.get(own, {"attrs"}) | set(sys.stdlib_module_names) | {"ocr_async"}
            foreign[file] = {name.partition(".")[0] for name in imports(file)} - allowed
    assert {file: names for file, names in foreign.items() if names} == {}


def room_within(names: Sequence[str]) -> str:
    """Return the room of a part (engine, gateway) in which the module of dotted *names* lies; the part at its top."""
    inside = len(names) > 1 and (PACKAGE / names[0] / names[1]).is_dir()
    return ".".join(names[: 2 if inside else 1])


def test_a_room_of_the_engine_or_gateway_imports_only_what_its_docstring_allows() -> None:
    wrong = []
    for file in [file for part in ("engine", "gateway") for file in (PACKAGE / part).rglob("*.py")]:
        own = room_within(file.relative_to(PACKAGE).parent.parts)
        part = own.partition(".")[0]
        if own == "gateway":
            continue  # app and state put the rooms together
        allowed = {part, own, *(f"{part}.{room}" for room in ROOMS[own])}
        for name in imports(file):
            names = name.split(".")[1:]
            if names and names[0] == part and room_within(names) not in allowed:
                wrong.append(f"{own} imports {name}")
    assert wrong == []


def test_every_room_says_what_belongs_in_it_and_none_is_crowded() -> None:
    for folder in {file.parent for file in PACKAGE.rglob("*.py")}:
        assert ast.get_docstring(ast.parse((folder / "__init__.py").read_text())), folder
        assert len(list(folder.glob("*.py"))) <= 22, f"{folder} has too many modules for one room"


def loaded_after(statement: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport sys; print(*sys.modules)"],
        capture_output=True, text=True, check=True, cwd=PACKAGE.parent,
    )  # fmt: skip
    return set(done.stdout.split())


def test_importing_the_package_imports_next_to_nothing() -> None:
    heavy = {"aiohttp", "cattrs", "tenacity", "anyio", "attrs", "numpy", "asyncio", "ocr_async._portal"}
    rooms = {f"ocr_async.{name}" for name in ("engine", "cli", "formats", "transport", "providers", "export")}
    assert not loaded_after("import ocr_async") & (heavy | rooms)


def test_the_call_does_not_load_what_only_some_calls_need() -> None:
    loaded = loaded_after("from ocr_async import aocr")
    assert not loaded & {
        "numpy",
        "PIL",
        "onnxruntime",
        "ocr_async.engine",
        "ocr_async.cli",
        "ocr_async.transport.fetch",
    }


def test_the_help_of_the_command_loads_the_parser_alone() -> None:
    loaded = loaded_after(
        "import contextlib, io; from ocr_async.cli import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()): main(['--help'])"
    )
    assert not loaded & {"anyio", "asyncio", "aiohttp", "rich", "ocr_async.cli.run"}


def test_every_public_name_is_there() -> None:
    assert set(ocr_async.__all__) == {*ocr_async._HOMES, *ocr_async._MODULES, "close"}
    assert all(getattr(ocr_async, name) is not None for name in ocr_async.__all__)
