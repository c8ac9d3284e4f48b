"""How a typed frame is held against its canonical table: every problem found, nothing lost."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import pandas as pd

from cxlab.errors import TableError
from cxlab.tables.canonical import TABLES, Column, Table

_DTYPES = {
    "text": "str",
    "time": "datetime64[us]",
    "date": "datetime64[us]",
    "month": "datetime64[us]",
    "number": "float64",
    "count": "float64",
    "flag": "boolean",
}


@dataclass(frozen=True)
class Intake:
    """What loading an export gives: the rows kept, and the rows set aside with the reason in column `why`."""

    table: pd.DataFrame
    set_aside: pd.DataFrame

    @property
    def rows_in(self) -> int:
        """Rows received: always rows kept plus rows set aside."""
        return len(self.table) + len(self.set_aside)


def dtype(column: Column) -> str:
    """The pandas dtype in which a column is stored."""
    return _DTYPES[column.kind]


def known(name: str) -> Table:
    """The canonical table of that name; raises TableError with the nearest name otherwise."""
    if name not in TABLES:
        raise TableError(f"{name!r} is not a canonical table. There are: {', '.join(TABLES)}.")
    return TABLES[name]


def _checks(column: Column) -> list:
    import pandera.pandas as pa

    checks = []
    if column.choices:
        checks.append(pa.Check.isin(column.choices, error=f"one of {', '.join(column.choices)}"))
    if column.kind == "month":
        checks.append(pa.Check(lambda months: months.dt.day == 1, error="first day of a month"))
    if column.kind == "count":
        checks.append(pa.Check.ge(0, error="not negative"))
    if column.kind == "number":
        checks.append(pa.Check(lambda numbers: numbers.abs() < 1e300, error="a finite number"))
    return checks


def _contract(table: Table, columns: list[str]) -> object:
    """The table's pandera schema over the columns at hand (attributes that the export brought are left alone)."""
    import pandera.pandas as pa

    declared = [column for column in table.columns if column.name in columns]
    # A frame-wide check names each offending row. Scores are held against the scale that the row itself states.
    whole = []
    if {"score", "scale_low", "scale_high"} <= set(columns):
        whole.append(
            pa.Check(
                lambda rows: ~((rows["score"] < rows["scale_low"]) | (rows["score"] > rows["scale_high"])),
                error="a code within scale_low and scale_high",
            )
        )
    return pa.DataFrameSchema(
        {
            column.name: pa.Column(
                dtype(column), _checks(column), nullable=not column.required, required=column.required
            )
            for column in declared
        },
        checks=whole,
    )


def problems(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Every row of `frame` that does not fit the canonical table.

    Returns columns `index` (label of the row), `column`, `found`, `expected`; empty when all is well. Raises TableError
    when a required column is absent or a column is not of its declared type: that is the mapping, not a row.
    """
    table = known(name)
    columns = [str(column) for column in frame.columns]
    absent = [column for column in table.required if column not in columns]
    if absent:
        raise TableError.missing("loading", name, absent, columns)
    wrong = [
        f"{column} is {frame[column].dtype}, not {dtype(declared)}"
        for column in columns
        if (declared := table.column(column)) is not None and str(frame[column].dtype) != dtype(declared)
    ]
    if wrong:
        raise TableError(f"the table {name!r} has columns of the wrong type: {'; '.join(wrong)}.")
    empty = pd.DataFrame({"index": [], "column": [], "found": [], "expected": []}, dtype=object)
    if frame.empty:
        return empty
    with warnings.catch_warnings():
        # pandera also looks at PySpark where that is installed, and repeats PySpark's remark on pandas 3.
        warnings.simplefilter("ignore", FutureWarning)
        import pandera.errors

        try:
            _contract(table, columns).validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as found:
            failure = found
        else:
            return empty
    return _misfits(failure.failure_cases, name, frame)


def _misfits(cases: pd.DataFrame, name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """pandera's failure cases in the columns that `problems` promises, one for each value."""
    rows = cases[cases["index"].notna()]
    if len(rows) < len(cases):
        raise TableError(f"the table {name!r} cannot be checked:\n{cases[cases['index'].isna()]}")
    whole = rows["schema_context"] == "DataFrameSchema"
    found = pd.DataFrame(
        {
            "index": rows["index"],
            "column": rows["column"].where(~whole, "score"),
            "found": rows["failure_case"].where(~whole, rows["index"].map(frame.get("score", pd.Series()))),
            "expected": rows["check"].replace({"not_nullable": "a value (required)"}),
        }
    )
    return found.drop_duplicates(["index", "column"]).reset_index(drop=True)
