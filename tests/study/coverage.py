"""How often the interval of every kind of figure holds the true value; ``python tests/study/coverage.py`` writes docs/statistics.md.

The worlds are synthetic, with the shapes that the shipped cases have (skewness of the costs up to 1, of times
to recover up to 2, a share of worlds in which nothing happens, times that are censored), or worse ones.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from workshop.players import coverage_of_fits

from twinkit.run.statistics import (
    CHANGE,
    SHARE,
    Interval,
    apart_interval,
    mean_interval,
    median_interval,
    ratio_interval,
    share_interval,
    tail_interval,
    watched_together,
)

SIZES = (16, 64, 256)
LEAST, MOST = 0.93, 0.97
PAGE = Path(__file__).parents[2] / "docs" / "statistics.md"
Luck = np.random.Generator


class Kind(NamedTuple):
    """A kind of figure.

    Attributes
    ----------
    figures, interval, why
        What it stands for, which interval it has, and why.
    once
        Draws so many worlds: the interval that is shown, and the true value.
    trials
        Studies that are simulated of every size.
    bound
        Whether it may hold more often: whole numbers of worlds, or what has not been seen is bounded.
    """

    figures: str
    interval: str
    why: str
    once: Callable[[Luck, int], tuple[Interval, float]]
    trials: int = 2000
    bound: bool = False


def _mean(draw: Callable[[Luck, int], np.ndarray], true: float, **more) -> Callable[[Luck, int], tuple[Interval, float]]:
    return lambda luck, n: (mean_interval(draw(luck, n), **more), true)


def _depth(luck: Luck, n: int, calm: float) -> np.ndarray:
    return np.where(luck.random(n) < calm, 1.0, luck.beta(2.0, 3.0, n))


def _depth_change(luck: Luck, n: int) -> np.ndarray:
    return np.where(luck.random(n) < 0.9, 0.0, luck.beta(2.0, 3.0, n))


def _times(luck: Luck, n: int) -> tuple[np.ndarray, ...]:
    """Times to recover in two scenarios of which the second is better, and whether each is censored."""
    common, starts = luck.gamma(4.0, 25.0, n), np.round(luck.uniform(60.0, 90.0, n))
    true = np.round(np.stack([common + luck.gamma(2.0, 10.0, n), 0.8 * common + luck.gamma(2.0, 10.0, n)]))
    watch = 240.0 - starts
    return (*np.minimum(true, watch), *(true > watch))


def _time_change(luck: Luck, n: int) -> np.ndarray:
    first, second = watched_together(*_times(luck, n))
    return second - first


def _losses(luck: Luck, n: int, means: tuple[float, ...]) -> np.ndarray:
    """Losses of some risks whose worlds share some of their luck."""
    common = luck.normal(size=n)
    return np.array([m * np.exp(0.3 * (0.5 * common + luck.normal(size=n))) for m in means])


MEANS, CHANCES = (1.0, 2.0, 3.0, 4.0, 6.0, 10.0), np.array([6.0, 5.0, 4.0, 3.0, 2.0, 2.0])


def _tail(means: tuple[float, ...], chances: np.ndarray, against: bool) -> Callable[[Luck, int], tuple[Interval, float]]:
    def worlds(luck: Luck, n: int) -> tuple[np.ndarray, np.ndarray | None]:
        base = _losses(luck, n, means)
        return (base * luck.uniform(0.5, 0.9, (1, n)), base) if against else (base, None)

    own, base = worlds(np.random.default_rng(99), 400_000)
    true = tail_interval(own, chances, 0.05, base).value

    def once(luck: Luck, n: int) -> tuple[Interval, float]:
        own, base = worlds(luck, n)
        return tail_interval(own, chances, 0.05, base), true

    return once


def _median(luck: Luck, n: int) -> tuple[Interval, float]:
    times = luck.gamma(4.0, 25.0, n)
    return median_interval(np.where(times > 130.0, np.inf, times)), 91.80151


def _share(luck: Luck, n: int) -> tuple[Interval, float]:
    p = luck.uniform(0.05, 0.95)
    return share_interval(int(luck.binomial(n, p)), n), p


def _ratio(luck: Luck, n: int) -> tuple[Interval, float]:
    common = luck.gamma(2.0, size=n)
    return ratio_interval(common + luck.gamma(2.0, size=n), 4.0 + common + luck.gamma(4.0, size=n)), 0.4


def _apart(luck: Luck, n: int) -> tuple[Interval, float]:
    return apart_interval(luck.gamma(4.0, size=n), 1.0 + luck.gamma(4.0, size=n)), -1.0


def kinds() -> dict[str, Kind]:
    """Every kind of figure that is shown with an interval."""
    big = np.random.default_rng(98)
    hall, saying = "Student's t, corrected for skewness (Hall 1992)", "costs, backlogs and losses have a long tail: Student's own interval misses it"
    return {
        "mean, without a tail": Kind(
            "fill rate and the other shares, revenue, stock, turns, bullwhip ratio (mean of the worlds' own ratios)", hall,
            "without skewness it is Student's; a share is cut at 0 and 1",
            _mean(lambda luck, n: luck.beta(30.0, 5.0, n), 30 / 35, within=SHARE)),
        "mean, with a tail": Kind(
            "total cost and its parts, backlog, lost sales, resilience loss, days of supply, every figure of a site or lane", hall, saying,
            _mean(lambda luck, n: 50.0 + luck.gamma(1.5, 10.0, n), 65.0)),
        "mean of what is rare": Kind(
            "losses and lost sales of an event that may not happen", hall,
            "0 in all worlds has no interval: what is rare has not been seen",
            _mean(lambda luck, n: (luck.random(n) < 0.2) * luck.gamma(4.0, 5.0, n), 4.0), bound=True),
        "paired difference": Kind(
            "compare, cards, sweep, cost of an event, lost margin and extra cost of a stress test, gain of a lever, tornado", hall,
            "worlds are paired: the mean of the differences, world by world",
            _mean(lambda luck, n: luck.gamma(1.5, 10.0, n) * luck.uniform(0.2, 1.0, n) - 5.0, 4.0)),
        "expected loss": Kind(
            "expected loss a year, and cost and expected loss together", hall,
            "a world's losses of all risks, weighed with their probabilities, are one value",
            lambda luck, n: (mean_interval(CHANCES @ _losses(luck, n, MEANS)), float(CHANCES @ np.array(MEANS) * np.exp(0.045 * 1.25)))),
        "depth": Kind(
            "depth, least throughput of a site", hall + "; bounded where all worlds agree",
            "most worlds may be at 0 or 1: where all are, a share of 1 - 0.025^(1/n) of the worlds may not have been seen",
            _mean(lambda luck, n: _depth(luck, n, 0.7), 0.7 + 0.3 * 0.4, within=SHARE), bound=True),
        "difference of depth": Kind(
            "what a scenario changes in a share", hall + "; bounded where no world differs",
            "few worlds may differ: no difference in 16 worlds does not say that there is none",
            _mean(_depth_change, 0.1 * 0.4, within=CHANGE), bound=True),
        "difference of times to recover": Kind(
            "what a scenario changes in the time to recover", hall + " of times that are counted as far as both were watched",
            "a censored time is only known to be longer: worlds are neither dropped nor averaged as they are (restricted mean, pair by pair)",
            _mean(_time_change, float(_time_change(big, 1_000_000).mean()))),
        "worst 5 %, one risk": Kind(
            "worst 5 % of the losses", hall + " of what each world adds to the mean of the tail (Rockafellar & Uryasev 2000)",
            "the tail is 5 % of the worlds: below 10 worlds in it there is no interval, “too few worlds to say”",
            _tail((10.0,), np.ones(1), against=False), 1200),
        "worst 5 %, six risks": Kind(
            "the same over several risks", "as above", "a rare risk that is dear has all its worlds in the tail",
            _tail(MEANS, CHANCES, against=False), 1200),
        "worst 5 %, what is saved": Kind(
            "what levers save in the worst 5 %", "as above, of the difference of both, world by world", "the same worlds with the levers and without",
            _tail(MEANS, CHANCES, against=True), 1200),
        "median of times": Kind(
            "time to recover, time to survive, worst day", "ranks of the worlds (binomial; Conover 1999)",
            "a censored time is larger than all others, and has no mean; ranks are whole numbers, so it holds in at least 95 %",
            _median, bound=True),
        "share of worlds": Kind(
            "worlds that fail, recover, are better, reach a target", "Wilson 1927",
            "0 of n does not exclude 0, n of n not 1; at one fixed share near 0 or 1 it may hold in fewer, since worlds are whole: over all shares "
            "from 5 to 95 % it is 95 %", _share),
        "ratio of means": Kind(
            "probability or factor at which a lever stops paying", "all x at which the interval of x · saved - cost holds 0 (Fieller 1954)",
            "numerator and denominator are of the same worlds", _ratio, 800),
        "worlds of other luck": Kind(
            "selection bias of a search", "Welch's t (scipy)", "the search and its check do not share their luck", _apart, 500),
    }  # fmt: skip


def coverage(kind: Kind, worlds: int, seed: int = 1) -> tuple[float, float]:
    """Share of the studies that show an interval, and of these the share whose interval holds the true value (NaN if none)."""
    luck = np.random.default_rng([seed, worlds])
    found = [kind.once(luck, worlds) for _ in range(kind.trials)]
    held = [three.low <= true <= three.high for three, true in found if not np.isnan(three.low)]
    return len(held) / len(found), float(np.mean(held)) if held else float("nan")


def _told(kind: Kind, worlds: int) -> str:
    shown, held = coverage(kind, worlds)
    if shown < 0.05:
        return "too few worlds to say"
    return f"{100 * held:.1f} %" + (f" (shown in {100 * shown:.0f} %)" if shown < 0.995 else "")


def page() -> str:
    """docs/statistics.md."""
    heads = ["figure", "interval", "why", *(f"{n} worlds" for n in SIZES)]
    lines = [" | ".join(["", *heads, ""]).strip(), "|" + "---|" * len(heads)]
    for name, kind in kinds().items():
        cells = [f"**{name}**: {kind.figures}", kind.interval, kind.why, *(_told(kind, n) for n in SIZES)]
        lines.append(f"| {' | '.join(cells)} |")
    fits = coverage_of_fits(160)
    fitted = ", ".join(f"{name} {100 * held:.0f} %" for name, held in fits.held.items())
    return TEXT.format(
        table="\n".join(lines), fits=fitted, under=f"{100 * fits.under:.0f} %", players=fits.players
    )


TEXT = """# Intervals: which figure has which, and how often it holds

