"""A panel for every question: its form from the inputs, its answer from the blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Protocol

import traitlets as t
from ipywidgets import Widget

from twinkit.events.choices import MOST, Recorded
from twinkit.events.form import ENTERED, Names, event_fields, labelled
from twinkit.input import BY_NAME, Input
from twinkit.levers.levers import Lever, levers_of, moved_levers
from twinkit.question import Question, more_of
from twinkit.tables.case import Case
from twinkit.tables.schema_events import PAUSES
from twinkit.words import counted, listed, visible
from twinkit.workbench.answers import Asking, field, number, tell, told
from twinkit.workbench.blocks import Blocks
from twinkit.workbench.journal import journal_of
from twinkit.workbench.panel import Panel, PanelView

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
             "options": [["recorded", "Known event"], ["own", "Event of your own"]]},
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
        levers, moved = levers_of(asking.ground.case, getattr(asking, name)), getattr(asking, name)
        seen = all(h.mode == "own" and h.kind in PAUSES for h in getattr(asking, "happenings", ()))
        fields = [lever_field(lever, seen or moved.get(lever.name, lever.start) != lever.start) for lever in levers]
        return [{"title": asking.asked_for()[name].group or "Levers", "fields": fields}] if fields else []

    @staticmethod
    def values(asking: Question, name: str) -> dict[str, Any]:
        return {LEVER + lever.name: getattr(asking, name).get(lever.name, lever.start) for lever in levers_of(asking.ground.case, getattr(asking, name))}

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


# --- the panel


ONE_OF = "in "
"""Before a name, in the names of the fields of an input that holds several."""
SHORT = 26
"""Letters of what two or three choices are called, up to which all stand beside each other."""


class QuestionPanel(Panel):
    """The model of the panel of a question; :func:`panel_of_question` makes a class of it for each.

    Attributes
    ----------
    asks
        The question.
    """

    asks: type[Question]

    def __init__(self, desk: Any) -> None:
        super().__init__(desk)
        self.reset()

    def reset(self) -> None:
        """Ask what the question begins with."""
        self.put(self.asks(self.desk))

    def put(self, asking: Question) -> None:
        """Ask what an asking asks."""
        with self.hold_trait_notifications():
            for name in self.INPUTS:
                setattr(self, name, getattr(asking, name))

    def ask(self) -> Question:
        """The question as it is asked now."""
        return self.asks(self.desk, **self.state())

    def pick(self, inputs: Mapping[str, Any]) -> None:
        """Ask what was picked in an answer; None stands for what an input starts with."""
        asking, asked = self.ask(), self.asks.asked_for()
        for name, value in inputs.items():
            setattr(asking, name, value if value is not None else asked[name].start)
        for name in inputs:
            asking.follow(name)
        self.put(asking)

    def check(self) -> list[str]:
        return self.ask().problems()

    def study(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        return self.ask().call().parts, (), {}

    def code(self) -> str:
        return self.ask().code()

    @classmethod
    def view(cls) -> Callable[..., Any]:
        return QuestionView


def panel_of_question(question: type[Question]) -> type[Panel]:
    """The class of the panel of a question: a trait for each input."""
    traits = {name: _trait(one) for name, one in question.asked_for().items()}
    more = {"key": question.key, "title": question.title, "question": question.asks, "asks": question, "INPUTS": tuple(traits)}
    return type(f"{question.__name__}Panel", (QuestionPanel,), {**more, **traits, "__doc__": question.__doc__})


def _trait(one: Input) -> t.TraitType:
    """The trait of an input; what it does not allow is said by the question, not refused while it is typed."""
    start, more = one.start, {"help": one.meaning}
    if one.kind == "names":
        return t.List(t.Unicode(), list(start or ()), **more)
    if one.kind == "events":
        return t.List(default_value=list(start or ()), **more)
    if one.kind in (*BY_NAME, "levers"):
        return t.Dict(default_value=dict(start or {}), **more)
    if one.kind == "flag":
        return t.Bool(start, **more)
    if one.numeric:
        return (t.Int if one.kind == "whole" else t.Float)(start, allow_none=start is None, **more)
    return t.Unicode(start or "", **more)


class QuestionForm:
    """The form of a question, made of its inputs and linked with the model in both directions.

    Parameters
    ----------
    panel, guard
        The model, and who catches errors of callbacks.
    role
        Whose view it is: which inputs are asked for, and how they are called.
    buttons
        Pairs of name and text; "reset" asks what the question begins with.

    Attributes
    ----------
    form, lists
        The form of the plain inputs, with the parts of those that have one of their own, and one for each
        input that holds numbers by name.
    """

    def __init__(self, panel: QuestionPanel, guard: Any, role: str = "analyst", buttons: list[list[str]] | None = None) -> None:
        self.panel, self.guard, self.view = panel, guard, panel.asks.view(role)
        inputs, key = panel.asks.asked_for(), panel.key
        inputs = {k: inputs[k] for k in self.view.inputs or inputs}
        self.plain = {k: v for k, v in inputs.items() if v.kind not in BY_NAME}
        self.parts = {k: PARTS[v.kind] for k, v in inputs.items() if v.kind in PARTS}
        self.form = Asking(label="What is asked", testid=f"{key}-form", buttons=buttons or [], file=panel.asks.file)
        self.lists = {}
        for name, one in inputs.items():
            if one.kind in BY_NAME:
                fields = dict.fromkeys(one.parts or ("number", "to"))
                form = Asking(label=one.group or one.title, testid=f"{name}-form", values={"name": "", **fields, "said": -1})
                form.on_msg(guard(partial(self.pressed_list, name)))
                self.lists[name] = form
        self.note, self.notes = "", told([], testid=f"{key}-notes")
        self.show()
        self.form.observe(guard(self._asked), "values")
        self.form.on_msg(guard(self._pressed))

    @property
    def widgets(self) -> list[Widget]:
        """What is on the page."""
        return [*([self.form] if self.plain else []), *self.lists.values(), self.notes]

    def _asked(self, change: Any) -> None:
        """Bring the model up to what a person has entered."""
        values, asking, moved = self.form.values, self.panel.ask(), []
        for name, part in self.parts.items():
            before = part.values(asking, name)
            if changed := {k: values[k] for k, v in before.items() if k in values and values[k] != v}:
                part.take(asking, name, changed)
                moved.append(name)
        for name, one in self.plain.items():
            if name in self.parts:
                continue
            if one.kind == "names":
                value: Any = [n for n in asking.options(name) if values.get(f"{name} {ONE_OF}{n}")]
            elif name in values and (values[name] is not None or one.start is None):
                value = values[name]
                value = int(value) if one.kind == "whole" and value is not None and value == int(value) else value
            else:
                continue
            if value != getattr(asking, name):
                setattr(asking, name, value)
                moved.append(name)
        for name in moved:
            asking.follow(name)
        if moved:
            self.panel.put(asking)

    def _pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        asking = self.panel.ask()
        if content.get("press") == "reset":
            self.panel.reset()
        elif any(part.pressed(asking, name, content) for name, part in self.parts.items()):
            self.panel.put(asking)

    def pressed_list(self, name: str, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """A number for a name is said, or taken back."""
        form, asking = self.lists[name], self.panel.ask()
        one = asking.standing().get(name, self.panel.asks.asked_for()[name])
        said: dict[str, Any] = dict(getattr(self.panel, name))
        values, self.note = form.values, ""
        value: Any = values.get("number") if one.kind == "numbers" else [values.get("number"), values.get("to")]
        if one.kind == "records":
            value = {k: values[k] for k in one.parts if values.get(k) is not None}
        if content.get("press") == "remove" and 0 <= int(content["item"]) < len(said):
            said.pop(list(said)[int(content["item"])])
        elif content.get("press") == "add":
            if values["name"] not in asking.options(name):
                self.note = f"“{values['name']}” is not among what can be chosen for {one.title.lower()}: choose one of the list."
            elif one.kind == "records" and value and (wrong := one.wrong({values["name"]: value})):
                self.note = f"{one.title}: it {wrong}."
            elif (not value if one.kind == "records" else None in (value if one.kind == "ranges" else [value]) or one.wrong({"": value})):
                self.note = f"{one.title}: {one.meaning}."
            else:
                said[values["name"]] = value
        setattr(asking, name, said)
        asking.follow(name)
        self.panel.put(asking)
        self.show()

    def show(self) -> None:
        """Bring the form up to date with the model."""
        panel, asking = self.panel, self.panel.ask()
        standing = asking.standing()
        groups: dict[str, dict[str, Any]] = {}
        values: dict[str, Any] = {}
        for name, declared in self.plain.items():
            if name in self.parts:
                groups |= {g["title"]: g for g in self.parts[name].groups(asking, name)}
                values |= self.parts[name].values(asking, name)
                continue
            one = standing.get(name, declared)
            options = asking.options(name)
            title = one.group or "What is asked"
            group = groups.setdefault(title, {"title": title, "fields": [], **({"folded": True} if one.folded else {})})
            if one.kind == "names":
                group["fields"] += [field(f"{name} {ONE_OF}{n}", "flag", label) for n, label in options.items()]
                values |= {f"{name} {ONE_OF}{n}": n in getattr(panel, name) for n in options}
            else:
                hidden = {"hidden": True} if name not in standing else {}
                group["fields"].append(_field(name, one.but(unit=asking.unit(one)), options, self._title(name, one)) | hidden)
                values[name] = getattr(panel, name)
        with self.form.hold_sync():
            self.form.groups, self.form.values = list(groups.values()), values
            self.form.download = asking.saved() or self.form.download
        for name, form in self.lists.items():
            self._show_list(name, form, asking, standing.get(name))
        tell(self.notes, "", [self.note, *asking.notes()])

    def _title(self, name: str, one: Input) -> str:
        return self.view.words.get(name, one.title)

    def _show_list(self, name: str, form: Asking, asking: Question, one: Input | None) -> None:
        form.layout.display = None if one else "none"
        if one is None:
            return
        said, ranges = getattr(self.panel, name), one.kind == "ranges"
        if one.kind == "records":
            fields = [_field(k, part.but(unit=asking.unit(part)), {}, part.title) for k, part in one.parts.items()]
        else:
            fields = [number("number", "From" if ranges else self._title(name, one), one.unit, step=0.01, help=one.meaning),
                      *([number("to", "To", one.unit, step=0.01)] if ranges else [])]  # fmt: skip
        form.groups = [{"title": one.group or self._title(name, one), "folded": one.folded, "fields": [
            field("name", "name", "Which", options=[[n, label] for n, label in asking.options(name).items()]), *fields,
            field("said", "list", "Said so far" if said else "", items=[f"{visible(n)}: {_said(one, v, asking)}" for n, v in said.items()],
                  remove="Take back", add="Add"),
        ]}]  # fmt: skip


def _said(one: Input, value: Any, asking: Question) -> str:
    """What was said of a name, in words."""
    if one.kind == "records":
        record = one.record(value)
        return ", ".join(f"{part.title[:1].lower()}{part.title[1:]} {_amount(record[k], asking.unit(part))}" for k, part in one.parts.items() if record[k] not in (None, 0))
    if one.kind == "ranges":
        return f"{' to '.join(f'{x:g}' for x in value)} {one.unit}".strip()
    return _amount(value, asking.unit(one))


def _amount(value: Any, unit: str) -> str:
    return f"{value:,.10g} {'a year' if unit == '1/year' else unit}".strip()


def _field(name: str, one: Input, options: Mapping[str, str], title: str) -> dict[str, Any]:
    """The field of an input."""
    listed = [[k, v] for k, v in options.items()]
    if one.kind == "name":
        return field(name, "name", title, options=listed, help=one.meaning)
    if options or one.choices:
        few = one.choices and len(listed) in (2, 3) and all(len(v) <= SHORT for _, v in listed)
        return field(name, "tabs" if few else "choice", title, options=listed, help=one.meaning)
    if one.kind == "flag":
        return field(name, "flag", title, help=one.meaning)
    if one.numeric:
        share, _, per = one.unit.partition("/")
        share = share == "share"
        ends = {"low": one.low if one.low is not None else 0, "high": one.high if one.high is not None else 1e12}
        more = {"unit": f"%/{per}" if per else "%", "factor": 100} if share else {"unit": one.unit}
        if one.step is not None:
            return {**field(name, "number", title, help=one.meaning, step=one.step), **ends, **more}
        step = 1 if one.kind == "whole" else 0.01 if share else 0.1
        return number(name, title, help=one.meaning, step=step, **ends, **more)
    return field(name, "name", title, options=[], help=one.meaning)


class QuestionView(PanelView):
    """The view of the panel of a question: its form, and its answer block by block."""

    def __init__(self, panel: QuestionPanel, guard: Any) -> None:
        view = panel.asks.view("analyst")
        self.blocks = Blocks(guard, panel.key, view.without, view.all_columns, pick=panel.pick)
        self.drawer, self.blocks.source = self.blocks.drawer, panel.desk.source or "no case"
        self.blocks.write = self.write
        super().__init__(panel, guard)

    def inputs(self) -> list[Widget]:
        """The form."""
        self.asking = QuestionForm(self.panel, self.guard)
        self.form, self.lists, self.notes = self.asking.form, self.asking.lists, self.asking.notes
        return self.asking.widgets

    def moved(self) -> None:
        """Bring the form up to date with the model."""
        self.asking.show()

    def write(self, change: Callable[[Case], Case]) -> str:
        """Put a change of the case into its tables: one move, which one undo takes back."""
        desk = self.panel.desk
        if desk.caution:
            return f"{desk.caution} Nothing was written: mend them first."
        rows = journal_of(desk).draft.write(desk.case, change(desk.case))
        where = listed([f"{counted(n, 'row')} of {name.replace('_', ' ')}" for name, n in rows.items()])
        return f"Written: {where}. Undo takes it back; Data shows it, and saves it." if rows else "The tables say that already: nothing was changed."

    def results(self, result: Any) -> list[Widget]:
        """The blocks of the answer."""
        tell = self.panel.asks.view("analyst").tell or self.panel.asks.tell
        answer = tell(result)
        self.blocks.show([*answer.blocks, *more_of(result, answer.case)])
        return [self.blocks.box]
