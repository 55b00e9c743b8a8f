"""The gateway's description as a page for people; it needs no script and nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any


__all__ = ["page"]


def page(described: Mapping[str, Any]) -> str:
    """Return the OpenAPI description *described* as HTML."""
    groups: dict[str, list[str]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append("".join(_entry(method, path, operation)))
    body = "".join(f"<h2>{escape(group)}</h2>\n{''.join(entries)}" for group, entries in groups.items())
    models = "".join(
        f'<details><summary><code>{name}</code></summary><pre id="{name}">{_shown(schema)}</pre></details>\n'
        for name, schema in described["components"]["schemas"].items()
    )
    return _DOCS.format(version=escape(described["info"]["version"]), body=body, models=models)


def _entry(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    key = "" if "security" in operation else " — no key"
    yield f"<details><summary><code>{method.upper()} {escape(path)}</code> "
    yield f"{escape(operation['summary'])}{key}</summary>"
    for parameter in operation.get("parameters", ()):
        yield f"<p><code>{parameter['name']}</code> ({parameter['in']}): {_shown(parameter['schema'])}</p>"
    for kind, what in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<p>Send <code>{kind}</code>:</p><pre>{_shown(what.get('schema', {}))}</pre>"
    for status, answer in operation["responses"].items():
        for kind, what in answer["content"].items():
            yield f"<p><b>{status}</b> {escape(answer['description'])} <code>{kind}</code> "
            yield f"{_shown(what.get('schema', {}))}</p>"
    yield "</details>\n"


def _shown(schema: Any) -> str:
    """Return *schema* as HTML: a reference is a link, everything else JSON with one key a line."""
    if isinstance(schema, dict) and "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if isinstance(schema, dict) and "properties" in schema:
        needed = schema.get("required", ())
        return "\n".join(
            f"{escape(name)}{'' if name in needed else '?'}: {_shown(one)}"
            for name, one in schema["properties"].items()
        )
    if isinstance(schema, dict) and (many := schema.get("anyOf") or schema.get("oneOf")):
        return " | ".join(_shown(one) for one in many)
    if isinstance(schema, dict) and schema.get("type") == "array":
        return f"[{_shown(schema.get('items', {}))} …]"
    if isinstance(schema, dict):
        words = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
        kind = schema.get("type", "anything")
        said = " | ".join(map(str, words)) if words else kind if isinstance(kind, str) else " | ".join(kind)
        return escape(said)
    return escape(str(schema))


_DOCS = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>ocr_async: the interface for programs</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page/view.css">
<link rel="stylesheet" href="/page/page.css">
<header>
  <h1>ocr_async {version}</h1>
  <p><a href="/">The page for people</a> · <a href="/openapi.json">openapi.json</a></p>
</header>
<main class="docs">
<p>Keys go into <code>Authorization: Bearer …</code> or <code>x-api-key</code>. Every answer has an
<code>X-Request-Id</code>; errors say it too.</p>
{body}<h2>Shapes</h2>
{models}</main>
</html>
"""
