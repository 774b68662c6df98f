"""From outcomes to what the map and the charts of the disruption app are fed with."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np

from twinkit.apps.disruption_model import Results
from twinkit.chain.plan import Plan, plan_of
from twinkit.run.kpis import tier_names
from twinkit.run.outcome import Outcome
from twinkit.run.states import MEANINGS, Frames, Legs, legs_of, map_frames
from twinkit.show import palette
from twinkit.tables.case import Case

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
        site["tier"] = int(plan.tiers[number])
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


def service_curves(results: Results) -> tuple[list[dict[str, Any]], list[tuple]]:
    """Service without the event, with it, and with measures: mean and band of every day."""
    curves = [_band(results.as_is.calm_service), _band(results.as_is.service)]
    if results.measured is None:
        return [BASELINE, AS_IS], curves
    return [BASELINE, AS_IS, MEASURED], [*curves, _band(results.measured.service)]


def stock_names(plan: Plan) -> list[str]:
    """What the stock of a chart may be of: all tiers, or one."""
    tiers, kinds = plan.tiers[plan.net.stock_site], plan.net.sites["kind"].to_numpy()[plan.net.stock_site]
    names = ["all tiers"]
    for name in tier_names(plan):
        here = sorted(set(kinds[tiers == int(name.split()[1])]))
        names.append(f"{name} ({', '.join(k + 's' for k in here)})")
    return names


def stock_curves(results: Results, choice: int) -> tuple[list[dict[str, Any]], list[tuple]]:
    """Value of the stock of all tiers (choice 0) or of one."""

    def pick(values: np.ndarray) -> np.ndarray:
        return values.sum(axis=0) if choice == 0 else values[choice - 1]

    curves = [_band(pick(results.as_is.calm_stock_by_tier)), _band(pick(results.as_is.stock_by_tier))]
    if results.measured is None:
        return [BASELINE, AS_IS], curves
    return [BASELINE, AS_IS, MEASURED], [*curves, _band(pick(results.measured.stock_by_tier))]


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
