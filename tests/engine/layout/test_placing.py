from __future__ import annotations

from ocr_async.engine.layout.tables.placing import placed
from ocr_async.engine.page import Box, Cell


LEFTS = {"day": 50, "town": 150, "staff": 250}


def row(number: int, *names: str) -> list[Cell]:
    """Cells in the order in which a program wrote them, each where its name says."""
    return [
        Cell(f"{name} {number}", number, column, box=Box(LEFTS[name], 20 * number, LEFTS[name] + 60, 20 * number + 10))
        for column, name in enumerate(names)
    ]


def texts(cells: list[Cell]) -> list[list[str]]:
    out: dict[int, dict[int, str]] = {}
    for cell in cells:
        out.setdefault(cell.row, {})[cell.column] = cell.text
    return [[columns[column] for column in sorted(columns)] for _, columns in sorted(out.items())]


def test_a_cell_stands_in_the_column_over_which_it_is_printed() -> None:
    cells = [*row(0, "day", "town", "staff"), *row(1, "day", "staff", "town"), *row(2, "town", "day", "staff")]
    assert texts(placed(cells)) == [[f"{name} {number}" for name in LEFTS] for number in range(3)]


def test_a_row_without_its_first_cell_does_not_move_to_the_left() -> None:
    cells = [*row(0, "town", "staff"), *row(1, "day", "town", "staff"), *row(2, "day", "town", "staff")]
    assert texts(placed(cells))[0] == ["", "town 0", "staff 0"]


def test_cells_between_columns_leave_the_tags_order() -> None:
    wide = [*row(0, "day", "town", "staff"), Cell("over both", 1, 0, box=Box(100, 20, 300, 30))]
    assert placed([*wide, *row(2, "day", "staff", "town")]) == [*wide, *row(2, "day", "staff", "town")]


def test_columns_of_which_no_row_fills_all_are_told_by_where_cells_stand() -> None:
    """A bank's statement: what was paid out or paid in, never both."""
    cells = [*row(0, "day", "town", "staff"), *row(1, "day", "staff"), *row(2, "day", "town"), *row(3, "town")]
    assert texts(placed(cells)) == [
        ["day 0", "town 0", "staff 0"],
        ["day 1", "", "staff 1"],
        ["day 2", "town 2", ""],
        ["", "town 3", ""],
    ]


def test_rows_that_span_columns_do_not_keep_others_from_their_place() -> None:
    group = Cell("Harbour towns", 1, 0, column_span=3, box=Box(50, 20, 120, 30))
    total = Cell("Total", 3, 0, column_span=2, box=Box(180, 60, 210, 70))
    cells = [*row(0, "day", "town", "staff"), group, *row(2, "day", "staff"), total]
    cells.append(Cell("41", 3, 2, box=Box(300, 60, 310, 70)))
    assert [(cell.text, cell.row, cell.column, cell.column_span) for cell in placed(cells)[3:]] == [
        ("Harbour towns", 1, 0, 3),
        ("day 2", 2, 0, 1),
        ("", 2, 1, 1),
        ("staff 2", 2, 2, 1),
        ("Total", 3, 0, 2),
        ("41", 3, 2, 1),
    ]


def test_a_cell_that_spans_columns_stands_over_them_though_others_of_its_row_are_left_out() -> None:
    over = Cell("Town and staff", 0, 0, column_span=2, box=Box(190, 0, 270, 10))
    assert [(cell.text, cell.column) for cell in placed([over, *row(1, "day", "town", "staff")])[:2]] == [
        ("", 0),
        ("Town and staff", 1),
    ]


def test_cells_beside_one_that_spans_rows_keep_their_columns() -> None:
    down = Cell("day 1", 1, 0, row_span=2, box=Box(50, 20, 110, 30))
    cells = [*row(0, "day", "town", "staff"), down, *row(1, "staff"), *row(2, "town")]
    assert [(cell.text, cell.row, cell.column) for cell in placed(cells)[3:]] == [
        ("day 1", 1, 0),
        ("", 1, 1),
        ("staff 1", 1, 2),
        ("town 2", 2, 1),
        ("", 2, 2),
    ]
