"""Where do the numbers come from? Every column of a case: how much of it stands in extracts, was worked out, stated or assumed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

import numpy as np
import pandas as pd

from twinkit.chain.chain import Chain
from twinkit.columns import table_columns
from twinkit.run.engines import stop_if
from twinkit.run.kpis import kpis_of
from twinkit.run.public import Result, study
from twinkit.run.statistics import mean_interval
from twinkit.study.asked import remembered
from twinkit.tables import provenance
from twinkit.tables.case import Case, CaseLike, default_of
from twinkit.tables.problems import CaseError, Problem, listed
from twinkit.tables.schema import TABLES
from twinkit.words import counted, digits, percent

COLUMNS = ("table", "column", "cells", "extract", "stated", "assumed", "start", "unknown", "changed", "from")
WEIGHED = ("fill rate", "total cost")
"""KPIs by which an assumption is weighed."""
MOST_STOCKS = 3000
"""Rows of stocks up to which a case is run to weigh its assumptions."""
LONGEST = 180
"""Periods that such a run has at most."""


@dataclass(frozen=True, repr=False)
class Origins(Result):
    """Where the numbers of a case come from.

    Attributes
    ----------
    case
        The case.
    columns
        A row for each column in use: cells, and of these the shares that come from extracts, are stated, assumed, left at
        the starting value or of unknown origin, those of rows that were changed since, and where they come from in words.
    assumptions
        A row for each assumed column: value, cells, and by how much the KPIs change if it is raised and lowered.
    weighed
        Whether the assumptions were weighed by runs.
    """

    case: Case
    columns: pd.DataFrame
    assumptions: pd.DataFrame
    weighed: bool

    @property
    def cells(self) -> int:
        """Cells in use."""
        return int(self.columns["cells"].sum())

    def share(self, kind: str) -> float:
        """Share of all cells that are of a kind: "extract", "stated", "assumed", "start", "unknown" or "changed"."""
        return float((self.columns[kind] * self.columns["cells"]).sum() / max(1, self.cells))

    def headline(self) -> str:
        return f"Origins of {self.cells:,} cells of {self.case.name}"

    def sentences(self) -> list[str]:
        told = [
            f"Of {self.cells:,} cells in use, {_percent(self.share('extract'))} come from extracts, {_percent(self.share('stated'))} are stated in the mapping, "
            f"{_percent(self.share('assumed'))} are assumed, {_percent(self.share('start'))} are empty or at their starting value"
            + (f", and of {_percent(self.share('unknown'))} nothing is known." if self.share("unknown") else ".")
        ]
        if changed := self.columns[self.columns["changed"] > 0]["table"].unique().tolist():
            told.append(f"Rows of {listed(changed)} were changed after they were taken in, so their sources may not hold any more.")
        return told + _weight(self)

    def glance(self) -> pd.DataFrame:
        return self.columns[["table", "column", "from", "cells"]]


def _percent(value: float) -> str:
    return percent(value, 1)


def _weight(result: Origins) -> list[str]:
    """The assumption that matters most to the service, if one does beyond chance."""
    frame = result.assumptions
    if not result.weighed:
        return ["What was assumed has not been weighed by runs."] if len(frame) else ["Nothing was assumed."]
    best, most = "", 0.0
    for row in frame.to_dict("records"):
        for word in ("higher", "lower"):
            mean, low, high = (row.get(f"fill rate {word}{end}", math.nan) for end in ("", " low", " high"))
            if mean == mean and (low > 0 or high < 0) and abs(mean) > most:
                most, best = abs(mean), f"{row['table']}.{row['column']}: with a {word} value the fill rate changes by {digits(100 * mean)} points ({digits(100 * low)} to {digits(100 * high)})"
    weighed = int(frame["fill rate higher"].notna().sum()) if "fill rate higher" in frame else 0
    words = len(frame) - weighed
    rest = [f"{counted(words, 'assumption')} cannot be raised or lowered (words, and settings of the whole case), and what depends on them is not known."] if words else []
    if not best:
        return [*(["No assumed number changes the fill rate beyond chance when it is raised or lowered by itself."] if weighed else []), *rest]
    return [f"The assumption that the service depends on most is {best}.", *rest]


@study
def where_from(
    case: CaseLike, change: float = 0.2, replications: int = 16, seed: int | None = None, *,
    progress: Callable[[int, int], None] | None = None, cancel: Event | None = None,
) -> Origins:  # fmt: skip
    """Where the numbers of a case come from, and how much what it does depends on what was assumed.

    Parameters
    ----------
    case
        A case that ``twinkit intake`` made.
    change
        By how much each assumed number is raised and lowered to weigh it [share]; 0 = they are not weighed.
    replications
        Worlds of these runs; all have the same luck.
    seed
        Seed of all chance; default: that of the case.
    progress, cancel
        See :func:`twinkit.ensemble`.

    Raises
    ------
    CaseError
        If nothing is known of where the case comes from.
    """
    if not len(case["sources"]):
        raise CaseError([Problem("sources", None, "", "", "the case does not know where its numbers come from", "Make it with `twinkit intake`, which writes that down.")])
    columns = pd.DataFrame([row for table in TABLES if table != "sources" and len(case[table]) for row in _columns(case, table)], columns=list(COLUMNS))
    assumed = _assumed(case)
    weigh = change > 0 and len(case["stocks"]) <= MOST_STOCKS and len(assumed) > 0
    if weigh:
        assumed = _weighed(case, assumed, change, replications, seed, progress or (lambda done, of: None), cancel)
    return remembered(Origins(case, columns, assumed, weigh), "where_from", case=case, change=change, replications=replications, seed=seed)


def _columns(case: Case, table: str) -> list[tuple]:
    frame, known = case[table], case["sources"]
    known = known[known["of_table"] == table]
    rules = known[(known["of_column"] != "") & (known["of_row"] == "")]
    rows = known[known["of_row"] != ""]
    names = pd.Index(provenance.row_names(table, frame))
    sealed = rows[rows["seal"] != ""].drop_duplicates("of_row")
    changed = _changed(case, table, names, sealed, rules)
    whole = rows[rows["of_column"] == ""]
    places = {part: names.get_indexer(pd.unique(mine["of_row"])) for part, mine in whole.groupby("part", sort=False)}
    found = []
    for column in frame.columns:
        own = rules[rules["of_column"] == column]
        filled = ~_at_start(frame[column], table, column)
        if not len(own) and not filled.any():
            continue
        kinds = np.where(filled, "unknown", "start").astype(object)
        free = np.ones(len(frame), bool)
        cells = rows[rows["of_column"] == column]
        for part, source, assumed in zip(own["part"], own["source"], own["assumed"], strict=True):
            at = places.get(part, np.arange(len(frame)) if not len(whole) else np.zeros(0, np.int64))
            at = at[at >= 0]
            named = names.get_indexer(cells[cells["part"] == part]["of_row"])
            kind = "assumed" if assumed else "extract" if source else "stated"
            kinds[at[free[at]]] = kind
            free[at] = False
            kinds[named[named >= 0]] = kind
        told = list(dict.fromkeys(f"{s}: {r}" if s else r for s, r in zip(own["source"], own["rule"], strict=True)))
        shares = [float((kinds == k).mean()) for k in ("extract", "stated", "assumed", "start", "unknown")]
        found.append((table, column, len(frame), *shares, float(changed.mean()), "; ".join(told[:3]) or "typed, or not known"))
    return found


def _at_start(values: pd.Series, table: str, column: str) -> np.ndarray:
    """Which cells of a column are as they start."""
    declared = table_columns(TABLES[table]).get(column)
    start = default_of(declared) if declared is not None else None
    return (values.isna() | (values == start) | (values.astype(object) == "")).to_numpy(bool)


def _changed(case: Case, table: str, names: pd.Index, sealed: pd.DataFrame, rules: pd.DataFrame) -> np.ndarray:
    """Which rows are not as they were taken in."""
    found = np.zeros(len(names), bool)
    for part, mine in sealed.groupby("part", sort=False):
        columns = [c for c in rules[rules["part"] == part]["of_column"] if c in case[table]]
        at = names.get_indexer(mine["of_row"])
        good = at >= 0
        now = provenance.seals(case[table].iloc[at[good]].reset_index(drop=True), columns)
        found[at[good]] |= now != mine["seal"].to_numpy(object)[good]
    return found


def _assumed(case: Case) -> pd.DataFrame:
    known = case["sources"]
    rules = known[known["assumed"].astype(bool) & (known["of_column"] != "")]
    rows = [(t, c, p, r.removeprefix("assumed: "), max(1, int((known["part"] == p).sum() - (known["of_column"][known["part"] == p] != "").sum())))
            for t, c, p, r in zip(rules["of_table"], rules["of_column"], rules["part"], rules["rule"], strict=True)]  # fmt: skip
    return pd.DataFrame(rows, columns=["table", "column", "part", "assumed", "rows"])


def _weighed(
    case: Case, assumed: pd.DataFrame, change: float, replications: int, seed: int | None, progress: Callable[[int, int], None], cancel: Event | None
) -> pd.DataFrame:
    """By how much KPIs change when each assumed number is raised and lowered: mean and 95 % interval over worlds of the same luck."""
    settings = {"periods": min(int(case.settings["periods"]), int(case.settings["warm_up"]) + LONGEST), **({"seed": seed} if seed is not None else {})}
    base = case.replace(settings=settings)
    usual = _kpis(base, replications)
    out = []
    for i, row in enumerate(assumed.itertuples(index=False)):
        stop_if(cancel)
        progress(i, len(assumed))
        if row.table == "settings":
            out.append({})
            continue
        frame = base[row.table]
        column = table_columns(TABLES[row.table])[row.column]
        known = base["sources"]
        names = set(known[(known["part"] == row.part) & (known["of_row"] != "")]["of_row"])
        hit = np.isin(provenance.row_names(row.table, frame), list(names)) if names else np.ones(len(frame), bool)
        cells = {}
        if column.numeric and hit.any() and row.column not in TABLES[row.table].key:
            for word, factor in (("higher", 1 + change), ("lower", 1 - change)):
                values = np.where(hit, frame[row.column].to_numpy(float) * factor, frame[row.column].to_numpy(float))
                values = np.round(values) if column.kind == "whole" else values
                if column.high is not None:
                    values = np.minimum(values, column.high)
                found = _kpis(base.replace(**{row.table: frame.assign(**{row.column: values})}), replications)
                for kpi in WEIGHED:
                    if kpi in found and kpi in usual:
                        difference = found[kpi] - usual[kpi]
                        mean, low, high = mean_interval(difference) if np.ptp(difference) > 0 else (float(difference[0]),) * 3
                        cells |= {f"{kpi} {word}": mean, f"{kpi} {word} low": low, f"{kpi} {word} high": high}
        out.append(cells)
    return pd.concat([assumed, pd.DataFrame(out, index=assumed.index)], axis=1)


def _kpis(case: Case, replications: int) -> dict[str, np.ndarray]:
    chain = Chain(case, replications).run()
    return {k: np.asarray(v, float) for k, v in kpis_of(chain.plan, chain.world).items() if k in WEIGHED and v is not None}
