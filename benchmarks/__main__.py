"""Lists the scripts, or runs those that are named."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path


def scripts() -> dict[str, str]:
    """Return the claim of each script, by its name: the first paragraph of its docstring."""
    found = {}
    here = Path(__file__).parent
    for file in sorted([*here.glob("*.py"), *here.glob("*/__init__.py")]):
        name = file.parent.name if file.stem == "__init__" else file.stem
        tree = ast.parse(file.read_text())
        runs = any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body)
        if runs and name != "__main__":
            found[name] = (ast.get_docstring(tree) or "").partition("\n\n")[0].replace("\n", " ")
    return found


def main() -> None:
    known = scripts()
    if len(sys.argv) == 1:
        print("python -m benchmarks NAME…\n")
        for name, claim in known.items():
            print(f"{name:16} {claim}")
        return
    for name in sys.argv[1:]:
        if name not in known:
            sys.exit(f'there is no benchmark "{name}"; choose from {", ".join(known)}')
        importlib.import_module(f"benchmarks.{name}").main()
        print()


if __name__ == "__main__":
    main()
