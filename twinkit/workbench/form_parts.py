"""Inputs that have a form of their own: what happens, and levers."""

from __future__ import annotations

from typing import Any, Protocol

from twinkit.events.choices import MOST, Recorded
from twinkit.events.form import ENTERED, Names, event_fields, labelled
from twinkit.levers.levers import Lever, levers_of, moved_levers
from twinkit.question import Question
from twinkit.tables.schema_events import PAUSES

LEVER = "lever "
"""Prefix of the fields that are levers."""
UNSEEN = ("Nobody sees a loss like this coming, so nothing can be made ready for the day on which it begins: this cannot be moved. "
          "Ask “What should we do?” about one that is announced, such as a strike or a planned closure.")  # fmt: skip


class FormPart(Protocol):
    """The part of a form that asks for one input of a question."""

    @staticmethod
    def groups(asking: Question, name: str) -> list[dict[str, Any]]:
        """Groups of fields, as things stand."""

    @staticmethod
    def values(asking: Question, name: str) -> dict[str, Any]:
        """Value of every field."""

    @staticmethod
    def take(asking: Question, name: str, changed: dict[str, Any]) -> None:
        """Fields were changed by a person."""

    @staticmethod
    def pressed(asking: Question, name: str, content: dict[str, Any]) -> bool:
        """A button of the form was pressed; whether it is one of this part."""


class EventsPart:
    """What happens, one thing after the other: recorded, or of one's own."""

    @staticmethod
    def groups(asking: Question, name: str) -> list[dict[str, Any]]:
        case, now, all_ = asking.ground.case, asking.now, asking.happenings
        own, several, recorded = now.mode == "own", len(all_) > 1, case.derived(Recorded)
        choices = [
            {"name": "chosen", "type": "list", "label": "It may be several things" if several else "",
             "items": [h.short() for h in all_], "remove": "Remove" if several else "",
             "add": "Add: and then …" if len(all_) < MOST else ""},
            {"name": "mode", "type": "tabs", "label": "", "hidden": not recorded.options(),
             "options": [["recorded", "Recorded event"], ["own", "Event of your own"]]},
            {"name": "recorded", "type": "choice", "hidden": own, "options": recorded.options(), "help": recorded.told(now.recorded)},
        ]  # fmt: skip
        what, sure = event_fields(case, case.derived(Names), now, own, [h for h in all_ if h.key != now.key])
        return [{"title": "What happens?", "fields": [*labelled(choices), *what]},
                {"title": "When exactly, and how sure?", "folded": True, "fields": sure}]  # fmt: skip

    @staticmethod
    def values(asking: Question, name: str) -> dict[str, Any]:
        now = asking.now
        return {**{n: getattr(now, n) for n in ENTERED}, "chosen": min(asking.chosen, len(asking.happenings) - 1), "after": str(now.after)}

    @staticmethod
    def take(asking: Question, name: str, changed: dict[str, Any]) -> None:
        if "chosen" in changed:  # the fields of another happening were not entered by anybody
            asking.chosen = int(changed["chosen"])
            return
        if "after" in changed:
            changed["after"] = int(changed["after"])
        if changed.get("mode") == "recorded" and not asking.now.recorded:
            changed.setdefault("recorded", asking.ground.case.derived(Recorded).options()[0][0])
        asking.edit(**changed)

    @staticmethod
    def pressed(asking: Question, name: str, content: dict[str, Any]) -> bool:
        match content.get("press"):
            case "add":
                asking.add()
            case "remove":
                asking.remove(int(content.get("item", -1)))
            case _:
                return False
        return True


class LeversPart:
    """A slider or a switch for every lever of the case."""

    @staticmethod
    def groups(asking: Question, name: str) -> list[dict[str, Any]]:
        levers, moved = levers_of(asking.ground.case), getattr(asking, name)
        seen = all(h.mode == "own" and h.kind in PAUSES for h in getattr(asking, "happenings", ()))
        fields = [lever_field(lever, seen or moved.get(lever.name, lever.start) != lever.start) for lever in levers]
        return [{"title": asking.asked_for()[name].group or "Levers", "fields": fields}] if fields else []

    @staticmethod
    def values(asking: Question, name: str) -> dict[str, Any]:
        return {LEVER + lever.name: getattr(asking, name).get(lever.name, lever.start) for lever in levers_of(asking.ground.case)}

    @staticmethod
    def take(asking: Question, name: str, changed: dict[str, Any]) -> None:
        moved = {**getattr(asking, name), **{k.removeprefix(LEVER): v for k, v in changed.items() if v is not None}}
        setattr(asking, name, moved_levers(asking.ground.case, moved))

    @staticmethod
    def pressed(asking: Question, name: str, content: dict[str, Any]) -> bool:
        return False


PARTS: dict[str, type[FormPart]] = {"events": EventsPart, "levers": LeversPart}
"""Kind of an input → the part of the form that asks for it."""


def lever_field(lever: Lever, movable: bool = True) -> dict[str, Any]:
    """Field of a lever: a switch, or a slider in per cent or in its unit.

    Parameters
    ----------
    lever
        The lever.
    movable
        Whether one that needs to be foreseen can be moved in time; else it is grey.
    """
    field = {"name": LEVER + lever.name, "label": lever.label, "help": lever.meaning, "start": lever.start}
    if lever.foreseen and not movable:
        field |= {"off": True, "help": UNSEEN}
    if lever.flag:
        return {**field, "type": "flag"}
    share = lever.unit == "share"
    return {
        **field, "type": "number", "low": lever.low, "high": lever.high, "step": lever.step,
        "unit": "%" if share else lever.unit, "factor": 100 if share else 1,
    }  # fmt: skip

