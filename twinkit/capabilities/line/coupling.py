"""A line in its site: in every world it makes what the chain lets it, and the chain gets what it makes.

A step of the day, before goods are received and made, lets every line that a recipe names go on for the open hours of the
period.  It begins a part where the chain has ordered one (`to_make`) and has the components, so missing components starve
it and a full store stops it; what it has finished is the most that its recipe may start in the period.  Components stay on
hand in the books of the chain until the part that they are in is finished, and are then used.  A repair takes its spare
from the stock of the site, and waits while there is none.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from twinkit import rooms
from twinkit.capabilities.line import engine
from twinkit.capabilities.line.simulate import Model, advance, begin, begins_on, line_model, require_moving
from twinkit.chain.layout import RC, ST
from twinkit.rules import DUST
from twinkit.tables.case import Case
from twinkit.tables.problems import CaseError, Problem

STEP = "lines"


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
            chain.kept[name] = (*state, np.zeros((chain.replications, len(place.recipes))))
        _line_works(chain, place, chain.kept[name])
    chain.world.make[:] = chain.limits


def _line_works(chain: Any, place: Place, kept: tuple) -> None:
    w, t, model = chain.world, chain.period, place.model
    state, booked = engine.State(*kept[:-1]), kept[-1]
    fresh = begin(model, 1)
    if [x.shape[1:] for x in state] != [x.shape[1:] for x in fresh]:
        raise CaseError([Problem("stations", None, "line", model.name, "has other machines, buffers or products than when the run began", "Change a line from the beginning of a run on.")])
    made, scrapped = state.product[:, :, engine.MADE], state.product[:, :, engine.SCRAPPED].copy()
    waits = made - booked
    state.product[:, :, engine.ALLOWED] = _allowed(w, place, state.product[:, :, engine.INSIDE] + waits)
    for k, row in enumerate(place.spares):
        state.spare[:, k, engine.THERE] = np.floor(w.stock[ST.on_hand, row] + DUST)
    used = state.spare[:, :, engine.USED].copy()
    up = w.recipe[RC.recipe_up, place.recipes].min(axis=0)
    hours = place.clock[t + 1] - place.clock[t]
    up = up * w.calendar[t, w.site_calendar[place.site]]
    state.world[:, engine.LOST] += hours * (1.0 - up)
    advance(model, state, state.world[:, engine.NOW] + hours * up, chain.first, threads=1)  # batches have threads of their own
    require_moving(model, state)
    for k, row in enumerate(place.spares):
        _throw_away(w, row, state.spare[:, k, engine.USED] - used[:, k])
    bad = state.product[:, :, engine.SCRAPPED] - scrapped
    for k in range(len(place.recipes)):
        for row, quantity in zip(place.parts[k], place.quantity[k], strict=True):
            _throw_away(w, row, bad[:, k] * quantity)
    chain.limits[place.recipes] = (state.product[:, :, engine.MADE] - booked).T


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
        chain.kept[name][-1][...] += chain.world.recipe[RC.started, place.recipes].T


rooms.add_step(STEP, work, lambda case: bool(lines_at_work(case)), before="produce")
rooms.add_step("lines' books", book, lambda case: bool(lines_at_work(case)), before="account")
