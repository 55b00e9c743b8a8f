"""
How a change to the layout changes what is read: scans from saved lines, digital pages anew, by kind and by document.

    python -m benchmarks.layout_quality INDEX SCORE FOLDER [--kinds a,b] [--base FILE] [--json FILE]

INDEX and SCORE are those of `engine_quality`. FOLDER keeps the recognised lines and the drawn rulings of each scan: the
first run reads them, which takes minutes, and later ones take seconds. It holds pickles of this program's own making;
delete it when recognition, `engine/scan` or the fields of a line change. With --base, a file that --json wrote, what
differs is shown.
"""

from __future__ import annotations

import argparse
import json
import pickle
import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ocr_async.engine.page import Sheet
from ocr_async.engine.reading import raster, read
from ocr_async.engine.result import page_of
from ocr_async.engine.values import PageOptions, UncertainPage
from ocr_async.models import FileOnDisk, OCRPage

from .engine_quality import MEASURES, scorer


WANTED = PageOptions()
WORTH_SHOWING = 0.002


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    options.add_argument("index", type=Path)
    options.add_argument("score", type=Path)
    options.add_argument("folder", type=Path)
    options.add_argument("--kinds")
    options.add_argument("--base", type=Path)
    options.add_argument("--json", type=Path)
    options.add_argument("--markdown", type=Path, help="write what was read to this folder")
    chosen = options.parse_args()
    kinds = chosen.kinds.split(",") if chosen.kinds else None
    with chosen.index.open(encoding="utf-8") as file:
        records = [record for record in map(json.loads, file) if kinds is None or record["kind"] in kinds]
    score = scorer(chosen.score)
    results: dict[str, dict[str, Any]] = {}
    for record in records:
        text = markdown(chosen.index.parent / record["file"], chosen.folder / record["id"])
        if chosen.markdown:
            chosen.markdown.mkdir(parents=True, exist_ok=True)
            (chosen.markdown / f"{record['id']}.md").write_text(text, encoding="utf-8")
        measures = score(record, str(chosen.index.parent), text)
        results[record["id"]] = {"kind": record["kind"], **measures}
    if chosen.json:
        chosen.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    show(results, json.loads(chosen.base.read_text(encoding="utf-8")) if chosen.base else {})


def markdown(path: Path, saved: Path) -> str:
    """Return what the engine reads in the document at *path*, recognised lines being taken from *saved*."""
    document = FileOnDisk(path=path)
    pages: list[OCRPage] = []
    answers = list(read(document, None, "auto", WANTED))
    sheets = list(_sheets(document, [index for index, answer in answers if not isinstance(answer, OCRPage)], saved))
    for index, answer in answers:
        if isinstance(answer, UncertainPage | None):
            recognised = page_of(index, next(sheet for number, sheet in sheets if number == index), WANTED)
            pages.append(answer.better(recognised) if isinstance(answer, UncertainPage) else recognised)
        elif isinstance(answer, OCRPage):
            pages.append(answer)
    return "\n\n".join(page.markdown for page in pages)


def _sheets(document: FileOnDisk, pages: Sequence[int], saved: Path) -> Iterator[tuple[int, Sheet]]:
    from ocr_async.engine.ocr import recognition

    for index in pages:
        place = saved.with_name(f"{saved.name}-{index}.pickle")
        if place.exists():
            yield index, pickle.loads(place.read_bytes())
            continue
        picture = raster(document, index)
        sheet = recognition.see(recognition.pixels_of(picture), dpi=picture.dpi or 200.0).sheet
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(pickle.dumps(sheet))
        yield index, sheet


def show(results: Mapping[str, Mapping[str, Any]], base: Mapping[str, Mapping[str, Any]]) -> None:
    """Print the mean of each kind, how it changed from *base*, and the documents that changed."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name, measures in results.items():
        groups[measures["kind"]].append(name)
    print(f"{'':28}" + " ".join(f"{measure:>13}" for measure in MEASURES))
    for title, names in groups.items():
        print(f"{title[:24]:24} {len(names):3}" + " ".join(_change(names, each, results, base) for each in MEASURES))
    if not base:
        return
    for name, measures in results.items():
        if any(abs((measures.get(m) or 0) - (base.get(name, {}).get(m) or 0)) > WORTH_SHOWING for m in MEASURES):
            print(f"{name[:28]:28}" + " ".join(_change([name], each, results, base) for each in MEASURES))


def _change(
    names: Sequence[str], measure: str, results: Mapping[str, Mapping[str, Any]], base: Mapping[str, Mapping[str, Any]]
) -> str:
    now = _mean(names, measure, results)
    if now is None:
        return f"{'-':>13}"
    before = _mean(names, measure, base)
    if before is None or abs(now - before) <= WORTH_SHOWING / 2:
        return f"{now:13.3f}"
    return f"{now:6.3f}({now - before:+.3f})".rjust(13)


def _mean(names: Sequence[str], measure: str, results: Mapping[str, Mapping[str, Any]]) -> float | None:
    values = [value for name in names if (value := results.get(name, {}).get(measure)) is not None]
    return statistics.fmean(values) if values else None


if __name__ == "__main__":
    main()
