"""Tables of the room roadmap."""

from __future__ import annotations

import math

import numpy as np

from twinkit import rooms
from twinkit.capabilities.roadmap.adoption import PATHS
from twinkit.capabilities.roadmap.effects import COLUMN, LEVER, OBJECTIVE, figure, kind_of
from twinkit.capabilities.roadmap.sequence import Step, names_in, problems_of, trades_in
from twinkit.columns import Column
from twinkit.levers.levers import levers_of
from twinkit.tables.look import Look, of_sound
from twinkit.tables.problems import Problem, did_you_mean, listed
from twinkit.tables.words import name_column, word_column

ASPECTS = ("people", "process", "technology", "governance")
HAPPENED = ("begun", "done", "failed", "cost", "gain", "value")
"""What may be told of a step or an objective; the last one is of an objective."""
WITHOUT = ("begun", "done", "failed")
"""What is told without a number."""


class Steps:
    """A step of the roadmap: what it takes, what it brings, and what must be done before."""

    table, key = "steps", ("step",)

    step = name_column("name of the step")
    months = Column("months", "how long it is worked at", low=1, high=600, kind="whole")
    people = Column("number", "people that work at it, where it is said how many there are; else one team takes one step after the other", start=1, low=1, high=100_000, kind="whole")
    trades = Column("text", "the same by trade, separated by semicolons: 2 planner; 1 welder", kind="text", start="")
    work = Column("text", "kind of work, where others do the same and learn from it (a roll-out, site after site)", kind="text", start="")
    learning = Column("share", "months and cost after each doubling of the steps of its kind, as a share of before: 0.8 is an 80 % curve", start=1.0, low=0.01, high=1)
    cost = Column("money", "what it costs, paid at its start", start=0.0, low=0)
    cost_low = Column("money", "lowest cost of a three-point estimate, of which cost is the most likely; empty = cost", start=math.nan, low=0)
    cost_high = Column("money", "highest cost of a three-point estimate; empty = cost", start=math.nan, low=0)
    gain = Column("money", "what it brings in every month from the one after it is done", start=math.nan)
    gain_low = Column("money", "lowest gain of a three-point estimate, of which gain is the most likely; empty = gain", start=math.nan)
    gain_high = Column("money", "highest gain of a three-point estimate; empty = gain", start=math.nan)
    running_cost = Column("money", "what it costs in every month from the one after it is done", start=0.0, low=0)
    after = Column("text", "steps that must be done before, separated by semicolons", kind="text", start="")
    slip = Column("share", "chance that it is done later", start=0.0, low=0, high=1)
    slip_months = Column("months", "how much later then", start=0, low=0, high=600, kind="whole")
    fail = Column("share", "chance that it brings nothing; what comes after it is not begun then", start=0.0, low=0, high=1)
    adoption = word_column("how what is done comes into use: at once, linear, S (slow, fast, slow), Bass (diffusion)", PATHS, "at once")
    adoption_months = Column("months", "until all use it (Bass: 95 %)", start=0, low=0, high=600, kind="whole")
    lever = Column("text", "lever of the chain that it moves: its gain is then run, not stated", kind="text", start="")
    lever_value = Column("number", "where the lever is moved to (1 = yes)", start=math.nan)
    source = Column("text", "where its figures come from", kind="text", start="")


class Effects:
    """What a step moves: a lever or a figure of the chain, whose worth is then run; an objective; a capability.  Each is an assumption."""

    table, key = "effects", ("step", "moves")

    step = name_column("step that moves it", "steps.step")
    moves = Column("text", "a lever; table.column of the chain; an objective that is not measured by the chain; or a capability", kind="text")
    value = Column("number", "lever: where to (1 = yes); table.column: times what; objective, capability: by how much, when all use it")
    low = Column("number", "lowest of a three-point estimate, of which value is the most likely; empty = value", start=math.nan)
    high = Column("number", "highest of a three-point estimate; empty = value", start=math.nan)
    source = Column("text", "where the assumption comes from", kind="text", start="")


