"""Tables as Parquet files, which other programs read with their types; by DuckDB, which is an extra.

pandas itself needs pyarrow for them, with which it keeps the texts of every table in another way.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd

from twinkit.tables.cells import cell_text
from twinkit.tables.problems import CaseError, Problem
from twinkit.tables.replace import replaced_file

NEEDS_DUCKDB = 'Run pip install "twinkit[databases]".'
AT_A_TIME = 20_000
"""Rows that are read at once."""
ALONE = {"memory_limit": "1GB", "threads": 1, "autoinstall_known_extensions": False, "autoload_known_extensions": False}
"""How a file from elsewhere is read: nothing is fetched for it, and it gets no more memory than a table of a case needs."""


def parquet_rows(file: Path) -> Iterator[list[str]]:
    """The names of the columns of a Parquet file, then its rows, as texts as a person would type them.

    Raises
    ------
    CaseError
        If DuckDB is not installed, or the file cannot be read.
    """
    try:
        import duckdb
    except ImportError:
        raise _refused(file, "is read by duckdb, which is not installed", NEEDS_DUCKDB) from None
    try:
        with closing(duckdb.connect(config=ALONE)) as base:
            answer = base.execute("select * from read_parquet(?)", [glob.escape(str(file))])
            yield [column[0] for column in answer.description or ()]
            while part := answer.fetchmany(AT_A_TIME):
                yield from ([cell_text(cell) for cell in row] for row in part)
    except duckdb.Error as error:
        raise _refused(file, f"cannot be read ({str(error).splitlines()[0][:200]})", "Write it again.") from None


def write_parquet(frame: pd.DataFrame, path: str | os.PathLike[str]) -> Path:
    """Write a table, such as a result gives, as a Parquet file with its types.

    Parameters
    ----------
    frame
        The table; an index that has a name becomes its first columns.
    path
        The file; what was there is replaced once all is written.

    Raises
    ------
    CaseError
        If DuckDB is not installed, or a column holds what no Parquet file can.

    Examples
    --------
    >>> import twinkit
    >>> plan = twinkit.stocking_plan("camera")
    >>> twinkit.write_parquet(plan.table(), "plan.parquet")  # doctest: +SKIP
    """
    path = Path(path)
    try:
        import duckdb
    except ImportError:
        raise _refused(path, "is written by duckdb, which is not installed", NEEDS_DUCKDB) from None
    plain = frame.reset_index() if any(name is not None for name in frame.index.names) else frame
    plain = plain.set_axis([" ".join(map(str, name)) if isinstance(name, tuple) else str(name) for name in plain.columns], axis=1)
    with replaced_file(path) as new, closing(duckdb.connect()) as base:
        try:
            base.from_df(plain).write_parquet(str(new))
        except duckdb.Error as error:
            raise _refused(path, f"cannot be written ({str(error).splitlines()[0][:200]})", "Make a text of each of its values.") from None
    return path


def _refused(file: Path, says: str, hint: str) -> CaseError:
    return CaseError([Problem("", None, "", file.name, says, hint)])


def typed(values: list[Any]) -> pd.Series:
    """A column of cells as numbers where all are numbers, else as texts; what is empty stays so."""
    numbers = [v for v in values if v is not None]
    if numbers and all(isinstance(v, int | float) for v in numbers):
        return pd.Series(values, dtype="float64" if any(isinstance(v, float) for v in numbers) or len(numbers) < len(values) else "int64")
    return pd.Series([None if v is None else str(v) for v in values], dtype=object)
