"""KPIs as tables, each column declared once: of a scenario, and of what another one changes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from twinkit import rooms
from twinkit.result import Shown, Table
from twinkit.run.outcome import FORMULAS, Outcome
from twinkit.run.statistics import mean_interval, share_interval
from twinkit.run.verdict import MORE_IS_BETTER, NONE, UNCLEAR
from twinkit.show.palette import THEMES
from twinkit.show.picture import Picture, drawing, titled
from twinkit.study.compare import compare, compare_costs
from twinkit.study.scorecard_result import Scorecard
from twinkit.words import PAIRED, amount, digits, listed, scale_of, sure

LATE = "time to recover"
MEANINGS = {kpi: meaning for kpi, (_, meaning) in FORMULAS.items()}
"""KPI → its definition."""
rooms.KPIS.listen(lambda added: MEANINGS.update({added.name: added.definition}))
NINE = "nine worlds in ten lie between these two values"
BETTER = ("share of the worlds in which the second scenario is better, with its 95 % Wilson interval; nothing is called better where "
          "customers get less, and no cost is judged where they get more for it")  # fmt: skip
IN_THE_WORKBOOK = {
    "unit": "unit of the KPI", "q05": "5 % of the worlds lie below it", "q95": "5 % of the worlds lie above it",
    "median": "half of the worlds lie below it", "worlds": "worlds in which the KPI is defined (in a comparison: in both scenarios)",
    "censored": "worlds that had not recovered by the end of the run (in a comparison: of one of the two, and both count as far as both were watched)",
    "verdict": "better, worse or unclear: on what customers get and on earnings; on cost where customers do not get less for it",
    "why": "why there is no verdict", "higher": "share of the worlds in which the second is higher", "lower": "share of the worlds in which it is lower",
    "better_low": "95 % Wilson interval of that share", "better_high": "95 % Wilson interval of that share",
}  # fmt: skip
"""Columns that only a workbook has → what they mean."""


def kpi_table(
    outcome: Outcome | pd.DataFrame, other: Outcome | None = None, *, caption: str = "", name: str = "kpis", on_page: bool = True
) -> Table:  # fmt: skip
    """KPIs of a scenario, or what another scenario changes.

    The definition of a KPI stands behind its name.  A time to recover that is not over by the
    end of the run in some world is shown as "> x" where it matters.

    Parameters
    ----------
    outcome
        A scenario, or the table that :func:`twinkit.compare` gives.
    other
        A scenario to compare with the first: what it changes.
    caption, name, on_page
        As for :class:`~twinkit.result.Table`.
    """
    if isinstance(outcome, pd.DataFrame):
        return _comparison(outcome, "base", "other", caption or "Comparison", name, on_page)
    if other is None:
        return _one(outcome, f"{caption or outcome.scenario} ({outcome.replications} worlds)", name, on_page)
    caption = caption or f"{other.scenario} against {outcome.scenario}"
    return _comparison(compare(outcome, other), outcome.scenario, other.scenario, caption, name, on_page)


def figure_of(outcome: Outcome, row: Mapping[str, Any], spans: bool = True) -> str:
    """A KPI with its interval, of a row of :meth:`Outcome.table`: the median of a time to recover, with how many are not back."""
    if row["kpi"] != LATE:
        few = 0 < row["worlds"] < outcome.replications
        told = sure((row["mean"], row["low"], row["high"]), row["unit"]) or "not defined"
        return f"{told}, defined in {int(row['worlds'])} of {outcome.replications} worlds" if few else told
    late = int(row["censored"])
    told = f"median {outcome.times_to_recover.shown(0.5)} {row['unit']}"
    if spans and math.isfinite(row["low"]) and row["low"] != row["high"]:
        told += f" ({row['low']:g} to {row['high']:g})" if math.isfinite(row["high"]) else f" ({row['low']:g} to the end of the run)"
    return f"{told}; {late} of {outcome.replications} not back by the end" if late else told


def change_of(row: Mapping[str, Any], kpi: str, unit: str) -> str:
    """A paired difference in words, with its verdict or why there is none; `row` is one of :func:`twinkit.compare` or of its costs."""
    mean, low, high = (float(row[c]) for c in ("difference", "low", "high"))
    if not math.isfinite(mean):
        return f"no difference: {row['why']}" if row.get("why") else ""
    if mean == 0 and not row.get("higher", 0):
        return "the same"
    if not (math.isfinite(low) and math.isfinite(high)):
        return f"{signed(mean, unit)}; too few worlds for an interval"
    told, word = f"{signed(mean, unit)} ({signed(low, unit, True)} to {signed(high, unit, True)})", row.get("verdict", NONE)
    if word == UNCLEAR or ("verdict" not in row and low <= 0 <= high):
        told += ", not clear"
    elif word:
        told += f", {word}"
    return "; ".join(part for part in (told, share_of(row, kpi)) if part)


def share_of(row: Mapping[str, Any], kpi: str) -> str:
    """In how many worlds it is better, or else higher or lower, with its Wilson interval; why there is no verdict."""
    way = "higher" if kpi in MORE_IS_BETTER else "lower"
    if way not in row or not math.isfinite(row[way]):
        return ""
    share, low, high = share_interval(round(row[way] * row["worlds"]), int(row["worlds"]))
    word = "better" if row["verdict"] != NONE else way
    told = f"{word} in {100 * share:.0f} % of {int(row['worlds'])} worlds ({100 * low:.0f} to {100 * high:.0f})"
    return f"{told}; no verdict: {row['why']}" if row["why"] else told


def signed(value: float, unit: str, bare: bool = False) -> str:
    """A difference with its sign; of shares in points."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    if unit == "share":
        return f"{sign}{digits(100 * abs(value))}" + ("" if bare else " points")
    return f"{sign}{amount(abs(value), '-' if bare or unit == '-' else unit)}"