class Strategy:
    """An objective of the strategy, in a tree: what is measured, from where to where, by when, and who answers for it."""

    table, key = "strategy", ("objective",)

    objective = name_column("name of the objective")
    parent = Column("text", "objective that it is a part of; empty = none", kind="text", start="")
    weight = Column("number", "how much it counts among the parts of its parent", start=1.0, low=0)
    measure = Column("text", "KPI of the chain or capability that measures it; empty = the effects of steps say by how much it moves", kind="text", start="")
    now = Column("number", "where it stands today, where no KPI or capability measures it", start=math.nan)
    target = Column("number", "where it is to be; what has parts has none", start=math.nan)
    due = Column("months", "month by which it is to be there; empty = at the end", start=math.nan, low=1, high=1200)
    owner = Column("text", "who answers for it", kind="text", start="")


class Capabilities:
    """What the organisation is able to do, from 1 (by chance) to 5 (best there is), today and as it is to be."""

    table, key = "capabilities", ("capability",)

    capability = name_column("name of the capability")
    aspect = word_column("what it rests on", ASPECTS, "process")
    as_is = Column("number", "maturity today", low=1, high=5)
    to_be = Column("number", "maturity that is wanted", low=1, high=5)


class Actuals:
    """What has happened to a step or an objective so far."""

    table, key = "actuals", ("about", "what", "month")

    month = Column("months", "month in which it happened, from 1", low=1, high=1200, kind="whole")
    about = name_column("step or objective")
    what = word_column("begun, done, failed; its cost; its gain of the month; value of the objective", HAPPENED, "done")
    value = Column("number", "how much: money of a cost or a gain, value of an objective", start=math.nan)
    reason = Column("text", "why it is not as planned", kind="text", start="")


def steps_told(look: Look) -> list[Problem]:
    """What a step says of itself fits together, and steps can be put in order."""
    rows = look.case["steps"]
    found = _three_points(look, "steps", "cost") + _three_points(look, "steps", "gain")
    found += look.cells("steps", "trades", np.array([trades_in(t) is None for t in rows["trades"]], bool), "is no list of trades", "Write such as: 2 planner; 1 welder.")
    late = look.good("steps", "slip", "slip_months") & (look.values("steps", "slip") > 0) & (look.values("steps", "slip_months") == 0)
    found += look.cells("steps", "slip_months", late, "says that it is not later at all, though it may slip", "Write how many months later.")
    slow = look.good("steps", "adoption", "adoption_months") & (look.values("steps", "adoption") != "at once") & (look.values("steps", "adoption_months") == 0)
    found += look.cells("steps", "adoption_months", slow, "is missing: how long until all use it", "Write a number of months.")
    if rows.empty or not look.good("steps", "step", "after").all():
        return found
    names = list(rows["step"])
    for sentence in problems_of({name: Step(1, 0.0, 0.0, names_in(after)) for name, after in zip(names, rows["after"], strict=True)}):
        row = next((i for i, name in enumerate(names) if repr(name) in sentence), 0)
        found += look.cells("steps", "after", np.arange(len(rows)) == row, sentence.rstrip(".") + ", so the steps cannot be put in order", "")
    return found


