"""The report of a sensitivity study."""

from __future__ import annotations

import math

import pandas as pd

from twinkit.report.blocks import Block, Fact, Facts, Heading, Picture, Table
from twinkit.report.builders import Built, led
from twinkit.report.figures import INTERVAL, interval, sure
from twinkit.report.method import SAME_LUCK, about, scenario_words
from twinkit.report.outcome_pictures import drawing_of
from twinkit.show.picture import amount, digits
from twinkit.study.asked import asked_of
from twinkit.study.outcome import FORMULAS
from twinkit.study.sensitivity_result import Sensitivity

MEANINGS = {
    "input": "name of the input", "label": "what was varied", "unit": "unit of the input", "range": "lowest and highest value",
    "usual": "value that it has otherwise", "low": "lowest value of the input", "high": "highest value of the input",
    "swing": "distance between the lowest and the highest figure, this input alone",
    "at_low": "the figure with the input at its lowest, less the usual figure, world by world",
    "at_high": "the figure with the input at its highest, less the usual figure, world by world",
    "effect": "Morris: mean of the sizes of the effects of single steps", "spread": "Morris: how much the effect differs from step to step",
    "first": "Sobol: share of the variance that the input makes by itself",
    "total": "Sobol: share of the variance that the input makes, with all it does together with others",
    "threshold": "value at which the other scenario becomes better, this input alone", "from": "from here on the difference is not clear",
    "to": "up to here the difference is not clear", "changes": "side of the threshold on which the answer is another one than with all inputs as usual",
}  # fmt: skip


def built(study: Sensitivity) -> Built:
    """What is particular to the report of a sensitivity study."""
    case, asked = study.case, asked_of(study)
    seed = asked.arguments.get("seed") if asked else None
    told = about(
        case, Scenarios="; ".join(scenario_words(s) for s in study.scenarios), Figure=f"{study.kpi} [{study.unit}]",
        Worlds=f"{len(study.usual):,} at each point", Seed=seed,
    )  # fmt: skip
    blocks: list[Block] = [
        Heading("In short"), *led(study.sentences()), _facts(study),
        Heading("One input at a time"),
        Picture(drawing_of("tornado", study), caption=f"What one input at a time changes in the {study.kpi}.", name="tornado"),
        _tornado(study), _indices(study),
    ]  # fmt: skip
    if study.decides:
        blocks += [Heading("What would change the decision"), _thresholds(study)]
    method = [
        "All points see the same luck, so a difference between two of them is due to the inputs.",
        f"Each input was varied alone at {len(next(iter(study.lines.values())))} values from its lowest to its highest.",
        *(["Morris' screening says what matters at all (Morris 1991)."] if study.screen is not None else []),
        *(["Sobol's indices share out the variance (Saltelli et al. 2010)."] if study.shares is not None else []),
        *(["With two scenarios the figure is by how much the first is better."] if study.decides else []),
        SAME_LUCK,
    ]  # fmt: skip
    name = str(case.settings.get("title") or case.name)
    return Built(f"What the {study.kpi} depends on: {name}", blocks, told, method, case)


def _facts(study: Sensitivity) -> Facts:
    usual, widest = study.usual_interval(), study.tornado().iloc[0]
    label = "gain of the first scenario" if study.decides else study.kpi
    meaning = (
        "by how much the first scenario is better, with all inputs as usual"
        if study.decides
        else FORMULAS[study.kpi][1]
    )
    found = [
        Fact(label, amount(usual[0], study.unit), interval(*usual[1:], study.unit), meaning),
        Fact("widest swing", amount(widest["swing"], study.unit), str(widest["label"]), MEANINGS["swing"]),
    ]
    if study.decides:
        share = study.other_better()
        label = "the other scenario is better" if study.judges else f"the other scenario has {study.direction} {study.kpi}"
        found.append(Fact(label, amount(share[0], "share"), interval(*share[1:], "share"),
                          "share of the space of the inputs, with its 95 % Wilson interval"))  # fmt: skip
    return Facts(found)


def _tornado(study: Sensitivity) -> Table:
    frame = study.tornado()
    texts = pd.DataFrame([
        {"label": r.label, "range": f"{digits(r.low)} to {digits(r.high)} {r.unit}",
         "at_low": sure((r.at_low, r.at_low_low, r.at_low_high), study.unit),
         "at_high": sure((r.at_high, r.at_high_low, r.at_high_high), study.unit)}
        for r in frame.itertuples(index=False)
    ]).rename(columns={"label": "input", "at_low": "at its lowest", "at_high": "at its highest"})  # fmt: skip
    meanings = {**MEANINGS, "at its lowest": MEANINGS["at_low"], "at its highest": MEANINGS["at_high"],
                **{f"{n}_{e}": INTERVAL for n in ("at_low", "at_high") for e in ("low", "high")}}  # fmt: skip
    units = dict.fromkeys([n + e for n in ("at_low", "at_high") for e in ("", "_low", "_high")] + ["swing"], study.unit)
    return Table(frame, f"Change of the {study.kpi}, one input at a time", meanings, units, {}, texts, "one at a time")


def _indices(study: Sensitivity) -> Table:
    frame = study.table()
    told = {c: INTERVAL for c in frame.columns if c.endswith(("_low", "_high"))}
    return Table(frame, "Every index that was worked out, the largest swing first", {**told, **MEANINGS},
                 {"swing": study.unit}, name="indices", on_page=False)  # fmt: skip


def _thresholds(study: Sensitivity) -> Table:
    frame = study.thresholds()
    texts = pd.DataFrame([
        {"input": r.label, "usual": f"{digits(r.usual)} {r.unit}", "range": f"{digits(r.low)} to {digits(r.high)} {r.unit}",
         "threshold": f"{digits(r.threshold)} {r.unit}" if math.isfinite(r.threshold) else "none in the range",
         "changes": r.changes or "–"}
        for r in frame.itertuples(index=False)
    ])  # fmt: skip
    return Table(
        frame,
        "Value of each input, alone, at which the other scenario becomes better",
        MEANINGS,
        {},
        {},
        texts,
        "thresholds",
    )
