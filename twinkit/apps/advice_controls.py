"""Fields of the advice app, and the model behind them."""

from __future__ import annotations

from typing import Any

from twinkit.apps.advice_model import TOP, AdviceModel
from twinkit.apps.advice_risks import DAYS, OFTEN, first_supplier, own_risk, risk_of_event, years_of
from twinkit.apps.advice_run import Weights
from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.parts import Form
from twinkit.study.levers import Lever
from twinkit.study.recommend_words import price_words

PRICE = "price "
"""Prefix of the fields that are prices."""
ADD = "choose …"
WEIGHTS = {
    "cost": ("Money for measures", "how much a euro counts that is spent on measures"),
    "loss": ("Money lost on average", "how much a euro counts that the risks cost on average"),
    "worst": ("Money lost at worst", "how much a euro counts that is lost in the worst twentieth of all strikes"),
}
"""Weight → its label, and what it means."""


def risk_group(model: AdviceModel, chosen: int) -> dict[str, Any]:
    """What may happen, how often, and what may be added."""
    rows, events = model.risks, model.case["events"]
    there = {r["name"] for r in rows}
    items = [f"{r['name']}: once in {r['years']:g} years" if r["years"] else f"{r['name']}: how often?" for r in rows]
    more = [name for name in events["event"] if name not in there]
    name = rows[chosen]["name"] if rows else ""
    said = bool(rows) and name in set(events["event"]) and years_of(model.case, name)[1]
    guess = "as the case says" if said else "Nobody has said how often: this is a guess to begin with. Put in your own."
    return {"title": "What may happen?", "fields": [
        {"name": "risk", "type": "list", "label": "", "items": items, "remove": "Take away", "hidden": not rows},
        {"name": "years", "type": "number", "label": f"{name}: about once in", "unit": "years", "low": OFTEN[0], "high": OFTEN[1], "step": 1,
         "hidden": not rows, "help": guess},
        notice_field(not rows),
        {"name": "add", "type": "choice", "label": "Add what has happened before", "hidden": not more,
         "options": [["", ADD], *([m, m] for m in more)]},
    ]}  # fmt: skip


def notice_field(hidden: bool = False) -> dict[str, Any]:
    """How long before it begins something is known of."""
    return {"name": "notice", "type": "number", "label": "Known of so long before it begins", "unit": "days", "low": 0, "high": 365, "step": 1,
            "hidden": hidden, "help": "0: nobody sees it coming, like a fire or an earthquake. Stock can be built up beforehand only for what is "
            "announced, like a planned closure or a strike."}  # fmt: skip


def own_group(model: AdviceModel) -> dict[str, Any]:
    """A loss of one's own."""
    sites = model.case["sites"]
    sites = sites[sites["kind"] != "port"]
    word = "days" if model.case.settings["period_days"] == 1 else "periods"
    high = int(model.case.settings["periods"]) - max(
        int(model.case.settings["warm_up"]), int(model.case.settings["periods"]) // 6
    )
    return {"title": "Add a loss of your own", "fields": [
        {"name": "site", "type": "name", "label": "Which site is lost?", "options": [[s, k] for s, k in zip(sites["site"], sites["kind"], strict=True)]},
        {"name": "days", "type": "number", "label": "For how long?", "unit": word, "low": 1, "high": min(high, 250), "step": 1},
    ]}  # fmt: skip


def money_group(model: AdviceModel) -> dict[str, Any]:
    """What may be spent, and prices that the case does not say."""
    money = model.case.settings["currency"]
    fields = [{"name": "budget", "type": "number", "plain": True, "label": "Most that may be spent", "unit": f"{money} a year", "low": 0, "high": 1e12,
               "step": 1, "help": "empty: no limit"}]  # fmt: skip
    fields += [_price_field(lever, money) for lever in model.unpriced()]
    return {"title": "What may it cost?", "fields": fields}


def _price_field(lever: Lever, money: str) -> dict[str, Any]:
    share = lever.unit == "share"
    return {"name": PRICE + lever.name, "type": "number", "plain": True, "label": f"{lever.label}: price {price_words(lever)}", "unit": f"{money} a year",
            "low": 0, "high": 1e12, "step": 1, "factor": 0.1 if share else 1,
            "help": f"What it costs in all: set-up spread over its years, fees, discounts lost. Empty: it is left out. It is looked at in this direction only. {lever.meaning}"}  # fmt: skip