def _one(outcome: Outcome, caption: str, name: str, on_page: bool) -> Table:
    frame = outcome.table()
    frame["without"] = [float(outcome.calm_kpis[k].mean()) if k in outcome.calm_kpis else math.nan for k in frame["kpi"]]
    columns = [
        Shown("kpi", "KPI", "name of the figure; its definition is behind it"),
        Shown("mean", "mean (95 % interval)", "mean over the worlds in which the KPI is defined, with its 95 % interval; of a time to recover "
              "the median, with that of the median", "-", ("low", "high"), row=lambda row: figure_of(outcome, row)),
        Shown("q05", "5 % to 95 % of worlds", NINE, "-", row=lambda row: _spread(outcome, row)),
        Shown("without", "without the events", "mean over the same worlds without the events", "-",
              row=lambda row: "" if math.isnan(row["without"]) else amount(row["without"], row["unit"])),
    ]  # fmt: skip
    return _defined(frame, columns, caption, name, on_page)


def _spread(outcome: Outcome, row: Mapping[str, Any]) -> str:
    if row["kpi"] == LATE:
        return f"{outcome.times_to_recover.shown(0.05)} to {outcome.times_to_recover.shown(0.95)} {row['unit']}"
    return f"{amount(row['q05'], row['unit'])} to {amount(row['q95'], row['unit'])}" if row["worlds"] else ""


def _comparison(table: pd.DataFrame, first: str, second: str, caption: str, name: str, on_page: bool) -> Table:
    def written(column: str, unit: str = "unit") -> Any:
        return lambda row: amount(row[column], row[unit]) if math.isfinite(row[column]) else "not defined"

    columns = [
        Shown("kpi", "KPI", "name of the figure; its definition is behind it"),
        Shown("base", first, "mean in the first scenario", "-", row=written("base")),
        Shown("other", second, "mean in the second scenario", "-", row=written("other")),
        Shown("difference", "difference (95 % interval)", PAIRED, "-", ("low", "high"), row=lambda row: _difference(row)),
        Shown("better", "better in", BETTER, "share", row=lambda row: share_of(row, row["kpi"])),
    ]  # fmt: skip
    found = _defined(table, columns, caption, name, on_page)
    late = {r.kpi: f"; in {r.censored} worlds one has not recovered: there both count as far as both were watched"
            for r in table.itertuples(index=False) if r.censored}  # fmt: skip
    return Table.of(found.frame, columns, caption, name, on_page, {k: v + late.get(k, "") for k, v in found.rows.items()})


