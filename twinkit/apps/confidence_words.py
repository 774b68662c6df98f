"""The confidence app in words: the answer, how sure it is, what would change it, and what the model does not know."""

from __future__ import annotations

import math
from typing import Any

from twinkit.apps.advice_words import set_of, sure
from twinkit.apps.confidence_model import ConfidenceModel
from twinkit.study.recommend_words import often_words
from twinkit.study.sensitivity_model import PRICE, PROBABILITY
from twinkit.tables.problems import listed
from twinkit.words import between, percent, rounded

EFFECT = {
    True: "What the measure saves on average in a year (what it saves each time, times how often it happens) less what it costs a year, "
          "against leaving things as they are in the same simulated luck.",
    False: "What one such event costs less with the measure, against leaving things as they are in the same simulated luck.",
}  # fmt: skip
HELPS = "Share of the simulated runs in which the measure is better than leaving things as they are."
RANGE = "All inputs are moved at once, each anywhere within its range; this is the share of these cases in which "
TURNED = "the answer would be the other one: "
WITHOUT = "leaving things as they are would be better."
WITH = "the measure would be better."
CHANGES = (
    "Moved alone, with all other inputs as assumed, it would have to pass this value for the answer to turn round."
)


def per(model: ConfidenceModel) -> str:
    """Unit of the answer."""
    money = model.case.settings["currency"]
    return f"{money} a year" if model.yearly else f"{money} each time"


def headline(model: ConfidenceModel) -> list[str]:
    """What the page says first."""
    effect = model.effect
    if effect is None:
        return []
    what, event = set_of(model.known, model.levers), model.risk["name"]
    mean, low, high = effect.interval()
    share = effect.helps()[0]
    if not effect.clear:
        first = f"Not sure: against {event}, {what} may help or not."
        return [
            first,
            f"On average {rounded(mean)} {per(model)}, {sure(low, high)}: that leaves both open. {_more(model)}",
        ]
    word = "is worth it" if model.yearly else "helps"
    first = f"Against {event}, {what} {word if mean > 0 else 'is not worth it' if model.yearly else 'makes it worse'}: quite sure."
    size = f"It is {rounded(abs(mean))} {per(model)} {'better' if mean > 0 else 'worse'}, {sure(*sorted((abs(low), abs(high))))}; it is better in {percent(share)} of the runs."
    return [first, size, *_turning(model)]


def _more(model: ConfidenceModel) -> str:
    """How many runs it would take to tell."""
    effect = model.effect
    mean, low, high = effect.interval()
    if effect.worlds < 2 or mean == 0 or not math.isfinite(low):
        return ""
    needed = effect.worlds * ((high - low) / 2 / abs(mean)) ** 2
    return f"If the average stays there, about {rounded(max(needed, effect.worlds))} runs would tell."


def _turning(model: ConfidenceModel) -> list[str]:
    """Whether an input alone would change the answer."""
    if model.study is None:
        return []
    rows = model.study.thresholds().dropna(subset="threshold")
    few = " so far" if model.rough else ""
    if not len(rows):
        return [f"None of the {len(model.study.inputs)} inputs looked at{few} would change that alone."]
    told = [f"{name_of(r.input, r.label)} {r.changes} {value_of(r.input, r.threshold)}" for r in rows.itertuples()]
    return [f"It would be the other way round with {listed(told, 3)}."]


def name_of(name: str, label: str) -> str:
    """An input in plain words."""
    if name.startswith(PROBABILITY):
        return "How often it happens"
    return label


def value_of(name: str, value: float) -> str:
    """A value of an input in plain words."""
    if name.startswith(PROBABILITY):
        return often_words(value)
    return f"{value:.2g} times what is assumed" if not name.startswith(PRICE) else f"{value:.2g} times the price"


# --- big numbers


def facts(model: ConfidenceModel) -> list[dict[str, Any]]:
    """The numbers that are read first."""
    effect = model.effect
    if effect is None:
        return []
    mean, low, high = effect.interval()
    share, share_low, share_high = effect.helps()
    tone = "none" if not effect.clear else "better" if mean > 0 else "worse"
    label = "Worth in all" if model.yearly else "Saved each time"
    found = [
        {"name": "effect", "label": f"{label} [{per(model)}]", "value": rounded(mean), "interval": sure(low, high), "tone": tone, "why": True,
         "definition": EFFECT[model.yearly]},
        {"name": "helps", "label": "Better in so many runs", "value": percent(share), "why": True, "definition": HELPS,
         "interval": f"{percent(share_low)} to {percent(share_high)} (95 % sure); {effect.worlds} runs"},
    ]  # fmt: skip
    if model.study is None:
        return found
    label, told, (other, other_low, other_high) = other_way(model)
    points = len(model.study.space[0]) if model.study.space else 0
    found.append({"name": "range", "label": label, "value": percent(other), "definition": told, "why": True,
                  "interval": f"{percent(other_low)} to {percent(other_high)} (95 % sure); {points} cases", "tone": "none"})  # fmt: skip
    top = model.study.tornado().iloc[0]
    found.append({"name": "top", "label": "What matters most", "value": name_of(top["input"], top["label"]), "why": True, "tone": "none",
                  "interval": f"moves the answer by {rounded(top['swing'])} {per(model)} over its range",
                  "definition": "The input that moves the answer most when it alone is moved over its range."})  # fmt: skip
    return found


