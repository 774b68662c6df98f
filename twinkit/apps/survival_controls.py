"""Fields of the survival app, and the model behind them."""

from __future__ import annotations

from typing import Any

from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.parts import Form
from twinkit.apps.survival_model import WHAT, SurvivalModel


def groups_of(model: SurvivalModel) -> list[dict[str, Any]]:
    """What a person can choose."""
    timed = model.has_times(model.what)
    word = "days" if model.case.settings["period_days"] == 1 else "periods"
    own = f"Each for its own time to recover, as the case has it, or all for the same number of {word}."
    none = f"This case does not say how long its {WHAT[model.what].lower()} take to recover, so all are out for the same time."
    what = [[kind, f"{WHAT[kind]} ({len(found)})"] for kind, found in model.targets.items()]
    fields = [
        {"name": "what", "type": "choice", "label": "What is lost, one at a time?", "options": what},
        {"name": "how", "type": "tabs", "label": "For how long is it out?", "hidden": not timed, "help": own,
         "options": [["own", "Its own time"], ["days", f"A number of {word}"]]},
        {"name": "days", "type": "number", "label": "Each is out for", "unit": word, "low": 1, "high": min(model.longest, 250),
         "step": 1, "hidden": model.own_time, "help": "" if timed else none},
    ]  # fmt: skip
    return [{"title": "What is tested?", "fields": fields}]


def often_group(model: SurvivalModel) -> dict[str, Any]:
    """How often the picked target is lost: an assumption that only the reader can make."""
    return {"title": "", "fields": [{
        "name": "years", "type": "number", "label": "Lost about once in how many years? (your guess)", "unit": "years", "plain": True,
        "low": 1, "high": 1000, "step": 1, "help": "for the risk matrix and the loss in a year; empty: not said",
    }]}  # fmt: skip


class Controls:
    """The form, linked with the model in both directions."""

    def __init__(self, model: SurvivalModel, guard: Guard) -> None:
        self.model = model
        self.form = Form(label="What is tested", testid="controls", buttons=[["reset", "Start again"]])
        self.often = Form(label="How often it is lost", testid="often")
        self._busy = False
        self.show()
        self.show_often()
        self.form.observe(guard(self.take), "values")
        self.often.observe(guard(self.take_often), "values")
        self.form.on_msg(guard(self.pressed))
        model.observe(guard(self.show), list(model.INPUTS))
        model.observe(guard(self.show_often), ["picked", "likelihood"])

    def show(self, change: Any = None) -> None:
        """Bring the form up to what the model says."""
        if self._busy:
            return
        model = self.model
        with self.form.hold_sync():
            self.form.groups = groups_of(model)
            self.form.values = {"what": model.what, "how": "own" if model.own_time else "days", "days": model.days}

    def show_often(self, change: Any = None) -> None:
        """The guess for the picked target."""
        chance = self.model.likelihood.get(self.model.picked)
        with self.often.hold_sync():
            self.often.groups = [often_group(self.model)] if self.model.picked else []
            self.often.values = {"years": None if not chance else round(1 / chance, 3)}

    def take(self, change: Any) -> None:
        """Bring the model up to what a person has entered."""
        new, model = change["new"], self.model
        self._busy = True
        try:
            with model.hold_trait_notifications():
                if new["what"] != model.what:
                    model.what, model.picked = new["what"], ""
                    model.own_time = model.own_time and model.has_times(model.what)
                elif (new["how"] == "own") != model.own_time:
                    model.own_time = new["how"] == "own"
                model.days = new["days"]
        finally:
            self._busy = False
        self.show()

    def take_often(self, change: Any) -> None:
        """A guess was made, changed or taken back."""
        years, model = change["new"].get("years"), self.model
        known = {k: v for k, v in model.likelihood.items() if k != model.picked}
        if years is not None and years > 0:
            known[model.picked] = 1.0 / years
        if model.picked and known != model.likelihood:
            model.likelihood = known

    def pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """A button of the form."""
        if content.get("press") == "reset":
            self.model.reset()
