"""KPIs as a table for a page: numbers with units, definitions behind the names."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass

import pandas as pd

from twinkit.study.compare import compare
from twinkit.study.outcome import FORMULAS, Outcome
from twinkit.words import amount


@dataclass
class Table:
    """A table that a notebook or an app shows; all text in it is escaped.

    Attributes
    ----------
    caption
        What the table shows.
    frame
        The cells as text, the first column names the rows.
    titles
        What the pointer (and a screen reader) says of the name of each row.
    heads
        The same for the columns.
    """

    caption: str
    frame: pd.DataFrame
    titles: list[str]
    heads: dict[str, str]

    def html(self) -> str:
        """The table as HTML, with a caption and heads of rows and columns."""
        quoted = {name: _title(self.heads.get(name, "")) for name in self.frame}
        heads = "".join(f'<th scope="col"{quoted[n]} style="{_side(i)}">{html.escape(n)}</th>'
                        for i, n in enumerate(self.frame))  # fmt: skip
        rows = []
        for title, row in zip(self.titles, self.frame.itertuples(index=False), strict=True):
            name = f'<th scope="row"{_title(title)} style="{_side(0)};font-weight:normal">{html.escape(str(row[0]))}</th>'
            cells = "".join(f'<td style="{_side(1)};white-space:nowrap">{html.escape(str(cell))}</td>' for cell in row[1:])
            rows.append(f"<tr>{name}{cells}</tr>")
        caption = f'<caption style="text-align:left;font-weight:bold">{html.escape(self.caption)}</caption>'
        return (
            f'<table class="twinkit-kpis" style="border-collapse:collapse">{caption}'
            f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        )

    def _repr_html_(self) -> str:
        return self.html()

    def __str__(self) -> str:
        return f"{self.caption}\n{self.frame.to_string(index=False)}"

    __repr__ = __str__


def _title(text: str) -> str:
    return f' title="{html.escape(text, quote=True)}"' if text else ""


def _side(column: int) -> str:
    return f"text-align:{'right' if column else 'left'};padding:2px 10px"


INTERVAL = "95 % confidence interval of the mean (of a median: of the median); empty where worlds are too few to say"
OUTCOME_HEADS = {
    "mean": "mean over the worlds in which the KPI is defined",
    "95 % interval": INTERVAL,
    "5 % to 95 % of worlds": "quantiles: nine worlds in ten lie between them",
}
COMPARISON_HEADS = {
    "difference": "mean of the differences, world by world (paired: same luck)",
    "95 % interval": "95 % confidence interval of the mean difference",
    "better in": "share of the worlds in which the second scenario is better, with its 95 % Wilson interval; nothing is called "
                 "better where customers get less, and no cost is judged where they get more for it",
}


def kpi_table(outcome: Outcome | pd.DataFrame, other: Outcome | None = None, *, caption: str = "") -> Table:
    """KPIs of a scenario, or what another scenario changes.

    The definition of a KPI is the title of its name.  A time to recover that is not
    over by the end of the run in some world is shown as "> x" where it matters.

    Parameters
    ----------
    outcome
        A scenario, or the table that :func:`twinkit.compare` gives.
    other
        A scenario to compare with the first: what it changes.
    caption
        Caption of the table.
    """
    if isinstance(outcome, pd.DataFrame):
        return _comparison(outcome, caption or "Comparison")
    if other is not None:
        names = {"base": outcome.scenario, "other": other.scenario}
        return _comparison(compare(outcome, other), caption or f"{other.scenario} against {outcome.scenario}", names)
    return _one(outcome, caption or outcome.scenario)


def _definition(kpi: str) -> str:
    return FORMULAS[kpi][1] if kpi in FORMULAS else ""


def _one(outcome: Outcome, caption: str) -> Table:
    rows = []
    for row in outcome.table().itertuples(index=False):
        if row.kpi == "time to recover":
            low, high = (outcome.recovery_told(share) for share in (0.05, 0.95))
            rows.append((row.kpi, f"median {outcome.recovery_told()} {row.unit}", _between(row.low, row.high, row.unit),
                         f"{low} to {high} {row.unit}"))  # fmt: skip
            continue
        rows.append((row.kpi, amount(row.mean, row.unit), _between(row.low, row.high, row.unit),
                     _between(row.q05, row.q95, row.unit)))  # fmt: skip
    frame = pd.DataFrame(rows, columns=["KPI", *OUTCOME_HEADS])
    return Table(f"{caption} ({outcome.replications} worlds)", frame, [_definition(k) for k in frame["KPI"]], OUTCOME_HEADS)


def _between(low: float, high: float, unit: str) -> str:
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    return amount(low, unit) if low == high else f"{amount(low, unit)} to {amount(high, unit)}"


def _signed(value: float, unit: str) -> str:
    return ("+" if value > 0 else "") + amount(value, unit)


def _comparison(table: pd.DataFrame, caption: str, names: dict[str, str] | None = None) -> Table:
    first, second = (names or {}).get("base", "base"), (names or {}).get("other", "other")
    second = f"{second} " if second == first else second
    rows, titles = [], []
    for row in table.itertuples(index=False):
        share = f"{100 * row.better:.0f} % ({100 * row.better_low:.0f} to {100 * row.better_high:.0f})"
        share = share if math.isfinite(row.better) else "no verdict"
        rows.append((row.kpi, amount(row.base, row.unit), amount(row.other, row.unit), _signed(row.difference, row.unit),
                     _between(row.low, row.high, row.unit), share if row.worlds else ""))  # fmt: skip
        late = f"; in {row.censored} worlds one has not recovered: there both count as far as both were watched" if row.censored else ""
        no_verdict = f"; no verdict: {row.why}" if row.why else ""
        titles.append(_definition(row.kpi) + late + no_verdict)
    columns = ["KPI", first, second, *COMPARISON_HEADS]
    return Table(caption, pd.DataFrame(rows, columns=columns), titles, COMPARISON_HEADS)
