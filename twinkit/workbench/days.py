"""The days of a run: the map of the chain with its slider, curves beside it, and the way back from a shortage to its causes.

The block is :class:`~twinkit.result.Course`; what has changed since is put into the widgets that are there.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from ipywidgets import VBox, jslink

from twinkit.apps.canvas import CurvesCanvas, MapCanvas
from twinkit.apps.kit.job import Job
from twinkit.apps.kit.page import boxed, column
from twinkit.apps.kit.parts import Answer, Cards, Form, Told
from twinkit.chain.plan import Plan, plan_of
from twinkit.result import Course
from twinkit.run.kpis import tier_names, valued
from twinkit.run.outcome import Outcome
from twinkit.run.states import MEANINGS, Frames, Legs, legs_of, map_frames
from twinkit.show import palette
from twinkit.study.asked import scenario_of
from twinkit.study.explain import explain
from twinkit.study.words import worst_day
from twinkit.tables.case import Case
from twinkit.words import period_word, tier_words

NO_MAP = "The case has no places (latitude, longitude), so there is no map."
BAND = (0.05, 0.95)
"""Quantiles between which the bands lie."""

BASELINE = {"name": "no event", "role": "baseline"}
AS_IS = {"name": "as it is", "role": "scenario"}
MEASURED = {"name": "your measures", "role": "other"}


@dataclass
class Ground:
    """What the map is drawn on: sites with a place, and the legs between them."""

    sites: list[dict[str, Any]]
    lanes: list[dict[str, Any]]
    shown: np.ndarray
    legs: Legs
    kept: np.ndarray

    def frames(self, outcome: Outcome) -> Frames:
        """Days of an outcome, for the sites and legs that are drawn."""
        f = map_frames(outcome, self.legs)
        return Frames(f.fill[:, self.shown], f.state[:, self.shown], f.flow[:, self.kept])

    def path(self, found: list[dict[str, Any]]) -> dict[str, list[list[float]]]:
        """Sites and legs of the way back of an explanation, with their shares, as the map takes them."""
        sites = {site["name"]: k for k, site in enumerate(self.sites)}
        legs = {(leg["from"], leg["to"], leg["mode"]): k for k, leg in enumerate(self.lanes)}
        lanes: dict[int, float] = {}
        for one in (f for f in found if "origin" in f):
            stops = [one["origin"], *(p.strip() for p in one["via"].split(";")), one["destination"]]
            way = [sites[s] for s in stops if s in sites]
            for a, b in zip(way, way[1:], strict=False):
                if (k := legs.get((a, b, one["mode"]))) is not None:
                    lanes[k] = max(lanes.get(k, 0.0), float(one["share"]))
        there = [[sites[f["site"]], float(f["share"])] for f in found if f.get("site") in sites]
        return {"sites": there, "lanes": [[k, share] for k, share in lanes.items()]}


def ground_of(case: Case) -> Ground:
    """Sites and legs of a case that have a place on the map."""
    plan = plan_of(case)
    sites = plan.net.sites
    placed = (sites["latitude"].notna() & sites["longitude"].notna()).to_numpy()
    shown = np.flatnonzero(placed)
    position = {int(i): k for k, i in enumerate(shown)}
    legs = legs_of(plan)
    kept = [k for k, (a, b, _) in enumerate(legs.ends) if a in position and b in position]
    lanes = [
        {"from": position[legs.ends[k][0]], "to": position[legs.ends[k][1]], "mode": legs.ends[k][2]} for k in kept
    ]
    return Ground([_site(sites.iloc[i], plan, i) for i in shown], lanes, shown, legs, np.array(kept, int))


def _site(row: Any, plan: Plan, number: int) -> dict[str, Any]:
    text = ", ".join(str(row[c]) for c in ("company", "city") if c in row and row[c] and row[c] == row[c])
    site = {"name": row["site"], "label": row["site"], "kind": row["kind"], "text": text}
    if row["kind"] != "port":
        site["where"] = tier_words(int(plan.tiers[number]))
    return {**site, "lat": float(row["latitude"]), "lon": float(row["longitude"])}


def map_colours() -> dict[str, Any]:
    """The palette, with the states explained as they are judged here."""
    colours = palette.for_browser()
    for state in colours["states"]:
        state["meaning"] = MEANINGS[state["name"]]
    return colours


def dates_of(case: Case) -> list[str]:
    """Date of every period, or nothing if the case has no calendar."""
    settings = case.settings
    try:
        first = datetime.date.fromisoformat(str(settings["start_date"]))
        step = datetime.timedelta(days=float(settings["period_days"]))
        return [f"{first + i * step:%d %b %Y}" for i in range(int(settings["periods"]))]
    except (ValueError, OverflowError):
        return []


def _band(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    low, high = np.quantile(values, BAND, axis=-1)
    return values.mean(axis=-1), low, high


def service_of(outcome: Outcome, calm: bool) -> np.ndarray:
    """Service of every day, shape (periods, worlds)."""
    return outcome.calm_service if calm else outcome.service


def stock_of(choice: int) -> Callable[[Outcome, bool], np.ndarray]:
    """What gives the value of the stock of all tiers (choice 0) or of one, shape (periods, worlds)."""

    def values(outcome: Outcome, calm: bool) -> np.ndarray:
        tiers = outcome.calm_stock_by_tier if calm else outcome.stock_by_tier
        return tiers.sum(axis=0) if choice == 0 else tiers[choice - 1]

    return values


def stock_names(plan: Plan) -> list[str]:
    """What the stock of a chart may be of: all tiers, or one."""
    tiers, kinds = plan.tiers[plan.net.stock_site], plan.net.sites["kind"].to_numpy()[plan.net.stock_site]
    names = ["all along the chain"]
    for name in tier_names(plan):
        tier = int(name.removeprefix("tier "))
        here = sorted(set(kinds[tiers == tier]))
        names.append(f"{tier_words(tier)} ({', '.join(k + 's' for k in here)})")
    return names


def marks_of(outcome: Outcome) -> list[dict[str, Any]]:
    """Where the events begin and end."""
    periods = outcome.plan.periods
    spans = outcome.plan.effects.spans(periods)
    marks = []
    for number, span in enumerate(spans, start=1):
        lead = f"{number} " if len(spans) > 1 else ""  # several are numbered as in the list
        marks.append({"day": int(span.start), "label": lead.strip() or "begins"})
        end = span.start + span.duration
        if end < periods:
            marks.append({"day": int(end), "label": lead + ("eases" if span.back > 0 else "ends"), "kind": "end"})
    return marks


# --- the widgets


class Days:
    """The widgets of a course; they stay while better answers come.

    Parameters
    ----------
    blocks
        The answer that it is a part of.
    case, block
        The case, and the course that is shown first.

    Attributes
    ----------
    map, service, stock
        The canvases; None where there is none.
    box
        The widget that holds all.
    """

    def __init__(self, blocks: Any, case: Case, block: Course) -> None:
        self.blocks, self.guard, self.block = blocks, blocks.guard, block
        self.ground: Ground = case.derived(ground_of)
        self._worst, self._mapped, self._hit = -1, None, ""
        self._bands: dict[str, dict[int, tuple[Outcome, tuple]]] = {}
        word = period_word(case.settings)
        ground = {"sites": self.ground.sites, "lanes": self.ground.lanes}
        height = {} if block.curves else {"height": 400}
        self.map = MapCanvas(**ground, dates=dates_of(case), colours=map_colours(), word=word, **height) if self.ground.sites else None
        lost = Told(testid="no-map")
        lost.tell("", [] if self.map else [NO_MAP])
        self.pick = Form(look="twf-slim", testid="pick")
        left = [lost] if self.map is None else [self.map, self.pick]
        self.service = self.stock = None
        if block.curves:
            left = left if self.map is None else [self._which_map(), *left]
            self.box = boxed("twd-pictures", column("map", left), column("charts", self._charts(case, word)), column("cards", [self._cards()]))
        else:
            self.box = VBox(left)
        if self.map is not None:
            self.pick.on_msg(self.guard(self._picked))
            self.map.observe(self.guard(self.offer), "selected")

    def _which_map(self) -> Form:
        both = [[AS_IS["name"], "As it is"], [MEASURED["name"], "With your measures"]]
        self.which_map = _one_field("tabs", "", both, MEASURED["name"], "map-of")
        self.which_map.observe(self.guard(self._show_map), "values")
        return self.which_map

    def _charts(self, case: Case, word: str) -> list[Any]:
        self.service = CurvesCanvas(title="Service level: served at once", unit="share", ymin=0.0, shade=[0, 1], word=word)
        self.stock = CurvesCanvas(title="Stock", unit=case.settings["currency"] if valued(case) else "units", ymin=0.0, word=word)
        self.stock.note = "Lines are means, bands hold 9 of 10 worlds. Click a chart to move the day."
        options = [[str(i), name] for i, name in enumerate(stock_names(plan_of(case)))]
        self.which_stock = _one_field("choice", "Stock of", options, "0", "stock-of")
        self.which_stock.observe(self.guard(self._show_stock), "values")
        self._links = [jslink((self.service, "day"), (other, "day")) for other in (self.stock, self.map) if other is not None]
        return [self.service, self.which_stock, self.stock]

    def _cards(self) -> Cards:
        self.cards = Cards()
        return self.cards

    def show(self, block: Course) -> None:
        """Show another course of the same case."""
        before, self.block = self.block, block
        marks = marks_of(block.outcome)
        for canvas in (self.service, self.stock, self.map):
            if canvas is not None and canvas.marks != marks:
                canvas.marks = marks
        self._show_worst_day()
        if self.service is not None:
            self.service.set(*self._curves("service", service_of))
            self._show_stock()
            with self.cards.hold_sync():
                self.cards.cards, self.cards.version = [asdict(card) for card in block.cards], self.cards.version + 1
        self._show_map()
        if block.picked != before.picked or not block.picks:
            self.select(block.picked)
        self.offer()

    def select(self, name: str) -> None:
        """Let a site stand out."""
        if self.map is not None:
            self.map.selected = name if any(site["name"] == name for site in self.ground.sites) else ""

    def _show_worst_day(self) -> None:
        """Put the day on the worst one, unless a person has chosen another."""
        lead = self.service or self.map
        if lead is not None and (self._worst < 0 or lead.day == self._worst):
            self._worst = lead.day = worst_day(self.block.outcome)

    def _show_stock(self, change: Any = None) -> None:
        choice = int(self.which_stock.values["only"])
        self.stock.set(*self._curves(f"stock {choice}", stock_of(choice)))

    def _curves(self, what: str, of: Callable[[Outcome, bool], np.ndarray]) -> tuple[list[dict[str, Any]], list[tuple]]:
        """Curves without the event, with it, and with measures: mean and band of every day; `of` takes an outcome, and whether it is calm."""
        as_is, measured = self.block.outcome, self.block.measured
        asked = [(as_is, True), (as_is, False), *([] if measured is None else [(measured, False)])]
        bands = {}
        for i, (outcome, calm) in enumerate(asked):  # who moves a lever changes one of three
            kept = self._bands.get(what, {}).get(i)
            bands[i] = kept if kept is not None and kept[0] is outcome else (outcome, _band(of(outcome, calm)))
        self._bands[what] = bands
        return [BASELINE, AS_IS, MEASURED][: len(bands)], [band for _, band in bands.values()]

    def _show_map(self, change: Any = None) -> None:
        """Bring the map up to date; later batches bring no new one."""
        if self.map is None:
            return
        shown, measured = self.block.outcome, self.block.measured
        if self.block.curves:
            group = self.which_map.groups[0]
            if group["fields"][0]["hidden"] == (measured is not None):
                self.which_map.groups = [{**group, "fields": [{**group["fields"][0], "hidden": measured is None}]}]
            shown = measured if measured is not None and self.which_map.values["only"] == MEASURED["name"] else shown
        if self._mapped is not shown.maps:
            self._mapped = shown.maps
            frames = self.ground.frames(shown)
            self.map.set_frames(frames.fill, frames.state, frames.flow)

    # --- what people do

    def offer(self, change: Any = None) -> None:
        """Offer to let the event hit the site that was picked on the map."""
        name = self.map.selected if self.map is not None else ""
        self._hit = self._hit if name == self._hit else ""
        wanted = name and not self._hit and self.block.picks and self.blocks.pick
        self.pick.buttons = [["hit", f"Let it happen to {name}"]] if wanted else []

    def _picked(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """Let the event hit the site that was picked on the map."""
        if content.get("press") == "hit" and self.map.selected:
            self._hit = self.map.selected
            self.blocks.pick({self.block.picks: self._hit})
            self.offer()


def _one_field(kind: str, label: str, options: list, value: str, testid: str) -> Form:
    field = {"name": "only", "type": kind, "label": label, "options": options, "hidden": kind == "tabs"}
    return Form(groups=[{"fields": [field]}], values={"only": value}, look="twf-slim", testid=testid, label=label)


# --- why?

WAITING = "Looking for the way back, hop by hop, in the same worlds …"
MOST = 8
"""Places that are listed."""


class Why:
    """Answers "why?" for the outcome of a figure: the way back from a shortage to its causes, in words and on the map.

    Parameters
    ----------
    blocks
        The answer that it is a part of; the map of its course shows the way.

    Attributes
    ----------
    box, job
        The widget, and the study.
    """

    def __init__(self, blocks: Any) -> None:
        self.blocks, guard = blocks, blocks.guard
        self.box = Answer(lead="Where the missing units went missing, of all that are missing:")
        self.box.why = self  # a better answer finds it by its widget
        self.job = Job()
        self.job.on_error = guard.report
        self._asked_of: Any = None
        self.job.observe(guard(self.show), ["version", "problems"])
        self.box.on_msg(guard(self.pressed))

    def ask(self, label: str, outcome: Outcome) -> None:
        """Start to look for the answer.

        Parameters
        ----------
        label, outcome
            The figure that it is asked of, and what that is of.
        """
        self._asked_of = scenario_of(outcome)[1]
        with self.box.hold_sync():
            self.box.title, self.box.busy, self.box.problem = f"Why? {label}", WAITING, ""
        self.job.start(explain, outcome)

    def show(self, change: Any) -> None:
        """Bring the answer up to the job."""
        if not self.box.title or not (change["name"] == "version" or self.job.problems):
            return
        found = None if self.job.problems else self.job.result
        path = found.path() if found else []
        with self.box.hold_sync():
            self.box.busy, self.box.problem = "", " ".join(self.job.problems)
            self.box.sentences = found.sentences() if found else []
            self.box.rows = [[one["site"], float(one["share"])] for one in path if "site" in one][:MOST]
            self.box.version += 1
        self._show_path(path)

    def _show_path(self, path: list[dict[str, Any]]) -> None:
        for days in self.blocks.courses:
            if days.map is not None:
                days.map.path = days.ground.path(path) if path else {}

    def pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """Stop looking, or close the answer."""
        if content.get("press") == "stop":
            self.job.stop()
        if content.get("press") in ("stop", "close"):
            self.close()

    def close(self) -> None:
        """Take the answer away, also from the map."""
        with self.box.hold_sync():
            self.box.title, self.box.busy, self.box.sentences, self.box.rows = "", "", [], []
        self._show_path([])

    def close_if_old(self, outcome: Outcome) -> None:
        """Take away the answer to a question that is not asked any more; more worlds of the same one do no harm."""
        if self.box.title and scenario_of(outcome)[1] != self._asked_of:
            self.job.stop()
            self.close()
