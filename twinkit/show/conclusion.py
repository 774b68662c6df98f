"""How an answer narrows: its interval in more and more worlds."""

from __future__ import annotations

from matplotlib.ticker import FuncFormatter, NullLocator

from twinkit.show.palette import THEMES
from twinkit.show.picture import Picture, drawing, titled
from twinkit.study.conclusion import Conclusion
from twinkit.words import amount, digits, scale_of


def narrowing(found: Conclusion, *, theme: str = "light") -> Picture:
    """Mean and 95 % interval of what a measure is worth against the number of worlds.

    Parameters
    ----------
    found
        What the measure does.
    theme
        "light" or "dark".
    """
    steps, unit = found.steps(), found.unit
    rows = [found.interval(n) for n in steps]
    with drawing((6.4, 3.4), theme) as fig:
        c = THEMES[theme]
        ax = fig.add_subplot()
        ax.set_xscale("log", base=2)
        ax.fill_between(steps, [r[1] for r in rows], [r[2] for r in rows], color=c["scenario"] + "44", lw=0)
        ax.plot(steps, [r[0] for r in rows], color=c["scenario"], marker="o", ms=5)
        ax.axhline(0, color=c["ink"], lw=1.0)
        ax.set_xticks(steps, [str(n) for n in steps])
        ax.xaxis.set_minor_locator(NullLocator())
        ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{digits(value / scale_of(value)[0])} {scale_of(value)[1]}".strip()))
        ax.grid(axis="y")
        ax.set_xlabel("simulated runs")
        ax.set_ylabel(unit)
        titled(ax, "The more runs, the surer", "mean, and the span that holds the true one with 95 % certainty; line: no difference", theme)
        told = "; ".join(f"{n} runs: {amount(m, unit)} ({amount(a, unit)} to {amount(b, unit)})" for n, (m, a, b) in zip(steps, rows, strict=True))
        fig.description = f"Line chart: what the measure is worth, with its 95 % interval, in more and more simulated runs. {told}."
    return fig