def weight_group() -> dict[str, Any]:
    """What matters, on sliders."""
    fields = [{"name": name, "type": "number", "label": label, "help": help_, "low": 0, "high": TOP, "step": 1, "unit": "of 10",
               "factor": 1} for name, (label, help_) in WEIGHTS.items()]  # fmt: skip
    return {"title": "What matters to you?", "fields": fields}


class Controls:
    """The forms, linked with the model in both directions."""

    def __init__(self, model: AdviceModel, guard: Guard) -> None:
        self.model = model
        self.chosen, self._busy = 0, False
        self.risks = Form(label="What may happen", testid="controls", buttons=[["reset", "Start again"]])
        self.own = Form(label="A loss of your own", testid="own", buttons=[["add-own", "Add it"]])
        self.money = Form(label="What it may cost", testid="money")
        self.weights = Form(label="What matters", testid="weights", groups=[weight_group()])
        self.own.groups = [own_group(model)]
        self.own.values = {"site": first_supplier(model.case), "days": DAYS}
        self.show()
        for form, take in (
            (self.risks, self.take_risks),
            (self.money, self.take_money),
            (self.weights, self.take_weights),
        ):
            form.observe(guard(take), "values")
        self.risks.on_msg(guard(self.pressed))
        self.own.on_msg(guard(self.pressed))
        model.observe(guard(self.show), [*model.INPUTS, "weights", "own_choice"])

    def show(self, change: Any = None) -> None:
        """Bring the forms up to what the model says."""
        if self._busy:
            return
        model, rows = self.model, self.model.risks
        self.chosen = min(self.chosen, max(len(rows) - 1, 0))
        with self.risks.hold_sync():
            self.risks.groups = [risk_group(model, self.chosen)]
            row = rows[self.chosen] if rows else {}
            self.risks.values = {"risk": self.chosen, "years": row.get("years"), "notice": row.get("notice", 0), "add": ""}
        with self.money.hold_sync():
            self.money.groups = [money_group(model)]
            prices = {PRICE + lever.name: model.prices.get(lever.name) for lever in model.unpriced()}
            self.money.values = {"budget": model.budget, **prices}
        self.weights.values = model.weights._asdict()

    def take_risks(self, change: Any) -> None:
        """Another risk was chosen, added, or its years were moved."""
        new, model = change["new"], self.model
        rows = model.risks
        if new.get("add"):
            self.chosen = len(rows)
            model.add_risk(risk_of_event(model.case, new["add"]))
        elif rows and new.get("risk") != self.chosen and new.get("risk") is not None:
            self.chosen = int(new["risk"])
            self.show()
        elif rows and new.get("years") != rows[self.chosen]["years"]:
            model.set_years(rows[self.chosen]["name"], new["years"])
        elif rows and new.get("notice") != rows[self.chosen].get("notice", 0):
            model.set_notice(rows[self.chosen]["name"], new["notice"])

    def take_money(self, change: Any) -> None:
        """The budget or a price was changed."""
        new, model = change["new"], self.model
        self._busy = True
        try:
            with model.hold_trait_notifications():
                model.budget = new.get("budget")
                model.prices = {
                    k.removeprefix(PRICE): v for k, v in new.items() if k.startswith(PRICE) and v is not None
                }
        finally:
            self._busy = False

    def take_weights(self, change: Any) -> None:
        """Something matters more, or less: the answer is chosen anew, by the weights."""
        weights = Weights(**{name: float(change["new"].get(name) or 0.0) for name in WEIGHTS})
        if weights != self.model.weights:
            with self.model.hold_trait_notifications():
                self.model.weights, self.model.own_choice = weights, -1

    def pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """A button of a form."""
        press, model = content.get("press"), self.model
        if press == "reset":
            model.reset()
        elif press == "remove" and 0 <= int(content.get("item", -1)) < len(model.risks):
            model.drop_risk(model.risks[int(content["item"])]["name"])
        elif press == "add-own":
            self.chosen = len(model.risks)
            model.add_risk(
                own_risk(model.case, str(self.own.values.get("site") or ""), float(self.own.values.get("days") or 0.0))
            )
