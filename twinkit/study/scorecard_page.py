"""A scorecard as a page for a notebook, and as plain data.

Every word of a table is text: it is escaped.  The page has no colours of its own, so it is as
light or dark as what is around it; a definition is the `title` of a heading and stands in a list.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twinkit.study.ripple import FORMULAS as RIPPLE_FORMULAS
from twinkit.study.scorecard_kpis import FORMULAS
from twinkit.words import percent, rounded

if TYPE_CHECKING:
    from twinkit.study.scorecard_result import Scorecard, Scorecards

MOST = 12
"""Sites that the page shows; all are in ``path()`` and ``ripple()``."""
HEADS = ("service fails", "depth", "time to recover", "time to survive (measured)", "ripple breadth", "earnings lost")
"""KPIs of the overview of several sets."""


def as_dict(card: Scorecard) -> dict[str, Any]:
    """The scorecard as plain data; see :meth:`~twinkit.study.scorecard_result.Scorecard.to_dict`."""
    settings = card.plan.case.settings
    return {
        "case": card.plan.case.name, "scenario": card.scenario.to_dict(), "seed": card.outcome.seed, "replications": card.worlds,
        "failure_level": settings["failure_level"], "recovery_level": settings["recovery_level"], "hold": int(settings["hold"]),
        "fall": card.fall, "window": card.window, "sentences": card.sentences(), "table": plain_rows(card.table()),
        "ripple": plain_rows(card.ripple()), "path": plain_rows(card.path()), "costs": plain_rows(card.costs()),
        "bullwhip": plain_rows(card.bullwhip()),
    }  # fmt: skip


def plain_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as plain data; numbers that are not finite are None."""

    def plain(value: Any) -> Any:
        value = value.item() if isinstance(value, np.generic) else value
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return [{name: plain(value) for name, value in row.items()} for row in table.astype(object).to_dict("records")]


def page(card: Scorecard) -> str:
    """The scorecard as a page: sentences, numbers, the way of the ripple, money, and every definition."""
    unit = card.plan.case.settings["currency"]
    numbers = [[_kpi(row["kpi"]), *_figures(row, unit)] for row in card.table().to_dict("records")]
    costs = [
        [html.escape(r.part), _text(rounded(r.difference)), _text(_range(rounded(r.low), rounded(r.high)))]
        for r in card.costs().itertuples()
    ]
    told = "".join(f"<li>{html.escape(s)}</li>" for s in card.sentences())
    return (
        f'<section aria-label="{html.escape("Resilience scorecard: " + card.scenario.name, quote=True)}">'
        f"<h3>{html.escape(card.scenario.name)}</h3><ul>{told}</ul>"
        + _grid("Numbers", ["KPI", "value", "95 % interval", "9 of 10 worlds", "worlds"], numbers)
        + _grid("Where it goes", ["site", "from", "first hit", "delay", "worlds hit"], _steps(card))
        + _grid(f"Cost because of the event [{html.escape(unit)}]", ["part", "difference", "95 % interval"], costs)
        + _definitions({**FORMULAS, **RIPPLE_FORMULAS})
        + "</section>"
    )


def overview(cards: Scorecards) -> str:
    """Several sets of events as a table with one row for each, and their pages below."""
    rows = []
    for name, card in cards.items():
        table, unit = card.table().set_index("kpi", drop=False), card.plan.case.settings["currency"]
        rows.append([html.escape(name), *(_figures(table.loc[kpi].to_dict(), unit)[0] for kpi in HEADS)])
    each = "".join(
        f"<details><summary>{html.escape(name)}</summary>{page(card)}</details>" for name, card in cards.items()
    )
    return _grid("Events side by side", ["events", *(_kpi(k) for k in HEADS)], rows) + each


def _steps(card: Scorecard) -> list[list[str]]:
    hit = card.ripple().set_index("site")["worlds"] if len(card.hops) else {}
    rows = [
        [html.escape(r.site), html.escape(r.came_from or "not clear"), _text(f"{r.first:g}"), _text(f"{r.delay:g}"),
         _text(percent(hit[r.site]))]
        for r in card.path().head(MOST).itertuples()
    ]  # fmt: skip
    more = len(card.hops) - len(rows)
    return rows + ([[f"and {more} more", "", "", "", ""]] if more > 0 else [])


def _kpi(name: str) -> str:
    return f'<abbr title="{html.escape(FORMULAS[name][1], quote=True)}">{html.escape(name)}</abbr>'


def _figures(row: dict[str, Any], currency: str) -> list[str]:
    """Value with its unit, interval, range of the worlds, and number of worlds."""
    unit = row["unit"]

    def say(value: float) -> str:
        if unit == "share":
            return percent(value, 1)
        if math.isinf(value):
            return "not by the end"
        return rounded(value, 0 if unit in (currency, "period", "units") else 1).removesuffix(".0")

    value = row["shown"] if row["censored"] and math.isinf(row["value"]) else say(row["value"])
    shown = value if unit in ("share", "-", "period") or value == "not defined" else f"{value} {unit}"
    limits = [_range(say(row[a]), say(row[b])) for a, b in (("low", "high"), ("q05", "q95"))]
    count = f"{row['worlds']}" + (f", {row['censored']} of them open" if row["censored"] else "")
    return [_text(shown), *(_text(x) for x in limits), _text(count)]


def _range(low: str, high: str) -> str:
    return "" if "not defined" in (low, high) else f"{low} to {high}"


def _text(text: str) -> str:
    return f'<span style="white-space:nowrap">{html.escape(text)}</span>'


def _grid(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table from cells that are escaped already; it scrolls in its own box where there is no room."""
    head = "".join(f'<th scope="col" style="text-align:left">{h}</th>' for h in heads)
    body = "".join(
        f'<tr><th scope="row" style="text-align:left;font-weight:normal">{first}</th>'
        + "".join(f'<td style="text-align:left">{cell}</td>' for cell in cells)
        + "</tr>"
        for first, *cells in rows
    )
    caption = f'<caption style="text-align:left;font-weight:bold">{title}</caption>'
    return f'<div style="overflow-x:auto"><table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _definitions(formulas: dict[str, tuple[str, str]]) -> str:
    items = "".join(
        f"<dt>{html.escape(k)} [{html.escape(u)}]</dt><dd>{html.escape(d)}</dd>" for k, (u, d) in formulas.items()
    )
    return f"<details><summary>What the words mean</summary><dl>{items}</dl></details>"
