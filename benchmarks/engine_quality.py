"""
How well the embedded engine reads, against other packages, on documents that you have.

    python benchmarks/engine_quality.py INDEX SCORE [--engines ours,liteparse,…] [--kinds a,b] [--json FILE]

INDEX is a file of JSON lines, one document each: ``id``, ``file`` and ``truth_file`` (relative to it), ``kind`` and
``metrics``. SCORE is a Python file with ``score_doc(record, folder, markdown) -> dict`` of measures from 0 to 1.
Everything runs in this one process run, each engine over all documents it can open, so that the columns compare.
Engines that are not installed are left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any


Reader = Callable[[Path], str | None]
"""Returns a document's Markdown or text; None for a document that the engine does not open."""

MEASURES = ("sim", "wer", "wf", "cell", "adj", "ord", "head", "unit")
DIGITAL = ("digital", "table-digital")


def ours() -> Reader:
    from ocr_async import ocr

    return lambda path: ocr(path).markdown


def liteparse() -> Reader:
    from liteparse import LiteParse

    parser = LiteParse(ocr_enabled=False, quiet=True, output_format="markdown")

    def read(path: Path) -> str | None:
        if path.suffix != ".pdf":
            return None
        return "\n\n".join(page.markdown for page in parser.parse(path).pages)

    return read


def pdf_inspector() -> Reader:
    import pdf_inspector as package

    return lambda path: (package.process_pdf(str(path)).markdown or "") if path.suffix == ".pdf" else None


def pypdfium2() -> Reader:
    import pypdfium2 as package

    def read(path: Path) -> str | None:
        if path.suffix != ".pdf":
            return None
        with package.PdfDocument(path) as document:
            return "\n\n".join(page.get_textpage().get_text_range().replace("\r\n", "\n") for page in document)

    return read


def tesserocr() -> Reader:
    import pypdfium2 as pdfium
    import tesserocr as package  # type: ignore[import-untyped, unused-ignore]
    from PIL import Image

    from ocr_async.engine.ocr import tessdata

    engine = package.PyTessBaseAPI(path=str(tessdata.folder()), psm=package.PSM.AUTO_OSD)

    def read(path: Path) -> str | None:
        if path.suffix == ".pdf":
            with pdfium.PdfDocument(path) as document:
                pictures = [page.render(scale=200 / 72).to_pil() for page in document]
        else:
            pictures = [Image.open(path).convert("RGB")]
        texts = []
        for picture in pictures:
            engine.SetImage(picture)
            texts.append(engine.GetUTF8Text())
        return "\n\n".join(texts)

    return read


ENGINES: Mapping[str, tuple[str, Callable[[], Reader]]] = {
    "ours": ("ocr_async", ours),
    "liteparse": ("liteparse", liteparse),
    "pdf-inspector": ("pdf_inspector", pdf_inspector),
    "pypdfium2": ("pypdfium2", pypdfium2),
    "tesserocr": ("tesserocr", tesserocr),
}


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    options.add_argument("index", type=Path)
    options.add_argument("score", type=Path)
    options.add_argument("--engines", default=",".join(ENGINES))
    options.add_argument("--kinds")
    options.add_argument("--json", type=Path, help="write every document's measures to this file")
    chosen = options.parse_args()
    kinds = chosen.kinds.split(",") if chosen.kinds else None
    with chosen.index.open(encoding="utf-8") as file:
        records = [record for record in map(json.loads, file) if kinds is None or record["kind"] in kinds]
    score = scorer(chosen.score)
    found: dict[str, list[dict[str, Any]]] = {}
    for name in chosen.engines.split(","):
        package, make = ENGINES[name]
        if importlib.util.find_spec(package) is None:
            print(f"{name}: not installed")
            continue
        try:
            read = make()
        except RuntimeError as error:
            print(f"{name}: {error}")
            continue
        found[name] = measured(read, records, chosen.index.parent, score)
    for name, results in found.items():
        show(name, results)
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


def scorer(path: Path) -> Callable[[Mapping[str, Any], str, str], dict[str, Any]]:
    """Return `score_doc` of the Python file at *path*."""
    spec = importlib.util.spec_from_file_location("score", path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    score: Callable[[Mapping[str, Any], str, str], dict[str, Any]] = module.score_doc
    return score


def measured(
    read: Reader,
    records: Iterable[Mapping[str, Any]],
    folder: Path,
    score: Callable[[Mapping[str, Any], str, str], dict[str, Any]],
) -> list[dict[str, Any]]:
    results = []
    for record in records:
        started = time.perf_counter()
        try:
            text = read(folder / record["file"])
        except Exception as error:  # noqa: BLE001 - a document that an engine fails on counts as read empty
            print(f"{record['id']}: {type(error).__name__}: {error}"[:200])
            text = ""
        if text is None:
            continue
        seconds = time.perf_counter() - started
        results.append(
            {
                **score(record, str(folder), text),
                "id": record["id"],
                "kind": record["kind"],
                "seconds": seconds,
                "pages": record["pages"],
            }
        )
    return results


def show(name: str, results: list[dict[str, Any]]) -> None:
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for result in results:
        groups[result["kind"]].append(result)
    for result in results:
        kind = result["kind"]
        groups["= unit tests" if "unit" in result else "= digital" if kind.startswith(DIGITAL) else "= scans"].append(
            result
        )
    print(f"\n{name:18} docs  s/page  " + " ".join(f"{measure:>6}" for measure in MEASURES))
    for kind, members in groups.items():
        means = [mean(member.get(measure) for member in members) for measure in MEASURES]
        limiter = sum(member["seconds"] for member in members) / sum(member["pages"] for member in members)
        print(f"{kind:18} {len(members):4} {limiter:7.3f}  " + " ".join(means))


def mean(values: Iterable[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{statistics.fmean(known):6.3f}" if known else "     -"


if __name__ == "__main__":
    main()
