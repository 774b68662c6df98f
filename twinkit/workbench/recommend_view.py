"""View of the recommendation: risks, prices and budget on the side, ranked actions as the answer."""

from __future__ import annotations

from typing import Any

from ipywidgets import Widget

from twinkit.study.lever import nothing_turned_over
from twinkit.study.recommend_words import price_words
from twinkit.study.recommendation import Recommendation
from twinkit.study.search import OBJECTIVES
from twinkit.tables.problems import listed
from twinkit.workbench.answers import Asking, field, number, part, tell, told
from twinkit.workbench.decision_view import DecisionView
from twinkit.workbench.drawing import Drawer
from twinkit.workbench.panel_view import PanelView
from twinkit.workbench.recommend_tables import action_table, bias_table, break_even_table, front_table, unseen_table

SIZES = ("budget", "since", "trials", "worlds", "fresh")
PRICE = ("per_year", "setup", "years", "discount", "given_up")
WHOLE = "1 = 100 %"
"""Part of a share that a price is for."""
GOAL, MAY = "goal ", "may "
"""Before the name of an objective, and of a lever, in the names of the fields."""


class RecommendView(PanelView):
    """What should be done."""

    def __init__(self, panel: Any, guard: Any) -> None:
        self.drawer = Drawer(guard)
        self.decision = DecisionView(panel, guard)
        super().__init__(panel, guard)
        panel.observe(guard(self.decision.refresh), "kept")

    def inputs(self) -> list[Widget]:
        """Risks, prices, budget and sizes."""
        self.risk = Asking(
            label="Risks",
            testid="risk-form",
            values={"event": "", "probability": None, "notice": None, "said": -1},
        )
        self.price = Asking(label="Prices", testid="price-form", values={"lever": "", **dict.fromkeys(PRICE)},
                          buttons=[["set", "Set price"], ["forget", "Take back"]])  # fmt: skip
        self.form = Asking(label="What is asked", testid="recommend-form")
        self.notes = told([], testid="recommend-notes")
        self.risk.on_msg(self.guard(self._pressed_risk))
        self.price.on_msg(self.guard(self._pressed_price))
        self.price.observe(self.guard(self._lever_chosen), "values")
        self.form.observe(self.guard(self._asked), "values")
        return [self.risk, self.price, self.form, self.notes]

    # --- what people do

    def _pressed_risk(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        panel, values, self.note = self.panel, self.risk.values, ""
        said = list(panel.risks)
        if content.get("press") == "remove" and 0 <= int(content["item"]) < len(said):
            gone = said[int(content["item"])]
            panel.risks = {k: v for k, v in panel.risks.items() if k != gone}
            panel.notices = {k: v for k, v in panel.notices.items() if k != gone}
        elif content.get("press") == "add":
            if values["event"] not in panel.sources():
                self.note = (
                    f"“{values['event']}” is no event of the case and no scenario with events: choose one of the list."
                )
            elif values["probability"] is None:
                self.note = "Say how likely it is in a year: once in 20 years is 0.05."
            else:
                notices = {k: v for k, v in panel.notices.items() if k != values["event"]}
                panel.notices = {**notices, values["event"]: values["notice"]} if values.get("notice") else notices
                panel.risks = {**panel.risks, values["event"]: float(values["probability"])}
        self.moved()

    def _pressed_price(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        panel, values, self.note = self.panel, self.price.values, ""
        name = values["lever"]
        rest = {k: v for k, v in panel.prices.items() if k != name}
        if name and content.get("press") == "set":
            if all(values[k] is None for k in PRICE if k != "years"):
                self.note = "Say what the lever costs a year, or once."
            else:
                panel.prices = {**rest, name: {k: values[k] for k in PRICE if values[k] is not None}}
        elif name and content.get("press") == "forget":
            panel.prices = rest
            self.price.values = {"lever": name, **dict.fromkeys(PRICE)}
        self.moved()

    def _lever_chosen(self, change: Any) -> None:
        name = self.price.values["lever"]
        if name != change["old"].get("lever"):
            own = self.panel.prices.get(name, {})
            self.price.values = {"lever": name, **{k: own.get(k) for k in PRICE}}
            self._show_prices(self.panel.desk.case.settings["currency"])

    def _asked(self, change: Any) -> None:
        values, panel = self.form.values, self.panel
        with panel.hold_trait_notifications():
            panel.budget = values["budget"]
            for name, least in (("since", 0), ("trials", 1), ("worlds", 1), ("fresh", 2)):
                if values[name] is not None and values[name] >= least:
                    setattr(panel, name, int(values[name]))
            panel.objectives = [o for o in OBJECTIVES if values.get(GOAL + o)]
            panel.allowed = [k[len(MAY) :] for k, on in values.items() if k.startswith(MAY) and on]

    note = ""

    # --- what is shown of it

    def moved(self) -> None:
        """Bring the inputs up to date with the model."""
        panel = self.panel
        money = panel.desk.case.settings["currency"]
        with self.risk.hold_sync():
            self.risk.groups = [{"title": "What may happen", "fields": [
                field("event", "name", "Event or scenario", options=[[n, n] for n in panel.sources()]),
                number("probability", "Probability", "1/year", step=0.01, help="once in 20 years is 0.05"),
                number("notice", "Known of so long before", "days", low=0, help="0 or empty: nobody sees it coming, like a fire; stock can be built up only for what is announced"),
                field("said", "list", "Risks", items=[self._risk_words(n, p) for n, p in panel.risks.items()], remove="Take out", add="Add this risk"),
            ]}]  # fmt: skip
        self._show_prices(money)
        with self.form.hold_sync():
            self.form.groups = self._asks(money)
            own = {lever.name for lever in panel.levers()} if panel.allowed else set()
            self.form.values = {k: getattr(panel, k) for k in SIZES} | {GOAL + o: o in panel.objectives for o in OBJECTIVES} | {
                MAY + n: n in own for n in self._known()}  # fmt: skip
        tell(self.notes, "", [self.note, self._scope()])

    def _risk_words(self, name: str, probability: float) -> str:
        notice = self.panel.notices.get(name)
        return f"{name}: {probability:g} a year" + (f", known {notice:g} days before" if notice else "")

    def _known(self) -> dict[str, Any]:
        from twinkit.study.levers import levers_of

        return {lever.name: lever for lever in levers_of(self.panel.desk.case)}

    def _show_prices(self, money: str) -> None:
        known, panel = self._known(), self.panel
        name = self.price.values["lever"]
        lever = known.get(name)
        unit, back = ("", "") if lever is None else (price_words(lever, False, WHOLE), price_words(lever, True, WHOLE))
        moves = lever is not None and lever.turned_over is not nothing_turned_over
        options = [["", "choose …"], *([n, f"{v.label} ({self._priced(v)})"] for n, v in known.items())]
        self.price.groups = [{"title": "What levers cost beyond the tables", "fields": [
            field("lever", "choice", "Lever", options=options, help=known[name].meaning if name in known else ""),
            number("per_year", f"Running cost {unit}", f"{money}/year", help="such as a fee for standby", hidden=not name),
            number("setup", f"Set-up cost {unit}, once", money, help="such as qualifying a source", hidden=not name),
            number("years", "Spread over", "years", low=0, help="needed with a set-up cost", hidden=not name),
            number("discount", "Discount for volume that is lost", "share", low=0, high=1, step=0.01, hidden=not moves,
                   help="share of the value of the goods that go to a dearer source, 0.03 = 3 %"),
            number("given_up", f"Running cost {back}", f"{money}/year", hidden=not name, low=-1e15,
                   help="below 0: what it saves; empty: it is not moved that way"),
        ]}]  # fmt: skip
        self.price.buttons = (
            [["set", "Set price"], ["forget", "Take back"]]
            if name and name in panel.prices
            else [["set", "Set price"]]
            if name
            else []
        )

    def _priced(self, lever: Any) -> str:
        if lever.name in self.panel.prices:
            return "your price"
        return "in the tables" if lever.price is not None else "no price yet"

    def _asks(self, money: str) -> list[dict[str, Any]]:
        goals = {
            "cost": "prices and what the run costs more",
            "expected loss": "Σ probability × loss of the risks",
            "worst 5 %": "mean of the worst losses that hold 5 % of the weight",
        }
        levers = [field(MAY + n, "flag", v.label, help=v.meaning) for n, v in self._known().items()]
        return [
            {"title": "What is asked", "fields": [number("budget", "Budget", f"{money}/year", help="most that may be spent; empty for no limit")]},
            {"title": "Objectives", "folded": True, "fields": [field(GOAL + o, "flag", o.capitalize(), help=goals.get(o, "")) for o in OBJECTIVES]},
            {"title": "Levers that may be moved (none chosen: all with a price)", "folded": True, "fields": levers},
            {"title": "Size of the search", "folded": True, "fields": [
                number("trials", "Trials", low=1, help="sets of levers that are tried, beyond each alone"),
                number("worlds", "Worlds of the search", low=1), number("fresh", "Worlds of the report", low=2, help="other worlds, that had no part in the choice"),
                number("since", "Levers are moved from period", help="0: from the start")]},
        ]  # fmt: skip

    def _scope(self) -> str:
        left_out = [lever.label for lever in self.panel.unpriced() if not self.panel.allowed]
        return f"Left out, as nobody has said what they cost: {listed(left_out)}." if left_out else ""

    # --- the answer

    def results(self, result: Recommendation) -> list[Widget]:
        """Advice, actions, front, break-evens, unseen events; then the decision."""
        from twinkit import show

        self.drawer.clear()
        words = result.sentences()
        draw = self.drawer.draw
        loss = "worst 5 %" if result.objectives == ("worst 5 %",) else "expected loss"
        front = draw(
            show.pareto_front, result, loss, caption="Cost against loss, on luck that had no part in the search"
        )
        self.drawer.start()
        self.decision.refresh()
        return [
            told(words[:1], "What to do", items=words[1:], testid="advice"), action_table(result), part("What it costs to be safer", front, front_table(result)),
            break_even_table(result), unseen_table(result), bias_table(result), self.decision.box,
        ]  # fmt: skip
