"""The scenarios of a desk: made, changed, renamed, duplicated, deleted, and as plain data.

Every change goes through the desk's traits at once, so whoever watches sees one move.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from twinkit.run.public import plain
from twinkit.run.scenario import Scenario
from twinkit.tables import CaseError, Problem
from twinkit.tables.problems import refuse
from twinkit.workbench.desk import AS_IS, Desk

FILE = "twinkit scenarios 1"
"""Name and version of the format of a file of scenarios."""

LONGEST_NAME = 80
"""Characters of the name of a scenario."""


def now() -> str:
    """The time, as it is written down [to the second]."""
    return datetime.now().isoformat(timespec="seconds")


def new_about(author: str, note: str = "") -> dict[str, str]:
    """What is known of a scenario that has just been made."""
    return {"id": secrets.token_hex(4), "note": note, "author": author, "created": now(), "changed": now()}


def free_name(desk: Desk, name: str) -> str:
    """A name that no scenario has: the wish itself, or with a number."""
    wish = " ".join(name.split())[:LONGEST_NAME] or "scenario"
    names = [wish, *(f"{wish} {n}" for n in range(2, len(desk.scenarios) + 3))]
    return next(n for n in names if n not in desk.scenarios)


def add(desk: Desk, scenario: Scenario, author: str, note: str = "") -> str:
    """Add a scenario under a free name and choose it; returns the name."""
    name = free_name(desk, scenario.name)
    made = Scenario(name, scenario.events, scenario.levers, scenario.since)
    _set(desk, {**desk.scenarios, name: made}, {**desk.about, name: new_about(author, note)}, name)
    return name


def change(desk: Desk, name: str, scenario: Scenario, note: str | None = None) -> str:
    """Put a scenario in the place of one; returns its name, which is another if it was renamed.

    Raises
    ------
    CaseError
        If the name is empty or taken.
    """
    new = " ".join(scenario.name.split())[:LONGEST_NAME]
    if not new or (new != name and new in desk.scenarios):
        says = f"is the name of another scenario: {new}" if new else "is empty"
        raise CaseError([Problem("scenario", None, "name", "", f"the name {says}", "Choose another name.")])
    about = dict(desk.about.get(name) or new_about(""))
    about |= {"changed": now()} | ({} if note is None else {"note": note})
    made = Scenario(new, scenario.events, scenario.levers, scenario.since)
    scenarios = {(new if n == name else n): (made if n == name else s) for n, s in desk.scenarios.items()}
    abouts = {(new if n == name else n): a for n, a in desk.about.items() if n != name} | {new: about}
    _set(desk, scenarios, abouts, new if desk.chosen == name else desk.chosen)
    return new


def duplicate(desk: Desk, name: str, author: str) -> str:
    """Add a copy of a scenario; returns its name."""
    old = desk.scenarios[name]
    note = desk.about.get(name, {}).get("note", "")
    return add(desk, Scenario(f"{name} copy", old.events, old.levers, old.since), author, note)


def remove(desk: Desk, name: str) -> None:
    """Take a scenario away; the one without events and levers stays."""
    if name == AS_IS:
        return
    scenarios = {n: s for n, s in desk.scenarios.items() if n != name}
    abouts = {n: a for n, a in desk.about.items() if n != name}
    _set(desk, scenarios, abouts, AS_IS if desk.chosen == name else desk.chosen)


def _set(desk: Desk, scenarios: dict, about: dict, chosen: str) -> None:
    with desk.hold_trait_notifications():
        desk.scenarios, desk.about = scenarios, about
        desk.chosen = chosen if chosen in scenarios else AS_IS


# --- as plain data


def filled(value: Any) -> Any:
    """Plain data without the names whose value is none."""
    if isinstance(value, Mapping):
        return {k: filled(v) for k, v in value.items() if v is not None}
    return [filled(v) for v in value] if isinstance(value, list) else value


def to_state(desk: Desk) -> dict[str, Any]:
    """The scenarios as parts of a state; those that another panel has added get their mark here."""
    lacking = {n: new_about("") for n in desk.scenarios if n != AS_IS and n not in desk.about}
    if lacking:
        desk.about = {**desk.about, **lacking}
    names = [n for n in desk.scenarios if n != AS_IS]
    parts = {f"scenario/{desk.about[n]['id']}": {**filled(plain(desk.scenarios[n].to_dict())), **desk.about[n]} for n in names}
    return {"scenarios": [desk.about[n]["id"] for n in names], **parts}


def take_state(desk: Desk, state: Mapping[str, Any]) -> None:
    """Bring a desk to a state; the chosen scenario stays chosen, also under another name."""
    chosen = desk.about.get(desk.chosen, {}).get("id")
    rows = [state[f"scenario/{i}"] for i in state.get("scenarios", ())]
    scenarios = {AS_IS: desk.scenarios[AS_IS], **{row["name"]: Scenario.from_dict(row) for row in rows}}
    about = {row["name"]: {k: row.get(k, "") for k in ("id", "note", "author", "created", "changed")} for row in rows}
    name = next((n for n, a in about.items() if a["id"] == chosen), desk.chosen)
    _set(desk, scenarios, about, name)


def to_file(desk: Desk) -> str:
    """The scenarios as a JSON text that twinkit and people can read."""
    state = to_state(desk)
    rows = [state[f"scenario/{i}"] for i in state["scenarios"]]
    return json.dumps({"format": FILE, "case": desk.case.name, "scenarios": rows}, indent=1, ensure_ascii=False)


def from_file(desk: Desk, text: str, author: str) -> list[str]:
    """Add the scenarios of a JSON text (of several, or of one as :meth:`Scenario.save` writes it).

    Returns
    -------
    list of str
        Their names; one that is taken gets a number.

    Raises
    ------
    CaseError
        If the text holds no scenarios, or some that do not fit the case; nothing is added then.
    """
    try:
        data = json.loads(text)
        rows = data.get("scenarios", [data])
        found = [(Scenario.from_dict(row), str(row.get("note", ""))) for row in rows]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        says = f"the file holds no scenarios ({type(error).__name__}: {error})"
        hint = "Choose a file that was saved here, or by Scenario.save."
        raise CaseError([Problem("scenario", None, "", "", says, hint)]) from error
    problems = []
    for scenario, _ in found:
        try:
            scenario.apply(desk.case)
        except CaseError as error:
            problems += [Problem(scenario.name, p.row, p.column, p.value, p.says, p.hint) for p in error.problems]
    refuse(problems)
    chosen = desk.chosen
    scenarios, about, names = dict(desk.scenarios), dict(desk.about), []
    for scenario, note in found:
        wish = scenario.name if scenario.name != AS_IS else "scenario"
        name = next(n for n in (wish, *(f"{wish} {k}" for k in range(2, len(scenarios) + 3))) if n not in scenarios)
        scenarios[name] = Scenario(name, scenario.events, scenario.levers, scenario.since)
        about[name] = new_about(author, note)
        names.append(name)
    _set(desk, scenarios, about, chosen)
    return names
