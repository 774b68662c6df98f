"""Fields of the confidence app, and the model behind them."""

from __future__ import annotations

from typing import Any

from twinkit.apps.advice_controls import notice_field
from twinkit.apps.advice_risks import DAYS, OFTEN, first_supplier, years_of
from twinkit.apps.advice_words import set_of
from twinkit.apps.confidence_model import ConfidenceModel, some_way
from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.parts import Form
from twinkit.study.recommend_words import price_words

OWN, SEVERAL = "*own*", "*several*"
"""Choices that are no name: a loss of one's own; several measures at once, as a link has them."""


def event_group(model: ConfidenceModel, own: bool) -> dict[str, Any]:
    """What happens, and how often."""
    case = model.case
    names, sites = case["events"]["event"].tolist(), case["sites"]
    sites = sites[sites["kind"] != "port"]
    word = "days" if case.settings["period_days"] == 1 else "periods"
    room = int(case.settings["periods"]) - max(int(case.settings["warm_up"]), int(case.settings["periods"]) // 6)
    name = model.risk.get("name", "")
    said = not own and name in names and years_of(case, name)[1]
    other = [] if own or name in names or not name else [[name, name]]
    return {"title": "What happens?", "fields": [
        {"name": "event", "type": "choice", "label": "Which event?", "options": [*([n, n] for n in names), *other, [OWN, "a loss of your own …"]]},
        {"name": "site", "type": "name", "label": "Which site is lost?", "hidden": not own,
         "options": [[s, k] for s, k in zip(sites["site"], sites["kind"], strict=True)]},
        {"name": "days", "type": "number", "label": "For how long?", "unit": word, "low": 1, "high": min(room, 250), "step": 1, "hidden": not own},
        {"name": "years", "type": "number", "label": "About once in", "unit": "years", "low": OFTEN[0], "high": OFTEN[1], "step": 1,
         "hidden": not model.yearly, "help": "as the case says" if said else "Nobody has said how often: put in your guess."},
        notice_field(not any(model.known[k].foreseen for k in model.levers if k in model.known)),
    ]}  # fmt: skip


def measure_group(model: ConfidenceModel) -> dict[str, Any]:
    """What is done about it, and what the answer is."""
    known, money = model.known, model.case.settings["currency"]
    options = [[lever.name, lever.label] for lever in known.values()]
    several = len(model.levers) > 1
    if several:
        options.insert(0, [SEVERAL, set_of(known, model.levers)])
    lever = known.get(next(iter(model.levers), ""))
    share = lever is not None and lever.unit == "share"
    plain = lever is None or lever.flag or several
    value = {
        "name": "value",
        "type": "number",
        "label": "How much of it?",
        "hidden": plain,
        "help": lever.meaning if lever else "",
    }
    if not plain:
        value |= {
            "low": lever.low,
            "high": lever.high,
            "step": lever.step,
            "unit": "%" if share else lever.unit,
            "factor": 100 if share else 1,
        }
    else:
        value |= {"low": 0, "high": 1, "step": 1}
    prices = [
        {"name": f"price {one.name}", "type": "number", "plain": True, "unit": f"{money} a year", "low": 0, "high": 1e12, "step": 1,
         "factor": 0.1 if one.unit == "share" else 1, "hidden": not model.yearly, "help": one.meaning,
         "label": f"{one.label}: price {price_words(one, one.gives_up(model.levers[one.name]))}"}
        for one in model.unpriced()
    ]  # fmt: skip
    return {"title": "What is done about it?", "fields": [
        {"name": "measure", "type": "choice", "label": "Which measure?", "options": options}, value, *prices,
    ]}  # fmt: skip


def answer_group() -> dict[str, Any]:
    """What kind of answer is wanted."""
    options = [["year", "Is it worth it?"], ["each", "Does it help?"]]
    return {"title": "What do you ask?", "fields": [
        {"name": "kind", "type": "tabs", "label": "", "options": options,
         "help": "Worth it: saved in a year less cost. Help: saved each time that it happens, whatever the measure costs."},
    ]}  # fmt: skip


class Controls:
    """The form, linked with the model in both directions."""

    def __init__(self, model: ConfidenceModel, guard: Guard) -> None:
        self.model = model
        self.own = bool(model.risk) and model.risk["name"] not in set(model.case["events"]["event"])
        self.site, self.days = first_supplier(model.case), DAYS
        self.form = Form(label="The question", testid="controls", buttons=[["reset", "Start again"]])
        self.show()
        self.form.observe(guard(self.take), "values")
        self.form.on_msg(guard(self.pressed))
        model.observe(guard(self.show), list(model.INPUTS))

    def show(self, change: Any = None) -> None:
        """Bring the form up to what the model says."""
        model = self.model
        known = {lever.name: model.levers.get(lever.name, lever.start) for lever in model.known.values()}
        first = next(iter(model.levers), "")
        values = {
            "event": OWN if self.own else model.risk.get("name", ""), "site": self.site, "days": self.days, "years": model.risk.get("years"),
            "notice": model.risk.get("notice", 0),
            "measure": SEVERAL if len(model.levers) > 1 else first, "value": known.get(first), "kind": "year" if model.yearly else "each",
            **{f"price {lever.name}": model.prices.get(lever.name) for lever in model.unpriced()},
        }  # fmt: skip
        with self.form.hold_sync():
            self.form.groups = [event_group(model, self.own), measure_group(model), answer_group()]
            self.form.values = values

    def take(self, change: Any) -> None:
        """Bring the model up to what a person has entered."""
        new, old, model = change["new"], change["old"] or {}, self.model
        moved = {k: v for k, v in new.items() if v != old.get(k)}
        with model.hold_trait_notifications():
            self._take_event(moved, new)
            if "measure" in moved and moved["measure"] in model.known:
                model.levers = {moved["measure"]: some_way(model.known[moved["measure"]])}
            elif "value" in moved and len(model.levers) == 1 and moved["value"] is not None:
                name = next(iter(model.levers))
                if not model.known[name].flag and moved["value"] != model.levers[name]:
                    model.levers = {name: float(moved["value"])}
            if "notice" in moved and moved["notice"] != model.risk.get("notice", 0):
                model.set_notice(moved["notice"])
            if "kind" in moved:
                model.yearly = moved["kind"] == "year"
            priced = {k.removeprefix("price "): v for k, v in moved.items() if k.startswith("price ")}
            if priced:
                model.prices = {k: v for k, v in {**model.prices, **priced}.items() if v is not None}
        self.show()

    def _take_event(self, moved: dict[str, Any], new: dict[str, Any]) -> None:
        model = self.model
        if "event" in moved and moved["event"] != OWN and moved["event"] != model.risk.get("name"):
            self.own = False
            model.choose_event(moved["event"])
        elif moved.get("event") == OWN or (self.own and {"site", "days"} & moved.keys()):
            self.own, self.site, self.days = True, str(new.get("site") or ""), new.get("days")
            model.choose_loss(self.site, float(self.days or 0.0))
        if "years" in moved and moved["years"] != model.risk.get("years"):
            model.risk = {**model.risk, "years": moved["years"]}

    def pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """A button of the form."""
        if content.get("press") == "reset":
            self.own = False
            self.model.reset()
            self.own = bool(self.model.risk) and self.model.risk["name"] not in set(self.model.case["events"]["event"])
            self.show()