def _difference(row: Mapping[str, Any]) -> str:
    if not math.isfinite(row["difference"]):
        return ""
    low, high, unit = row["low"], row["high"], row["unit"]
    span = f" ({signed(low, unit, True)} to {signed(high, unit, True)})" if math.isfinite(low) and math.isfinite(high) else ""
    return f"{signed(row['difference'], unit)}{span}{', not clear' if row['verdict'] == UNCLEAR else ''}"


def _defined(frame: pd.DataFrame, columns: list[Shown], caption: str, name: str, on_page: bool) -> Table:
    """A table whose rows are KPIs, with what the columns of the workbook mean."""
    made = Table.of(frame, columns, caption, name, on_page, {k: MEANINGS.get(k, "") for k in frame["kpi"]})
    made.definitions.update({k: v for k, v in IN_THE_WORKBOOK.items() if k in frame})  # type: ignore[attr-defined]
    return made


# --- the waterfall of money: which parts make up a difference of earnings, or of cost


UNSEEN = 5e-4
"""A part that changes by less than this share of the largest change is left out and named below."""


def cost_waterfall(
    base: Outcome | Scorecard,
    other: Outcome | None = None,
    *,
    what: str | None = None,
    size: tuple[float, float] | None = None,
    theme: str = "light",
) -> Picture:
    """Paired differences of money, part by part, adding up to the total.

    Where less is sold, less is made and bought, so cost alone may fall although money is lost.
    Earnings count what was sold too, and the stock that is left: "stock, customers lost" is the value
    of stock run down, and what goes with lost customers beyond the margin.

    Parameters
    ----------
    base, other
        Two scenarios of one ensemble: what `other` costs more or less than `base`; with
        `base` alone, or a scorecard, what its events cost against the same worlds without them.
    what
        "earnings" or "cost"; by default earnings, if every market has a price.
    size, theme
        Width and height [inches], by default as high as the parts need; "light" or "dark".

    Raises
    ------
    ValueError
        If the two did not see the same luck, or `what` is neither.
    """
    base = base.outcome if isinstance(base, Scorecard) else base
    table = _differences(base, other, what or ("earnings" if "earnings" in base.calm_kpis else "cost"))
    parts, total = table.iloc[:-1], table.iloc[-1]
    largest = max(float(parts["difference"].abs().max()), abs(float(total["difference"])))
    seen = parts[parts["difference"].abs() > UNSEEN * largest]
    hidden = parts.loc[parts["difference"].abs() <= UNSEEN * largest, "part"].tolist()
    currency, c = base.plan.case.settings["currency"], THEMES[theme]
    factor, scale = scale_of(largest)
    unit = f"{scale} {currency}".strip()
    title = "What it costs more or less" if other is not None else "What the events cost"
    against = (
        f"{other.scenario}, against {base.scenario}" if other is not None else f"{base.scenario}, against no event"
    )
    with drawing(size or (8.0, 1.6 + 0.42 * (len(seen) + 1)), theme) as fig:
        ax = fig.add_subplot()
        start = 0.0
        rows = [*seen.itertuples(index=False), total]
        for i, row in enumerate(rows):
            last = i == len(rows) - 1
            start = _bar(ax, i, 0.0 if last else start, row, factor, c, last)
        _axes(ax, rows, seen, unit, c)
        titled(ax, title, against, theme)
        note = f"mean and 95 % interval of {base.replications} worlds; hatched: less money"
        note += f"\nno change: {listed(hidden)}" if hidden else ""
        fig.supxlabel(note, x=0.01, ha="left", fontsize="small", color=c["quiet"])
        fig.description = _words(title, against, rows, currency, hidden, base.replications)
    return fig


