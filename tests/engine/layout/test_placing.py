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


def test_a_table_from_right_to_left_keeps_its_order() -> None:
    cells = [*row(0, "staff", "town", "day"), *row(1, "staff", "town", "day")]
    assert placed(cells, right_to_left=True) == cells


def test_cells_between_columns_leave_the_tags_order() -> None:
    wide = [*row(0, "day", "town", "staff"), Cell("over both", 1, 0, box=Box(100, 20, 300, 30))]
    assert placed([*wide, *row(2, "day", "staff", "town")]) == [*wide, *row(2, "day", "staff", "town")]