@of_sound
def steps_run(look: Look) -> list[Problem]:
    """Every gain comes from somewhere, and levers go where they can."""
    rows = look.case["steps"]
    if rows.empty:
        return []
    lever, gain, value = (look.values("steps", name) for name in ("lever", "gain", "lever_value"))
    runs = (lever != "") | rows["step"].isin(_running(look)).to_numpy()
    found = look.cells("steps", "gain", ~runs & np.isnan(gain), "is missing, and the step moves no lever",
                       "Write what it brings in a month (0 if nothing), or the lever that it moves.")  # fmt: skip
    found += look.cells("steps", "gain", runs & ~np.isnan(gain), "is given beside a lever or a figure of the chain, whose gain is run",
                        "Keep one of the two.")  # fmt: skip
    known = {one.name: one for one in levers_of(look.case)} if (lever != "").any() else {}
    if known:
        strange = np.array([bool(name) and name not in known for name in lever])
        hint = lambda i: did_you_mean(lever[i], list(known), f"Levers: {listed(list(known), 40)}.")  # noqa: E731
        found += look.cells("steps", "lever", strange, "is no lever of this chain", hint)
        wrong = np.array([
            name in known and not known[name].allows(bool(v) if known[name].flag and v in (0.0, 1.0) else v)
            for name, v in zip(lever, value, strict=True)
        ])  # fmt: skip
        says = lambda i: f"cannot be: {lever[i]} must be {known[lever[i]].allowed}"  # noqa: E731
        found += look.cells("steps", "lever_value", wrong, says, "Correct it.")
    return found


def effects_told(look: Look) -> list[Problem]:
    """The ends of what is said of an effect hold its middle."""
    return _three_points(look, "effects", "value")


def _running(look: Look) -> list[str]:
    """Steps with an effect on the chain."""
    return [row["step"] for row in look.case["effects"].to_dict("records") if kind_of(look.case, row["moves"]) in (LEVER, COLUMN)]


def _three_points(look: Look, table: str, middle: str) -> list[Problem]:
    """The ends of a three-point estimate hold its middle."""
    ends = ("low", "high") if middle == "value" else (f"{middle}_low", f"{middle}_high")
    most, low, high = (look.values(table, name).astype(float) for name in (middle, *ends))
    lone = np.isnan(most) & ~(np.isnan(low) & np.isnan(high))
    found = look.cells(table, ends[0], lone | (low > most), f"must be {middle} or less: {middle} is the most likely", "Correct one of the two.")
    return found + look.cells(table, ends[1], ~lone & (high < most), f"must be {middle} or more: {middle} is the most likely", "Correct one of the two.")


@of_sound
def effects_fit(look: Look) -> list[Problem]:
    """An effect moves something that there is, to where it can be."""
    rows = look.case["effects"]
    if rows.empty or not look.good("effects", "moves", "value").all():
        return []
    goals = look.case["strategy"].set_index("objective")
    kinds, targets = np.array([kind_of(look.case, t) for t in rows["moves"]], dtype=object), rows["moves"].tolist()
    levers = {one.name: one for one in levers_of(look.case)} if {"", LEVER} & set(kinds) else {}
    names = [*levers, *goals.index, *look.case["capabilities"]["capability"]]
    found = look.cells("effects", "moves", kinds == "", "is no lever, no number table.column of the chain, no objective and no capability",
                       lambda i: did_you_mean(targets[i], names, f"Names: {listed(names, 40)}; or a column such as recipes.lead_time."))  # fmt: skip
    measured = np.array([k == OBJECTIVE and (goals.at[t, "measure"] != "" or (goals["parent"] == t).any()) for k, t in zip(kinds, targets, strict=True)])
    found += look.cells("effects", "moves", measured, "is an objective with a measure or with parts, so it moves with them alone", "Move what measures it.")
    for name in ("value", "low", "high"):
        values = look.values("effects", name).astype(float)
        wrong = [k == LEVER and not np.isnan(v) and not levers[t].allows(bool(v) if levers[t].flag and v in (0.0, 1.0) else float(v))
                 for k, t, v in zip(kinds, targets, values, strict=True)]  # fmt: skip
        found += look.cells("effects", name, np.array(wrong), lambda i: f"cannot be: {targets[i]} must be {levers[targets[i]].allowed}", "Correct it.")
        found += look.cells("effects", name, (kinds == COLUMN) & (values < 0), "is what a figure is taken times: it must be 0 or more", "1 leaves it as it is.")
    return found