def other_way(model: ConfidenceModel, clearly: bool = False) -> tuple[str, str, tuple[float, float, float]]:
    """Under how many other assumptions the answer is another one: label, definition, share with its interval.

    Where the answer is that things are best left as they are, the other one is the measure.
    """
    effect, share = model.effect, model.study.other_better(clearly)
    if not effect.clear:
        return "Doing nothing is better under other assumptions", RANGE + WITHOUT, share
    if effect.interval()[0] > 0:
        return "Wrong under other assumptions", RANGE + TURNED + WITHOUT, share
    value, low, high = model.study.first_better(clearly)
    return "Wrong under other assumptions", RANGE + TURNED + WITH, (value, low, high)


def why(model: ConfidenceModel, name: str) -> tuple[str, list[str], list[str]]:
    """Where a big number comes from: title, sentences, list."""
    effect = model.effect
    if name == "effect":
        items = [
            f"{n} runs: {rounded(effect.interval(n)[0])} {per(model)} ({between(*effect.interval(n)[1:])})"
            for n in effect.steps()
        ]
        loss = rounded(float(effect.loss.mean()))
        return "How did this come about?", [f"As things are, {model.risk['name']} costs {loss} {model.case.settings['currency']} each time. Every run was "
                                            "made twice with the same luck, with the measure and without. The more runs, the narrower the span:"], items  # fmt: skip
    if name == "helps":
        worst, best = float(effect.gain.min()), float(effect.gain.max())
        return "Does it always help?", [f"In the worst run it is {rounded(worst)} {per(model)}, in the best {rounded(best)}. The span beside the share says "
                                        "where the true share lies: a few runs without a failure prove little."], []  # fmt: skip
    if name == "range":
        clearly = percent(other_way(model, True)[2][0])
        return "What if the assumptions are wrong?", [f"{other_way(model)[1]} In {clearly} it would be clearly so. The ranges come with twinkit and are assumptions "
                                                      "themselves; the table below lists them."], []  # fmt: skip
    items = [
        f"{name_of(r.input, r.label)}: {rounded(r.swing)} {per(model)}"
        for r in model.study.tornado().head(6).itertuples()
    ]
    return (
        "What does the answer depend on?",
        ["By so much does the answer move when one input alone goes from its lowest to its highest:"],
        items,
    )


# --- what would change it


COLUMNS = [
    {"name": "input", "label": "Input", "definition": "Something that nobody knows exactly."},
    {
        "name": "range",
        "label": "Looked at",
        "definition": "From its lowest to its highest value; 1 is what the case assumes.",
    },
    {"name": "turns", "label": "Turns round", "definition": CHANGES},
    {"name": "span", "label": "Unclear", "definition": "Between these values neither is clearly better."},
    {
        "name": "swing",
        "label": "Moves the answer by",
        "definition": "Difference between the lowest and highest answer over the range.",
        "kind": "money",
    },
]


def table_rows(model: ConfidenceModel) -> tuple[list[list[str]], list[list[Any]]]:
    """Which inputs would change the answer, those that would first."""
    swing = model.study.tornado().set_index("input")["swing"]
    cells, keys = [], []
    for r in model.study.thresholds().itertuples():
        turns = "stays the same" if math.isnan(r.threshold) else f"{r.changes} {value_of(r.input, r.threshold)}"
        span = "" if math.isnan(r.threshold) else _span(model, r.input)
        cells.append(
            [
                name_of(r.input, r.label),
                f"{_short(r.input, r.low)} to {_short(r.input, r.high)}",
                turns,
                span,
                rounded(swing[r.input]),
            ]
        )
        keys.append([r.label, r.low, 1e9 if math.isnan(r.threshold) else r.threshold, span, float(swing[r.input])])
    return cells, keys


def _span(model: ConfidenceModel, name: str) -> str:
    row = model.study.thresholds().set_index("input").loc[name]
    return f"{_short(name, row['from'])} to {_short(name, row['to'])}"


def _short(name: str, value: float) -> str:
    if name.startswith(PROBABILITY):
        return often_words(value)
    return f"{value:.3g} times"
