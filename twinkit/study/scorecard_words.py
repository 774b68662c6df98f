"""A scorecard in words: sentences that a person can repeat in a meeting.

A difference is claimed only if its 95 % interval leaves out 0; a time that was not over by the end
of the run is said to be longer, and never averaged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from twinkit.study.ripple import DOWN, HERE, UNCLEAR, UP
from twinkit.study.scorecard_kpis import Row, Times
from twinkit.study.words import HARDLY, end_of_run
from twinkit.tables.problems import listed
from twinkit.words import between, dated, percent, period_word, rounded

if TYPE_CHECKING:
    from twinkit.study.scorecard_result import Scorecard

NAMED = 4
"""Sites that a sentence names; the rest is counted."""
SAYS = {
    DOWN: ("goes short of goods that it owes", "go short of goods that they owe"),
    UP: ("is asked for less", "are asked for less"),
}
"""Direction of a ripple → what one site does, what many do."""
LINKS = 8
"""Sites of the way that is told."""


def sentences(card: Scorecard) -> list[str]:
    """What came of it, the most important first.

    Parameters
    ----------
    card
        The scorecard.
    """
    told = [
        _scope(card),
        *_service(card),
        *_recovery(card),
        *_ripple(card),
        *_way(card),
        *_money(card),
        *_bullwhip(card),
    ]
    return [sentence for sentence in told if sentence]


def _word(card: Scorecard, count: float = 2) -> str:
    """What periods of the case are called."""
    return period_word(card.plan.case.settings, count)


def noticed(card: Scorecard) -> bool:
    """Whether service fails in more than hardly any world."""
    return bool(card.outcome.failed.mean() > HARDLY)


def _scope(card: Scorecard) -> str:
    happens = card.row("event happens")
    where = f"{card.worlds} worlds, each beside the same world without the event"
    some = "" if happens.value == 1 else f"; it happens in {percent(happens.value)} of them"
    return f"{card.scenario.name}: {where}{some}."


def _service(card: Scorecard) -> list[str]:
    level, row = percent(card.plan.case.settings["failure_level"]), card.row("service fails")
    low, high = percent(row.low), percent(row.high)
    if not card.outcome.failed.any():
        least = card.outcome.kpis["depth"].min()
        said = "service is what it is without the event"
        if least < 1 - 1e-9:
            said = f"service stays at {percent(least)} or more of what it is without the event"
        return [
            f"Customers notice nothing: in every world {said} (share of failing worlds at most {high}, 95 % interval)."
        ]
    depth, day = card.row("depth"), card.deepest_day()
    often = f"In {percent(row.value)} of the worlds ({low} to {high}) service falls below {level} of what it is without the event"
    if not noticed(card):
        return [f"Customers notice hardly anything. {often}."]
    when = f"; the mean dip is deepest on {dated(card.plan.case.settings, day)}" if day is not None else ""
    deepest = f"at its lowest it is at {percent(depth.value)} of it in the mean ({percent(depth.low)} to {percent(depth.high)})"
    return [f"{often}; {deepest}{when}.", _worst_day(card)]


def _worst_day(card: Scorecard) -> str:
    row = card.row("worst day")
    q05, _, q95 = row.quantiles
    day = _word(card, 1)
    if q05 == q95:
        return f"The worst {day} is {day} {q05:g} in 9 of 10 failing worlds."
    return f"The worst {day} of a world lies between {day} {q05:g} and {day} {q95:g} in 9 of 10 worlds in which service fails."


def _recovery(card: Scorecard) -> list[str]:
    if not noticed(card):
        return []
    o, settings = card.outcome, card.plan.case.settings
    survive, times = card.time_to_survive(), Times(o.kpis["time to recover"][o.failed], o.censored[o.failed])
    back = card.row("worlds that recover")
    told = (f"Service holds for {_span(card, survive)} after the event begins before it first falls below "
            f"{percent(settings['failure_level'])} (time to survive, as measured in these runs).")  # fmt: skip
    hold = int(settings["hold"])
    level = percent(settings["recovery_level"])
    held = f"at {level} or more to the end of the run, and {hold} {_word(card, hold)} at least"
    text = f"Where it fails it is back for good ({held}) after {_span(card, times)}; {_meanwhile(card, level)}"
    late = ""
    if o.censored.any():
        late = (f"; it is back by the end of {end_of_run(o)} in {percent(back.value)} of these worlds "
                f"({percent(back.low)} to {percent(back.high)})")  # fmt: skip
    loss, index = card.row("resilience loss"), card.row("resilience index")
    lost = (f"In all {rounded(loss.value, 1)} {_word(card)} of full service are lost ({loss.low:,.1f} to {loss.high:,.1f}), "
            f"so {percent(index.value, 1)} of the service of the run is kept (resilience index).")  # fmt: skip
    return [told, f"{text}{late}.", lost]


def _meanwhile(card: Scorecard, level: str) -> str:
    """For how long service is low in all, and in how many dips."""
    o = card.outcome
    below, dips = (float(np.quantile(o.kpis[k][o.failed], 0.5, method="higher")) for k in ("time below", "dips"))
    told = f"it is below {level} on {below:g} {_word(card, below)} in all"
    return f"{told}, in {dips:g} separate dips (medians)" if dips >= 2 else f"{told}, in one dip (medians)"


def _span(card: Scorecard, times: Times) -> str:
    """A time with its range: ``82 days (median; 71 to 94 in 9 of 10 worlds)``."""
    low, middle, high = (times.shown(q).replace("> ", "more than ") for q in (0.05, 0.5, 0.95))
    unit = _word(card, 1 if middle == "1" else 2)
    return f"{middle} {unit} in (nearly) every world" if low == high == middle else (
        f"{middle} {unit} (median; {low} to {high} in 9 of 10 worlds)")  # fmt: skip


def _ripple(card: Scorecard) -> list[str]:
    table, row, tiers = card.ripple(), card.row("ripple breadth"), card.row("ripple depth")
    percentage = percent(card.fall)
    if not len(table):
        return [f"No site sends less than {percentage} of what it sends without the event: there is no ripple."]
    mean = f"{_short(row.value)} of the {len(card.plan.net.sites)} sites ({_short(row.low)} to {_short(row.high)})"
    tiers = f"{_short(tiers.value)} tier{'' if tiers.value == 1 else 's'}"
    text = (
        f"In the mean {mean} in {tiers} send less than {percentage} of what they send without the event at some time."
    )
    told = [text]
    usual = table[table["worlds"] >= 0.5]
    for way, says in SAYS.items():
        rows = usual[(usual["direction"] == way) & ~usual["struck"]].sort_values("missing", ascending=False)
        if len(rows):
            named = listed(rows["site"].tolist(), NAMED)
            told.append(f"{_many(len(rows))} {says[len(rows) > 1]} in most worlds (the ripple goes {way}): {named}.")
    return told


def _short(value: float) -> str:
    return rounded(value, 1).removesuffix(".0")


def _many(count: int) -> str:
    return "1 site" if count == 1 else f"{count} sites"


def _way(card: Scorecard) -> list[str]:
    """The way to the market that is hit hardest, hop by hop."""
    path = card.path().set_index("site")
    ends = card.ripple()
    sells = set(card.plan.net.sites["site"].iloc[card.plan.net.stock_site[card.plan.net.market_stock]])
    ends = ends[ends["site"].isin(sells) & (ends["worlds"] >= 0.5)].sort_values("missing", ascending=False)
    if not len(ends):
        return []
    site, links = ends["site"].iloc[0], []
    while site in path.index and len(links) < LINKS:
        hop = path.loc[site]
        links.append((site, hop))
        if hop["direction"] in (HERE, UNCLEAR):
            break
        site = hop["came_from"]
    links.reverse()
    if len(links) < 2:
        return []
    steps = [f"{name} ({_after(card, hop)})" for name, hop in links]
    return [f"The way to {links[-1][0]}: {', then '.join(steps)}; median delays from hop to hop."]


def _after(card: Scorecard, hop) -> str:
    delay = f"{hop['delay']:g} {_word(card, hop['delay'])}"
    if hop["direction"] in (HERE, UNCLEAR):
        return "at once" if hop["delay"] == 0 else f"{delay} after the event begins"
    return f"{delay} later, {hop['lead_time']:g} of them on the way" if hop["lead_time"] > 0 else f"{delay} later"


def _money(card: Scorecard) -> list[str]:
    unit, told = card.plan.case.settings["currency"], []
    lost, extra, earned = (card.row(k) for k in ("lost margin", "all other costs", "earnings lost"))
    if _clear(lost):
        told.append(f"Sales lost for good cost {rounded(lost.value)} {unit} of margin ({between(lost.low, lost.high)}).")
    elif not card.plan.net.markets["lost_share"].any():
        told.append("No sale is lost for good: customers wait.")
    else:
        told.append("The event makes no clear difference to the margin that is lost with sales.")
    if _clear(extra):
        more = extra.value > 0
        low, high = sorted((abs(extra.low), abs(extra.high)))
        why = "" if more else ", since less is made, moved and kept"
        said = f"All other costs {'rise' if more else 'fall'} by {rounded(abs(extra.value))} {unit}"
        told.append(f"{said} ({between(low, high)}){why}; {_largest(card)}.")
    if _clear(earned):
        less = "less" if earned.value > 0 else "more"
        low, high = sorted((abs(earned.low), abs(earned.high)))
        told.append(f"What is earned is {rounded(abs(earned.value))} {unit} {less} ({between(low, high)}){_made_of(card, unit)}.")
    return told


def _made_of(card: Scorecard, unit: str) -> str:
    """Of what the earnings that are lost are made, the parts above a hundredth of them."""
    parts = card.earnings().iloc[:-1]
    total = abs(card.row("earnings lost").value)
    told = [f"{r.part} {'−' if r.mean < 0 else ''}{rounded(abs(r.mean))} {unit}" for r in parts.itertuples()
            if abs(r.mean) >= 0.01 * total]  # fmt: skip
    return f": {', '.join(told)}" if len(told) > 1 else ""


def _largest(card: Scorecard) -> str:
    costs = card.costs().set_index("part").drop(index=["lost margin", "total"])
    part = costs["difference"].abs().idxmax()
    change = costs.loc[part, "difference"]
    return f"most of it is {part} ({'+' if change > 0 else '−'}{rounded(abs(change))} {card.plan.case.settings['currency']})"


def _clear(row: Row) -> bool:
    return bool(row.low > 0 or row.high < 0)


def _bullwhip(card: Scorecard) -> list[str]:
    table = card.bullwhip()
    ends = table[(table["level"] == "end to end") & (table["worlds"] > 0)]
    if not len(ends):
        return ["The bullwhip ratio is not defined: orders or demand do not vary."]
    top = ends.iloc[int(np.argmax(ends["with"].to_numpy()))]
    change = "more" if top["low"] > 0 else "less" if top["high"] < 0 else ""
    compared = f"{change} than" if change else "not clearly different from"
    product = top["name"].split(": ", 1)[1]
    return [f"Orders swing most in tier {top['tier']}, for {product}: {top['with']:.2f} times as much as customers' demand for it "
            f"(variance, bullwhip ratio end to end), {compared} the {top['without']:.2f} without the event."]  # fmt: skip