def strategy_fits(look: Look) -> list[Problem]:
    """Objectives form trees, and each leaf has a way to be measured and a target."""
    rows = look.case["strategy"]
    if rows.empty:
        return []
    names, parents = rows["objective"].tolist(), rows["parent"].tolist()
    able = set(look.case["capabilities"]["capability"])
    above = dict(zip(names, parents, strict=True))
    found = look.cells("strategy", "parent", np.array([p != "" and p not in above for p in parents]), "is no objective",
                       lambda i: did_you_mean(parents[i], names, f"Objectives: {listed(names, 20)}."))  # fmt: skip
    if not found:
        loops = np.array([_above_itself(n, above) for n in names])
        found += look.cells("strategy", "parent", loops, "makes an objective a part of itself", "Let one of them have no parent.")
    has_parts = rows["objective"].isin(parents).to_numpy()
    measure, now, target = rows["measure"].to_numpy(), rows["now"].to_numpy(float), rows["target"].to_numpy(float)
    known = np.array([m == "" or m in look.allowed.kpis or m in able for m in measure])
    found += look.cells("strategy", "measure", ~known, "is no KPI of the chain and no capability",
                        lambda i: did_you_mean(measure[i], [*look.allowed.kpis, *able], f"Capabilities and KPIs: {listed([*able, *look.allowed.kpis], 20)}."))  # fmt: skip
    for name, values in (("now", ~np.isnan(now)), ("target", ~np.isnan(target)), ("measure", measure != ""), ("due", ~np.isnan(rows["due"].to_numpy(float)))):
        found += look.cells("strategy", name, has_parts & values, "is given for an objective that has parts, which alone say how far it is", "Take it out.")
    found += look.cells("strategy", "target", ~has_parts & np.isnan(target), "is missing", "Write where the objective is to be.")
    found += look.cells("strategy", "now", ~has_parts & (measure == "") & np.isnan(now), "is missing, and nothing measures the objective", "Write where it stands, or a measure.")
    found += look.cells("strategy", "now", ~has_parts & (measure != "") & ~np.isnan(now), "is given beside a measure, which says where it stands", "Take it out.")
    found += look.cells("strategy", "target", ~has_parts & (measure == "") & (now == target), "is where it stands today, so there is nothing to attain", "Correct one of the two.")
    return found


def _above_itself(name: str, above: dict[str, str]) -> bool:
    seen, at = set(), above[name]
    while at and at not in seen:
        if at == name:
            return True
        seen.add(at)
        at = above.get(at, "")
    return False


def capabilities_fit(look: Look) -> list[Problem]:
    """Maturity does not fall."""
    rows = look.case["capabilities"]
    falls = (rows["to_be"] < rows["as_is"]).to_numpy(dtype=bool)
    return look.cells("capabilities", "to_be", falls, "is less than as_is", "Correct one of the two.")


