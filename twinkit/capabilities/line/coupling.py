"""A line in its site: in every world it makes what the chain lets it, and the chain gets what it makes.

A step of the day, before goods are received and made, lets every line that a recipe names go on for the open hours of the
period.  It begins a part where the chain has ordered one (`to_make`) and has the components, so missing components starve
it and a full store stops it; what it has finished is the most that its recipe may start in the period.  Components stay on
hand in the books of the chain until the part that they are in is finished, and are then used.  A repair takes its spare
from the stock of the site, and waits while there is none.  An event of the table `events` that happens to a station breaks machines of it for
the open hours of its periods.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from twinkit import rooms
from twinkit.capabilities.line import arrays, engine
from twinkit.capabilities.line.simulate import Model, advance, begin, begins_on, line_model, require_moving
from twinkit.chain.layout import EV, RC, ST
from twinkit.chain.trouble import EFFECTS, severity_at
from twinkit.rules import DUST
from twinkit.tables.case import Case
from twinkit.tables.problems import CaseError, Problem

STEP = "lines"
LONGER = 1e-9
"""Share by which what an event breaks is broken for longer than a period, so that it is still broken when the next one begins."""
SLIGHT = 0.02
"""Share of a period below which a station that had no part does not hand on the question why to those before it."""
IN_WORDS = {
    arrays.WORKING: "works as fast as it can", arrays.SETUP: "was set up", arrays.DOWN: "was broken", arrays.WAITING: "waited for a spare",
    arrays.MAINTENANCE: "was maintained", arrays.STOPPED: "had minor stops", arrays.STAFF: "waited for staff", arrays.BLOCKED: "was full behind", arrays.STARVED: "had nothing to begin",
}  # fmt: skip


class Place:
    """A line where it stands: its recipes, their components and its spares as rows of the chain.

    Attributes
    ----------
    model
        The line.
    recipes
        Rows of its recipes, in the order of its products.
    parts, quantity
        By product: rows of the stocks of its components, and units of each for one part.
    site, spares
        Row of its site, and rows of the stocks of its spares.
    events
        Numbers of the effects of events that break machines, and the station of each.
    clock
        Open hours until the beginning of each period and of the one after the last, shape (T + 1,) [h].
    """

    def __init__(self, plan: Any, name: str, seed: int) -> None:
        case, net = plan.case, plan.net
        self.model: Model = line_model(case, name, seed)
        rows = net.recipes[net.recipes["line"] == name]
        at = dict(zip(rows["product"], rows.index, strict=True))
        self.recipes = np.array([at[p] for p in self.model.products])
        self.parts = [np.asarray(net.part_stock)[np.asarray(net.part_recipe) == k] for k in self.recipes]
        self.quantity = [np.asarray(net.part_qty, float)[np.asarray(net.part_recipe) == k] for k in self.recipes]
        site = rows["site"].iloc[0]
        keys = list(net.stocks[["site", "product"]].itertuples(index=False, name=None))
        self.site = int(net.stock_site[net.recipe_stock[self.recipes[0]]])
        self.spares = np.array([keys.index((site, s)) for s in self.model.spares], int)
        stations = case["events"].set_index("event")["station"]
        struck = [(e, stations[event]) for e, event in enumerate(plan.effects.names) if plan.effects.code[e] == EFFECTS.index("machine")]
        hit = [set(plan.effects.hits[plan.effects.at[e] : plan.effects.at[e + 1]]) & set(self.recipes) for e, _ in struck]
        self.events = [(e, self.model.stations.index(station)) for (e, station), rows in zip(struck, hit, strict=True) if rows]
        hours = begins_on(case) + 24.0 * float(case.settings["period_days"]) * np.arange(plan.periods + 1)
        self.clock = self.model.open_hours(hours) - self.model.open_hours(hours[0])


def lines_at_work(case: Case) -> list[str]:
    """Lines that a recipe names."""
    return list(dict.fromkeys(name for name in case["recipes"]["line"] if name))


def places_of(chain: Any) -> dict[str, Place]:
    """Lines of a chain by name."""
    notes = chain.plan.notes.setdefault("lines", {})
    if chain.seed not in notes:
        notes[chain.seed] = {name: Place(chain.plan, name, chain.seed) for name in lines_at_work(chain.case)}
    return notes[chain.seed]


def work(chain: Any) -> None:
    """The step: every line goes on for a period."""
    chain.limits = np.full(chain.world.recipe.shape[1:], np.inf)
    for name, place in places_of(chain).items():
        if name not in chain.kept:
            state = begin(place.model, chain.replications, 0.0, 0.0)
            past = np.zeros((chain.plan.periods if chain.replications == 1 else 0, *state.station.shape[1:]))  # for *Why?*, which looks at one world
            chain.kept[name] = (*state, np.zeros((chain.replications, len(place.recipes))), past)
        _line_works(chain, place, chain.kept[name])
    chain.world.make[:] = chain.limits


def _line_works(chain: Any, place: Place, kept: tuple) -> None:
    w, t, model = chain.world, chain.period, place.model
    state, booked, past = arrays.State(*kept[:-2]), *kept[-2:]
    fresh = begin(model, 1)
    if [x.shape[1:] for x in state] != [x.shape[1:] for x in fresh]:
        raise CaseError([Problem("stations", None, "line", model.name, "has other machines, buffers or products than when the run began", "Change a line from the beginning of a run on.")])
    made, scrapped = state.product[:, :, arrays.MADE], state.product[:, :, arrays.SCRAPPED].copy()
    waits = made - booked
    state.product[:, :, arrays.ALLOWED] = _allowed(w, place, state.product[:, :, arrays.INSIDE] + waits)
    for k, row in enumerate(place.spares):
        state.spare[:, k, arrays.THERE] = np.floor(w.stock[ST.on_hand, row] + DUST)
    used = state.spare[:, :, arrays.USED].copy()
    up = w.recipe[RC.recipe_up, place.recipes].min(axis=0)
    hours = place.clock[t + 1] - place.clock[t]
    up = up * w.calendar[t, w.site_calendar[place.site]]
    state.world[:, arrays.LOST] += hours * (1.0 - up)
    for e, station in place.events:
        _break(chain, place, state, e, station, hours * up)
    advance(model, state, state.world[:, arrays.NOW] + hours * up, chain.first, threads=1)  # batches have threads of their own
    require_moving(model, state)
    if t < len(past):
        past[t] = state.station[0]
    for k, row in enumerate(place.spares):
        _throw_away(w, row, state.spare[:, k, arrays.USED] - used[:, k])
    bad = state.product[:, :, arrays.SCRAPPED] - scrapped
    for k in range(len(place.recipes)):
        for row, quantity in zip(place.parts[k], place.quantity[k], strict=True):
            _throw_away(w, row, bad[:, k] * quantity)
    chain.limits[place.recipes] = (state.product[:, :, arrays.MADE] - booked).T


def _break(chain: Any, place: Place, state: arrays.State, e: int, station: int, hours: np.ndarray) -> None:
    """An event breaks machines of a station for the open hours of a period; what is broken already takes so much longer."""
    w, t = chain.world, float(chain.period)
    n, machines = w.event_n[:, e], int(place.model.spec.station[station, arrays.NEXT] - place.model.spec.station[station, arrays.FIRST])
    for r in range(chain.replications):
        severity = severity_at(t, w.event_start[e, r], w.event_length[e, r], n[EV.severity], n[EV.curve], n[EV.recovery_time])
        if severity > 0.0 and hours[r] > 0.0:
            engine.break_now(place.model.spec, state, r, station, hours[r] * (1.0 + LONGER), max(int(severity * machines + 0.5), 1))


def _allowed(w: Any, place: Place, busy: np.ndarray) -> np.ndarray:
    """Parts of each product that may be begun: ordered, and with components that no part in the line holds, shape (R, P)."""
    wish = np.maximum(w.recipe[RC.to_make, place.recipes].T - busy, 0.0)
    need: dict[int, np.ndarray] = {}
    held: dict[int, np.ndarray] = {}
    for k, (rows, quantities) in enumerate(zip(place.parts, place.quantity, strict=True)):
        for row, quantity in zip(rows, quantities, strict=True):
            need[row] = need.get(row, 0.0) + wish[:, k] * quantity
            held[row] = held.get(row, 0.0) + busy[:, k] * quantity
    for k, rows in enumerate(place.parts):
        share = np.ones(len(wish))
        for row in rows:
            free = np.maximum(w.stock[ST.on_hand, row] * w.stock[ST.usable, row] - held[row], 0.0)
            share = np.minimum(share, np.where(need[row] > free, free / np.maximum(need[row], DUST), 1.0))
        wish[:, k] *= share
    return np.floor(wish + DUST)


def _throw_away(w: Any, row: int, units: np.ndarray) -> None:
    gone = np.minimum(units, w.stock[ST.on_hand, row])
    w.stock[ST.on_hand, row] -= gone
    w.stock[ST.destroyed, row] += gone


def book(chain: Any) -> None:
    """The step after it: what the recipes have started of what lines have finished."""
    for name, place in places_of(chain).items():
        chain.kept[name][-2][...] += chain.world.recipe[RC.started, place.recipes].T


def held_up(chain: Any) -> list[tuple[int, str, np.ndarray]]:
    """Why lines made no more: the way back from their ends, period by period.

    A station that had no part hands the question on to those before it, in proportion to the time in which it had none and to that in which
    it stood for reasons of its own; one that never had to wait for a part is where the way ends, at its pace and its stops.

    Returns
    -------
    list of (int, str, ndarray)
        Row of the recipe, words, and share of each period (T,), for all recipes of the line alike.
    """
    found = []
    for name, place in places_of(chain).items() if STEP in rooms.STEPS and lines_at_work(chain.case) else ():
        past = chain.kept[name][-1] if name in chain.kept else ()
        if not len(past):
            continue
        spent = np.diff(past[:, :, arrays.SPENT :], axis=0, prepend=0.0)  # hours by station and state
        share = spent / np.maximum(spent.sum(axis=2, keepdims=True), 1e-12)
        held = _way_back(place.model, share)
        found += [(int(row), f"{place.model.stations[s]} of {name} {IN_WORDS[k]}", held[:, s, k]) for row in place.recipes for s, k in np.argwhere(held.sum(axis=0) > 0)]
    return found


def _way_back(model: Model, share: np.ndarray) -> np.ndarray:
    """Of what a line did not make in a period, the share that each station and state of it accounts for, shape (T, S, states)."""
    spec, held = model.spec, np.zeros_like(share)
    groups, group = len(spec.group) - 1, spec.station[:, arrays.GROUP].astype(int)
    feeders = [{int(g) for g, q in zip(group, spec.station[:, arrays.PUTS].astype(int), strict=True) if spec.queue[q, arrays.SERVES] == to} for to in range(groups + 1)]
    weight = np.zeros((len(share), groups))
    for f in feeders[groups]:
        weight[:, f] = 1.0 / len(feeders[groups])
    for g in range(groups - 1, -1, -1):
        own, machines = group == g, spec.station[group == g, arrays.NEXT] - spec.station[group == g, arrays.FIRST]
        part = machines / machines.sum()
        states = (share[:, own] * part[:, None]).sum(axis=1)
        starved, works = states[:, arrays.STARVED], states[:, arrays.WORKING]
        stood = np.maximum(1.0 - starved - works - states[:, arrays.BLOCKED], 0.0)
        waits = (starved > SLIGHT) & bool(feeders[g])
        on = np.where(waits, starved / np.maximum(starved + stood, 1e-12), 0.0) * weight[:, g]
        for f in feeders[g]:
            weight[:, f] += on / len(feeders[g])
        reasons = share[:, own] * part[None, :, None]
        reasons[:, :, arrays.BLOCKED] = 0.0
        reasons[:, :, arrays.STARVED] = np.where(waits[:, None] | (starved <= SLIGHT)[:, None], 0.0, reasons[:, :, arrays.STARVED])
        reasons[:, :, arrays.WORKING] = np.where((starved > SLIGHT)[:, None], 0.0, reasons[:, :, arrays.WORKING])
        total = reasons.sum(axis=(1, 2))
        held[:, own] = reasons * ((weight[:, g] - on) / np.where(total > 0, total, 1.0))[:, None, None]
    return held


rooms.add_reason("lines", held_up)
rooms.add_step(STEP, work, lambda case: bool(lines_at_work(case)), before="produce")
rooms.add_step("lines' books", book, lambda case: bool(lines_at_work(case)), before="account")
