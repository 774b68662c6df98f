"""Tables: a case ⇄ checked tables.

In reading order: `words` and the `schema…` (the columns), `case`, `problems`, `cells` (one cell),
`files` (CSV and workbooks), `headers`, `history`, `read`, `look`, `checks` and the `checks_…` that it
lists, `replace`, `write`, `docs`; `emissions` and `working_days` are worked out beside them.
"""

from twinkit.tables.case import Case
from twinkit.tables.checks import check_case, notes_of, require_sound
from twinkit.tables.docs import tables_page, write_template
from twinkit.tables.problems import CaseError, Problem
from twinkit.tables.read import read_case
from twinkit.tables.words import KPI_NAMES, POLICY_PARAMETERS, Parameters
from twinkit.tables.write import write_case

__all__ = [
    "KPI_NAMES",
    "POLICY_PARAMETERS",
    "Case",
    "CaseError",
    "Parameters",
    "Problem",
    "check_case",
    "notes_of",
    "read_case",
    "require_sound",
    "tables_page",
    "write_case",
    "write_template",
]
