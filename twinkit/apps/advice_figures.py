"""Big numbers of the advice app, and where each comes from."""

from __future__ import annotations

from typing import Any

from twinkit.apps.advice_model import AdviceModel
from twinkit.apps.advice_words import MEANS, set_words, sure
from twinkit.study.recommend_words import often_words
from twinkit.study.risks import worst_interval
from twinkit.study.statistics import mean_interval
from twinkit.words import between, percent, rounded


def facts(model: AdviceModel) -> list[dict[str, Any]]:
    """The numbers that are read first."""
    shown = model.at_hand
    if shown is None:
        return []
    money, best, base = shown.currency, shown.best, shown.base
    gain = shown.gain(best)
    cost, saved = mean_interval(best.cost), mean_interval(base.expected - best.expected)
    worst = worst_interval(best.losses, best.probabilities)
    better = percent(gain.better) if best.levers else ""
    tone = "none" if not gain.clear else "better" if gain.mean > 0 else "worse"
    sign = "better in" if best.levers else "as things are"
    return [
        {"name": "gain", "label": f"Worth in all [{money} a year]", "value": rounded(gain.mean), "tone": tone if best.levers else "none", "why": True,
         "interval": f"{sure(gain.low, gain.high)}; {sign} {better} of the runs" if best.levers else sign, "definition": MEANS["gain"]},
        {"name": "cost", "label": f"It costs [{money} a year]", "value": rounded(cost[0]), "interval": sure(*cost[1:]), "why": True,
         "definition": MEANS["cost"]},
        {"name": "saved", "label": f"It saves [{money} a year]", "value": rounded(saved[0]), "why": True,
         "interval": f"{sure(*saved[1:])} of {rounded(float(base.expected.mean()))}", "definition": MEANS["saved"]},
        {"name": "worst", "label": f"At its worst [{money}]", "value": rounded(worst[0]), "why": True,
         "interval": f"{sure(*worst[1:])}; as things are {rounded(base.worst)}", "definition": MEANS["worst"]},
    ]  # fmt: skip


def why(model: AdviceModel, name: str) -> tuple[str, list[str], list[str]]:
    """Where a big number comes from: title, sentences, list."""
    shown = model.at_hand
    money, best = shown.currency, shown.best
    if name == "gain" and model.shown is None:
        return (
            "Where does the worth come from?",
            ["What each measure adds is being worked out: ask again in a moment."],
            [],
        )
    if name == "gain":
        rows = shown.table().iloc[:-1]
        items = [f"{set_words(shown, {r.lever: r.value})}: it adds {rounded(r.adds)} {money} a year to the rest, {sure(r.adds_low, r.adds_high)}"
                 for r in rows[rows["chosen"] & rows["lever"].isin(list(best.levers))].itertuples()]  # fmt: skip
        return (
            "Where does the worth come from?",
            ["Saved on average less cost, in the same simulated luck with the measures and without."],
            items,
        )
    if name == "cost":
        run = mean_interval(best.running)
        return "What does it cost?", [f"Price of the measures: {rounded(best.price)} {money} a year.",
                                      f"The chain costs {rounded(run[0])} {money} a year more to run with them ({between(*run[1:])}): keeping "
                                      "stock, freight, making."], []  # fmt: skip
    lost = shown.base.losses if name == "saved" else None
    items = []
    for k, risk in enumerate(shown.risks):
        before, after = mean_interval(shown.base.losses[k])[0], mean_interval(best.losses[k])[0]
        items.append(f"{risk.name} ({often_words(risk.probability)}): {rounded(before)} {money} each time as things are, "
                     f"{rounded(after)} with the measures")  # fmt: skip
    told = ("What each risk costs when it happens, times how often it happens." if lost is not None else
            "The dearest twentieth of all simulated strikes, each risk counted as often as it happens.")  # fmt: skip
    return "What is saved?" if lost is not None else "What is the worst?", [told], items