def actuals_fit(look: Look) -> list[Problem]:
    """What happened is about a step or an objective, and says how much where there is a number."""
    rows = look.case["actuals"]
    if rows.empty:
        return []
    steps = set(look.case["steps"]["step"])
    goals = {row["objective"] for row in look.case["strategy"].to_dict("records")} - set(look.case["strategy"]["parent"])
    about, what, value = rows["about"].tolist(), rows["what"].to_numpy(), rows["value"].to_numpy(float)
    found = look.cells("actuals", "about", ~rows["about"].isin(steps | goals).to_numpy(), "is no step and no objective without parts",
                       lambda i: did_you_mean(about[i], [*steps, *goals], f"Names: {listed(sorted([*steps, *goals]), 20)}."))  # fmt: skip
    of_goal = rows["about"].isin(goals - steps).to_numpy()
    found += look.cells("actuals", "what", of_goal != (what == "value"), "does not fit: value is of an objective, all else of a step", "Correct it.")
    told = {(r["about"], r["what"]): r["month"] for r in rows.to_dict("records")}
    lone = np.array([(w == "cost" and not any((a, x) in told for x in WITHOUT)) or (w == "gain" and (a, "done") not in told) for a, w in zip(about, what, strict=True)])
    found += look.cells("actuals", "what", lone, "is told of a step of which nothing says that it is begun (of a cost) or done (of a gain)", "Add that row.")
    both = np.array([w == "failed" and (a, "done") in told for a, w in zip(about, what, strict=True)])
    found += look.cells("actuals", "what", both, "is told of a step that is done, too", "Keep one of the two.")
    early = np.array([w in ("done", "failed", "gain") and r < told.get((a, "done" if w == "gain" else "begun"), 0) for a, w, r in zip(about, what, rows["month"], strict=True)])
    found += look.cells("actuals", "month", early, "is before the step was begun (or, of a gain, done)", "Correct one of the two.")
    plain = np.isin(what, WITHOUT)
    found += look.cells("actuals", "value", ~plain & np.isnan(value), "is missing", "Write how much.")
    return found + look.cells("actuals", "value", plain & ~np.isnan(value), "says nothing of what is begun, done or failed", "Take it out.")


def nothing_moves(look: Look) -> list[Problem]:
    """Numbers that are legal and change nothing."""
    slip, later = look.values("steps", "slip"), look.values("steps", "slip_months")
    found = look.lines("steps", "slip_months", (later > 0) & (slip == 0), "changes nothing: the chance to slip is 0")
    alone = (look.values("steps", "learning").astype(float) < 1) & ~(look.case["steps"]["work"].duplicated(keep=False) & (look.case["steps"]["work"] != "")).to_numpy(bool)
    found += look.lines("steps", "learning", alone, "changes nothing: no other step is of its kind (steps.work)")
    at_once = (look.values("steps", "adoption") == "at once") & (look.values("steps", "adoption_months") > 0)
    return found + look.lines("steps", "adoption_months", at_once, "changes nothing: all use it at once")


def effects_that_move_nothing(look: Look) -> list[Problem]:
    """Figures that are 0 or empty in every row stay so, whatever they are taken times; levers that are moved to where they stand."""
    rows = look.case["effects"].to_dict("records")

    def idle(row: dict) -> bool:
        kind = kind_of(look.case, row["moves"])
        if kind == LEVER:
            return float(row["value"]) == float(next(one.start for one in levers_of(look.case) if one.name == row["moves"]))
        if kind != COLUMN:
            return row["value"] == 0
        table, column = figure(row["moves"])
        values = [look.case.settings[column.name]] if table == "settings" else look.case[table][column.name].to_list()
        return row["value"] == 1 or not any(v is not None and v == v and v != 0 for v in values)

    return look.lines("effects", "value", np.array([idle(row) for row in rows], bool), "changes nothing: what is moved stays where it is")


def unmoved(look: Look) -> list[Problem]:
    """Capabilities and objectives that no step moves."""
    moves = set(look.case["effects"]["moves"])
    found = look.lines("capabilities", "capability", ~look.case["capabilities"]["capability"].isin(moves).to_numpy(dtype=bool), "is moved by no step (table effects)")
    rows = look.case["strategy"]
    still = (rows["measure"] == "").to_numpy() & ~rows["objective"].isin(rows["parent"]).to_numpy() & ~rows["objective"].isin(moves).to_numpy()
    return found + look.lines("strategy", "objective", still, "is moved by no step (table effects)")


rooms.add_table(Steps, checks=[steps_told, steps_run], notes=[nothing_moves])
rooms.add_table(Effects, checks=[effects_told, effects_fit], notes=[effects_that_move_nothing])
rooms.add_table(Strategy, checks=[strategy_fits])
rooms.add_table(Capabilities, checks=[capabilities_fit], notes=[unmoved])
rooms.add_table(Actuals, checks=[actuals_fit])
