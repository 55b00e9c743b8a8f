"""Charts are their titles and tables of their numbers, whichever program drew them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ocr_async.engine.office.xml.charts import chart_rows

from ...offices import docx, open_document, paragraph, pptx, relation, shape, sheet, xlsx
from .reading import pages_of


A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
DRAWN = f'<a:graphic><a:graphicData uri="{CHART}"><c:chart xmlns:c="{CHART}" r:id="rC"/></a:graphicData></a:graphic>'


def cache(*values: str | None, kind: str = "str", code: str = "") -> str:
    said = "".join(f'<c:pt idx="{at}"><c:v>{value}</c:v></c:pt>' for at, value in enumerate(values) if value)
    form = f"<c:formatCode>{code}</c:formatCode>" if code else ""
    return f'<c:{kind}Ref><c:{kind}Cache>{form}<c:ptCount val="{len(values)}"/>{said}</c:{kind}Cache></c:{kind}Ref>'


def series(name: str, **said: str) -> str:
    named = f"<c:tx>{cache(name)}</c:tx>" if name else ""
    return f"<c:ser>{named}{''.join(f'<c:{tag}>{content}</c:{tag}>' for tag, content in said.items())}</c:ser>"


def title(*words: str) -> str:
    runs = "".join(f"<a:r><a:t>{word}</a:t></a:r>" for word in words)
    return f"<c:title><c:tx><c:rich><a:p>{runs}</a:p></c:rich></c:tx></c:title>"


def chart(*parts: str, titles: str = "", axis: str = "") -> str:
    plot = f"<c:plotArea><c:barChart>{''.join(parts)}</c:barChart><c:valAx>{axis}</c:valAx></c:plotArea>"
    return f'<c:chartSpace xmlns:c="{CHART}" {A}><c:chart>{titles}{plot}</c:chart></c:chartSpace>'


def in_slide(content: str) -> bytes:
    frame = (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="4" name="c"/><p:cNvGraphicFramePr/><p:nvPr/>'
        '</p:nvGraphicFramePr><p:xfrm><a:off x="0" y="0"/><a:ext cx="9" cy="9"/></p:xfrm>'
        f"{DRAWN}</p:graphicFrame>"
    )
    return pptx(
        [frame + shape("Below", top=90)],
        relations={0: [relation("rC", "chart", "../charts/chart1.xml")]},
        parts={"charts/chart1.xml": content},
    )


def in_text(content: str) -> bytes:
    body = f"<w:p><w:r><w:drawing><wp:inline>{DRAWN}</wp:inline></w:drawing></w:r></w:p>" + paragraph("Below")
    return docx(body, [relation("rC", "chart", "charts/chart1.xml")], {"charts/chart1.xml": content})


SOLD = series("Sold", cat=cache("East", "West", "Mid &amp; End"), val=cache("1", None, "0.5", kind="num", code="0%"))
HIDDEN = (
    f"<c:extLst><c:ext><c:filteredBarSeries>{series('Gone', val=cache('9'))}</c:filteredBarSeries></c:ext></c:extLst>"
)
SAID = "Sales 2026  \nTons\n\n|  | Sold |\n| --- | --- |\n| East | 100% |\n| West |  |\n| Mid & End | 50% |"


@pytest.mark.parametrize("put", [in_slide, in_text])
def test_a_chart_is_its_titles_and_a_table_where_it_stands(tmp_path: Path, put: Callable[[str], bytes]) -> None:
    data = put(chart(SOLD, HIDDEN, titles=title("Sales ", "2026"), axis=title("Tons")))
    assert pages_of(tmp_path, data)[0].markdown == f"{SAID}\n\nBelow"
    assert pages_of(tmp_path, put(chart()))[0].markdown == "Below"


def test_a_chart_belongs_to_the_sheet_that_it_lies_over(tmp_path: Path) -> None:
    data = xlsx(
        {"One": sheet({"A1": "x"}), "Two": sheet({"A1": "y"})},
        charts={1: chart(SOLD, titles=title("Sales 2026"), axis=title("Tons"))},
    )
    assert [page.markdown for page in pages_of(tmp_path, data)] == [
        "# One\n\n| x |\n| --- |",
        f"# Two\n\n| y |\n| --- |\n\n{SAID}",
    ]


def levels(*names: Mapping[int, str]) -> str:
    said = "".join(
        "<c:lvl>" + "".join(f'<c:pt idx="{at}"><c:v>{name}</c:v></c:pt>' for at, name in level.items()) + "</c:lvl>"
        for level in names
    )
    return f"<c:multiLvlStrRef><c:multiLvlStrCache>{said}</c:multiLvlStrCache></c:multiLvlStrRef>"


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (  # each series has places of its own
            [
                series("M", xVal=cache("0.7", "1.8", kind="num"), yVal=cache("2", "3", kind="num")),
                series("N", xVal=cache("1.3", kind="num"), yVal=cache("4", kind="num"), bubbleSize=cache("9")),
            ],
            "|  | M |\n| --- | --- |\n| 0.7 | 2 |\n| 1.8 | 3 |\n\n|  | N | N |\n| --- | --- | --- |\n| 1.3 | 4 | 9 |",
        ),
        (  # names over names
            [series("v", cat=levels({0: "NY", 1: "LA", 2: "B"}, {0: "US", 2: "DE"}), val=cache("1", "2", "3"))],
            "|  | v |\n| --- | --- |\n| US NY | 1 |\n| US LA | 2 |\n| DE B | 3 |",
        ),
        (  # days, and numbers as no one writes them
            [
                series(
                    "v",
                    cat=cache("46023", kind="num", code="m/d/yyyy"),
                    val=cache("33.299999999999997", kind="num", code="General"),
                )
            ],
            "|  | v |\n| --- | --- |\n| 2026-01-01 | 33.3 |",
        ),
        ([series("", val=cache("1", "#N/A", "3", kind="num", code="0"))], "| 1 |\n| --- |\n|  |\n| 3 |"),
        ([f'<c:ser><c:val><c:numRef><c:numCache><c:pt idx="{"9" * 5000}"><c:v>7</c:v></c:pt></c:numCache></c:numRef>'
          "</c:val></c:ser>"], "| 7 |\n| --- |"),
    ],
)  # fmt: skip
def test_numbers_stand_by_their_categories_as_the_chart_shows_them(tmp_path: Path, parts: list[str], said: str) -> None:
    assert pages_of(tmp_path, in_slide(chart(*parts)))[0].markdown == f"{said}\n\nBelow"


def test_a_chart_of_a_sheet_of_libreoffice_is_below_its_cells(tmp_path: Path) -> None:
    cells = "<table:table-cell><text:p>{}</text:p></table:table-cell>" + '<table:table-cell office:value="{}"/>'
    rows = "".join(f"<table:table-row>{cells.format(*row)}</table:table-row>" for row in (("East", 1), ("West", "NaN")))
    drawn = f"<chart:title><text:p>Sales</text:p></chart:title><table:table>{rows}</table:table>"
    names = " ".join(f'xmlns:{name}="urn:{name}"' for name in ("office", "chart", "table", "text"))
    inside = f"<office:body><office:chart><chart:chart>{drawn}</chart:chart></office:chart></office:body>"
    parts: dict[str, str | bytes] = {"O/content.xml": f"<document {names}>{inside}</document>"}
    body = (
        "<table:table><table:table-row><table:table-cell><text:p>x</text:p></table:table-cell><table:table-cell>"
        '<draw:frame><draw:object xlink:href="./O"/></draw:frame></table:table-cell></table:table-row></table:table>'
    )
    (page,) = pages_of(tmp_path, open_document(body, kind="spreadsheet", parts=parts))
    assert page.markdown == "| x |\n| --- |\n\nSales\n\n| East | 1 |\n| --- | --- |\n| West |  |"


def test_a_chart_of_endless_series_is_cut() -> None:
    point = '<c:val><c:numLit><c:pt idx="{0}"><c:v>{0}</c:v></c:pt></c:numLit></c:val>'
    each = "".join(f"<c:ser>{point.format(at)}</c:ser>" for at in range(1500))
    _, rows = chart_rows(chart(each).encode())
    assert (len(rows), len(rows[-1])) == (1_000_000 // 1501, 1501)
