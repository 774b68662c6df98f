"""The waterfall of money: which parts make up a difference of earnings, or of cost."""

from __future__ import annotations

import numpy as np
import pandas as pd

from twinkit.run.outcome import Outcome
from twinkit.run.statistics import mean_interval
from twinkit.show.palette import THEMES
from twinkit.show.picture import Picture, drawing, titled
from twinkit.study.compare import compare_costs
from twinkit.study.scorecard_result import Scorecard
from twinkit.words import amount, digits, listed, scale_of

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
    size
        Width and height [inches]; by default as high as the parts need.
    theme
        "light" or "dark".

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