Every interval is a 95 % interval: were the study done again with other luck, it would hold the true value in 95 of 100
cases.  It says how far the number of worlds carries, not whether the tables are right.  All are made in
`twinkit/study/statistics.py`.  A figure for which there is no honest interval is shown without one, and says why.

The last three columns are measured: studies of so many worlds were simulated with worlds whose mean is known, of the
shapes that runs have or worse ones, and it was counted how often the interval that is shown held the true value.
`tests/study/coverage.py` writes this page, and a test holds the same numbers between 93 and 97 % (figures that are
counted in whole worlds, or bounded because something was not seen, may hold more often).

{table}

## Figures without an interval

- **Quantiles of the worlds** ("9 of 10 worlds", bands of curves) are the spread of the worlds that were run, not an estimate with an error.
- **The lowest day of the mean curve** is chosen after the look, so the interval of its mean would be too narrow; the spread of the worlds stands there.
- **0 in all worlds** of a figure without limits (lost sales, an extra cost): what is rare has not been seen, and nothing says how large it is.
- **Orders of one game** (bullwhip ratio, demand chasing, pull to centre of a player): periods of one game hang together, so they are no worlds.
- **Indices of a sensitivity study** (Morris, Sobol) have the bootstrap intervals of SALib, which are not measured here: with few
  trajectories or samples take them as a rough guide.

## Time to recover

One definition on every page: from the first period below the failure level to the first from which service stays at the
recovery level *for good*, to the end of the run and for the hold at least.  A small dip that comes first does not stop the
clock.  Beside it stand the periods below the recovery level ("time below") and the number of separate dips.  A world that
is not back by the end is censored: its time is "> x", a median is infinite where half of the worlds are censored, and there
is no mean.  A difference between two scenarios is the mean over all worlds of the differences, each counted as far as both
were watched: where neither came back it is 0, where one did it is what was seen of it at least.

## Rules of the workshop's players

θ, α, β and S′ are fitted by likelihood (an order of 0 is one that would have been 0 or less), their intervals are those of
the profile likelihood, 1.12 times as wide as Student's limit because stock follows from earlier orders.  {players} simulated
players with a noise of 2 units: the interval held the true value for {fits}.  A player who remembers the whole supply line
(β = 1) was called under-weighting in {under}; chance alone may do so in 2.5 %.
"""


if __name__ == "__main__":
    PAGE.write_text(page())
