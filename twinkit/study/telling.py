"""An explanation as tables, as a path on the map, and as sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from twinkit.study.hop_words import dated, label, quantity, reason, span, word
from twinkit.study.walk import EVENT, KNOCK_ON, Node
from twinkit.tables.problems import listed
from twinkit.words import percent

if TYPE_CHECKING:
    from twinkit.study.explain import Explanation

SMALL = 0.005
"""Shares below this are not said."""
APART = 0.05
"""Shares that differ by more than this are said to differ."""
STILL = 0.1
"""A line stands still on a day when it starts at most this share of what it starts without events, or else on average."""
COLUMNS = ["level", "node", "kind", "since", "worst day", "until", "units", "share", "short", "cause", "event"]


def tree(x: Explanation, least: float) -> pd.DataFrame:
    """The way back as a table; see :meth:`Explanation.tree`."""
    rows: list[tuple] = []

    def add(node: Node, level: int) -> None:
        if node.units < least * x.units or node.units <= 0:
            return
        since, worst, until = span(x, node)
        short = float(node.short[worst]) if node.short is not None else np.nan
        rows.append((level, label(x, node), node.kind, since, worst, until, node.units, node.units / x.units, short,
                     reason(x, node), x.trail.events[node.row] if node.kind == EVENT else ""))  # fmt: skip
        for child in node.children:
            add(child, level + 1)

    if x.units:
        add(x.root, 0)
    return pd.DataFrame(rows, columns=COLUMNS)


def causes(x: Explanation) -> pd.DataFrame:
    """Causes with the shares of the walk and of the counterfactual; see :meth:`Explanation.causes`."""
    names = x.trail.events if x.units else []
    found: dict[tuple[str, str, bool], float] = dict.fromkeys([(name, EVENT, False) for name in names], 0.0)
    for node in x.root.every():
        if not node.children and x.units:
            key = (label(x, node), node.kind, node.calm)
            found[key] = found.get(key, 0.0) + node.units
    rows = []
    for (name, kind, calm), units in found.items():
        without = float(x.parts[names.index(name)]) if kind == EVENT else units if calm else np.nan
        rows.append((name, kind, calm, units, units / x.units, without, without / x.units))
    columns = ["cause", "kind", "without events", "units", "share", "counterfactual", "counterfactual share"]
    table = pd.DataFrame(rows, columns=columns)
    order = np.maximum(table["units"], table["counterfactual"].fillna(0.0))
    return table.iloc[np.argsort(-order.to_numpy(float), kind="stable")].reset_index(drop=True)


def path(x: Explanation, least: float) -> list[dict[str, Any]]:
    """Sites and lanes of the way back; see :meth:`Explanation.path`."""
    net = x.trail.plan.net
    sites: dict[str, float] = {}
    lanes: dict[int, float] = {}

    def add(node: Node, passed: frozenset[str]) -> None:
        site = _site(x, node)
        if node.kind == "lane":
            lanes[node.row] = lanes.get(node.row, 0.0) + node.units / x.units
        if site and site not in passed:
            sites[site] = sites.get(site, 0.0) + node.units / x.units
        for child in node.children:
            add(child, passed | {site})

    if x.units:
        add(x.root, frozenset())
    found: list[dict[str, Any]] = [{"site": s, "share": v} for s, v in sites.items()]
    ends = ["origin", "destination", "product", "mode", "via"]
    found += [{**net.lanes.loc[r, ends].to_dict(), "share": v} for r, v in lanes.items()]
    return sorted((f for f in found if f["share"] >= least), key=lambda f: -f["share"])


def _site(x: Explanation, node: Node) -> str:
    """Site that a hop belongs to; of a lane its origin."""
    net = x.trail.plan.net
    if node.kind in ("stock", "recipe"):
        return (net.stocks if node.kind == "stock" else net.recipes)["site"][node.row]
    return net.lanes["origin"][node.row] if node.kind == "lane" else ""


# --- sentences


def main_way(x: Explanation) -> list[Node]:
    """From the market the largest child of each node, down to a cause."""
    way = [x.root]
    while way[-1].children:
        way.append(way[-1].children[0])
    return way


def shared(x: Explanation) -> list[tuple[float, str]]:
    """Shares of the missing units with what they trace to, the largest first.

    Events by the counterfactual: what each accounts for whichever others happen, and what
    several do together as joint (where some made it better, the others share what is left
    of it); what is missing without any event by the walk back.
    """
    found = [(part, name) for part, name in zip(x.own, x.trail.events, strict=False) if part > 0]
    found += [(x.joint, joint_words(x))] if x.joint > SMALL * x.units else []
    scale = (1 - x.policy_share) / max(sum(units for units, _ in found), 1e-12)
    found = [(units * scale, name) for units, name in found]
    table = causes(x)
    table = table[table["without events"]]
    named = list(zip(table["share"].astype(float), table["cause"], strict=True))
    found += named[:2]
    found.append((sum(share for share, _ in named[2:]), "other stocks and capacities"))
    return sorted((f for f in found if f[0] >= SMALL), key=lambda f: -f[0])


def joint_words(x: Explanation) -> str:
    """Several events that overlap or need each other, and which of the two."""
    first, last = x.alone
    tied = np.abs(first - last) > SMALL * x.units
    *before, last_one = [name for name, t in zip(x.trail.events, tied, strict=True) if t] or x.trail.events
    names = f"{listed(before, 3)} and {last_one}" if before else last_one
    overlap, need = float((first - last)[tied].clip(min=0).sum()), float((last - first)[tied].clip(min=0).sum())
    if overlap > 2 * need:
        how = "either alone would do" if tied.sum() == 2 else "some of them alone would do"
    elif need > 2 * overlap:
        how = "only because they come together"
    else:
        how = "partly any of them would do, partly it takes several"
    return f"{names} together ({how})"


def disclosure(x: Explanation) -> str:
    """Where the sentence and the way back count differently, and what the dip is a part of; see :meth:`Explanation.disclosure`."""
    if not x.units:
        return ""
    told = []
    if x.of_all < 1 - APART:
        told.append(f"These are {percent(x.of_all)} of all units that customers lack in this run; other dips have ways of their own.")
    leaves = [n for n in x.root.every() if not n.children and n.kind == EVENT]
    walked = {name: sum(n.units for n in leaves if n.row == e) / x.units for e, name in enumerate(x.trail.events)}
    counted = {name: part / x.units for name, part in zip(x.trail.events, x.parts, strict=False)}
    if len(walked) > 1 and max(abs(walked[n] - counted.get(n, 0.0)) for n in walked) > APART:
        ways = listed([f"{percent(v)} at {n}" for n, v in walked.items() if v > SMALL], 4)
        parts = listed([f"{percent(v)} {n}" for n, v in counted.items() if abs(v) > SMALL], 4)
        told.append(f"Where events overlap, no count is the only right one: the way back follows what was tightest on each day and ends "
                    f"with {ways}; shared over all orders in which the events could be left out (Shapley) it is {parts}.")  # fmt: skip
    traced = sum(n.units for n in leaves if n.note != KNOCK_ON) / x.units
    due = sum(walked.values())
    if due - traced > APART:
        told.append(f"{percent(traced)} could be followed to {'the event' if len(walked) == 1 else 'events'} hop by hop; the other "
                    f"{percent(due - traced)} are knock-ons (orders and capacities that changed because of it).")  # fmt: skip
    return " ".join(told)


def sentence(x: Explanation) -> str:
    """What happened and why; see :meth:`Explanation.sentence`."""
    plan = x.trail.plan
    market, product = plan.net.markets.loc[x.row, ["market", "product"]]
    if not x.units:
        return f"{market} had its {product} on {dated(plan, x.day)}: there is no dip to explain."
    first, last = dated(plan, x.days.start), dated(plan, x.days[-1])
    when = f"on {first}" if len(x.days) == 1 else f"from {first} to {last}"
    shares = [f"{percent(share)} {'of the missing units trace to' if i == 0 else 'to'} {name}"
              for i, (share, name) in enumerate(shared(x))]  # fmt: skip
    trace = ": " + ", ".join(shares) if shares else ""
    return f"{market} lacked {quantity(x.units)} units of {product} {when}{because(x)}{trace}.{_helped(x)}{_came(x)}"


def because(x: Explanation) -> str:
    """The line that stood still and the component that it waited for; else the stock that ran out."""
    net, way = x.trail.plan.net, main_way(x)
    for made, part in zip(way, way[1:], strict=False):
        if made.kind == "recipe" and part.kind == "stock":
            name, day = net.stocks["product"][part.row], f"{word(x.trail.plan, 1)} {span(x, part)[0]}"
            gone = f"{name} ran out on {day}" if reason(x, part) == "ran out" else f"{name} was short from {day} on"
            return f" because {net.recipes['site'][made.row]} {_slowed(x, made, part)}, where {gone}"
    if way[-1].note == "customers asked for more":
        return " because customers asked for more"
    if len(way) > 1 and way[1].kind == "stock":
        stock = net.stocks.loc[way[1].row]
        since = span(x, way[1])[0]
        ran = "ran out of it" if reason(x, way[1]) == "ran out" else "was short of it"
        cause = way[2] if len(way) > 2 and way[2].kind == "lane" else None
        late = f", as what comes from {net.lanes['origin'][cause.row]} was late" if cause else ""
        return f" because {stock['site']} {ran} on {word(x.trail.plan, 1)} {since}{late}"
    return ""


def _slowed(x: Explanation, made: Node, part: Node) -> str:
    """What a line did for want of a component: "stood still on 3 days from day 74 on"."""
    days = np.flatnonzero(part.days > 0)
    usual = x.trail.calm["recipes.started"][made.row]
    usual = np.maximum(usual[days], usual.mean())
    share = np.divide(x.trail.run["recipes.started"][made.row, days], usual, out=np.ones(len(days)), where=usual > 0)
    low = np.flatnonzero(share <= STILL)
    day = word(x.trail.plan, 1)
    if len(low):
        return f"stood still on {len(low)} {word(x.trail.plan, len(low))} from {day} {days[low[0]]} on"
    worst = int(share.argmin())
    return f"made {percent(1 - share[worst])} less on {day} {days[worst]}"


def _helped(x: Explanation) -> str:
    """Events without which more would be missing, or that have no part in it."""
    better = [(-part, name) for part, name in zip(x.parts, x.trail.events, strict=False) if part < -SMALL * x.units]
    told = [f"without {name} {quantity(units)} more units would be missing" for units, name in better]
    if len(x.parts) and not (np.abs(x.parts) > SMALL * x.units).any():
        told.append(f"{listed(x.trail.events, 4)} {'has' if len(x.parts) == 1 else 'have'} no part in it")
    text = "; ".join(told)
    return f" {text[0].upper()}{text[1:]}." if told else ""


def _came(x: Explanation) -> str:
    """The sites along the main way, the origin first."""
    way = [n for n in main_way(x) if _site(x, n)]
    sites = list(dict.fromkeys(_site(x, n) for n in way))[::-1]
    if len(sites) < 3:
        return ""
    net, last = x.trail.plan.net, way[-1]
    table = {"stock": net.stocks, "lane": net.lanes, "recipe": net.recipes}[last.kind]
    return f" It began with {table['product'][last.row]} at {sites[0]} and came by way of {', '.join(sites[1:-1])} to {sites[-1]}."


def text(x: Explanation, least: float) -> str:
    """The sentence and the way back, indented; see :meth:`Explanation.text`."""
    if not x.units:
        return sentence(x)
    more = [disclosure(x)] if disclosure(x) else []
    plan, lines = x.trail.plan, [sentence(x), *more, f"World {x.trail.world} of {x.trail.scenario!r}.{x.seen}", ""]
    for row in tree(x, least).itertuples(index=False):
        days = f"{word(plan, 1)} {row.since}" if row.since == row.until else f"{word(plan)} {row.since} to {row.until}"
        worst = f", worst on {row[4]}" if row.since < row[4] < row.until else ""
        short = f", short of up to {quantity(row.short)} units" if row.kind in ("stock", "lane", "recipe") and row.short > 0 else ""
        lines.append(f"{'  ' * row.level}{percent(row.share)} {row.node}: {row.cause}, {days}{worst}{short}")
    hidden = x.units - sum(n.units for n in x.root.every() if not n.children and n.units >= least * x.units)
    if hidden > SMALL * x.units:
        lines.append(f"{percent(hidden / x.units)} lies on ways of less than {percent(least)} each, which are not shown.")
    return "\n".join(lines)