def _differences(base: Outcome, other: Outcome | None, what: str) -> pd.DataFrame:
    """Paired differences by part, the total last; more is worse."""
    if what not in ("cost", "earnings"):
        raise ValueError(f'what is {what!r}; it must be "cost" or "earnings"')
    if what == "earnings" and "earnings" not in base.calm_kpis:
        raise ValueError("what is earned is not known: not every market has a price")
    if other is not None:
        compare_costs(base, other)  # refuses two that did not see the same luck
    costs, usual = (base.costs, base.calm_costs) if other is None else (other.costs, base.costs)
    sold, usually = (base, base.calm_kpis) if other is None else (other, base.kpis)
    parts = {part: values - usual[part] for part, values in costs.items()}
    if what == "earnings":
        del parts["lost margin"]
        parts = {"revenue lost": usually["revenue"] - sold.kpis["revenue"], **parts}
        lost = usually["earnings"] - sold.kpis["earnings"]
        parts["stock, customers lost"] = lost - sum(parts.values())
    rows = [(part, *mean_interval(values)) for part, values in parts.items()]
    rows.append(("earnings lost" if what == "earnings" else "total", *mean_interval(sum(parts.values()))))
    return pd.DataFrame(rows, columns=["part", "difference", "low", "high"])


def _bar(ax, y: int, start: float, row, factor: float, c: dict[str, str], total: bool) -> float:
    """One bar from where the last one ended; returns where it ends."""
    wide = row.difference / factor
    dearer = wide > 0
    colour = c["scenario"] if dearer else c["baseline"]
    ax.barh(
        y, wide, 0.62, start, facecolor=c["rule"] if total else colour + ("55" if dearer else "CC"),
        edgecolor=c["ink"] if total else colour, hatch=None if total or not dearer else "///", lw=1.0,
    )  # fmt: skip
    end = start + wide
    margins = [[wide - row.low / factor], [row.high / factor - wide]]
    if np.isfinite(margins).all():
        ax.errorbar(end, y, xerr=margins, color=c["ink"], lw=1.2, capsize=2.5, capthick=1.2)
    if not total:
        ax.plot([end, end], [y + 0.31, y + 0.69], color=c["quiet"], lw=0.8)
    half = (row.high - row.low) / 2 / factor
    text = f"{wide:+,.{_places(wide)}f}".replace("-", "−") + (f" ± {digits(half, 2)}" if np.isfinite(half) else "")
    edge = max(start, end) + max(margins[1][0] if dearer and np.isfinite(half) else 0, 0)
    ax.annotate(text, (edge, y), (6, 0), textcoords="offset points", va="center", ha="left",
                fontweight="bold" if total else "normal",
                bbox={"facecolor": c["page"], "edgecolor": "none", "pad": 1.0})  # fmt: skip
    return end


def _places(value: float) -> int:
    return 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2


def _axes(ax, rows, seen: pd.DataFrame, unit: str, c: dict[str, str]) -> None:
    ax.set_yticks(range(len(rows)), [row.part for row in rows])
    ax.get_yticklabels()[-1].set_fontweight("bold")
    ax.tick_params(axis="y", labelcolor=c["ink"])
    ax.set_ylim(len(rows) - 0.45, -0.6)
    ax.axvline(0, color=c["ink"], lw=0.8)
    ax.axhline(len(seen) - 0.5, color=c["rule"], lw=0.8)
    ax.grid(axis="x")
    ax.margins(x=0.02)
    low, high = ax.get_xlim()
    ax.set_xlim(low, high + 0.2 * (high - low))
    ax.spines["left"].set_visible(False)
    ax.set_xlabel(f"difference [{unit}], above 0 = less money")


def _words(title: str, against: str, rows, currency: str, hidden: list[str], worlds: int) -> str:
    told = [
        f"{row.part} {'more' if row.difference > 0 else 'less'} by {amount(abs(row.difference), currency)} "
        f"(95 % interval {amount(row.low, currency)} to {amount(row.high, currency)})"
        for row in rows
    ]
    end = f" No change: {listed(hidden)}." if hidden else ""
    return f"Waterfall chart. {title}, {against}, mean of {worlds} worlds: {'; '.join(told)}.{end}"
