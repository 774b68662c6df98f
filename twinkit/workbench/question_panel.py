"""A panel for every question: its form from the inputs, its answer from the blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import traitlets as t
from ipywidgets import Widget

from twinkit.question import Input, Question, pictures_of
from twinkit.workbench.answers import Asking, field, number, tell, told
from twinkit.workbench.blocks import widgets_of
from twinkit.workbench.drawing import Drawer
from twinkit.workbench.panel import Panel
from twinkit.workbench.panel_view import PanelView

BY_NAME = ("numbers", "ranges")
"""Kinds of inputs that have a form of their own: a number or a range for a name."""
ONE_OF = "in "
"""Before a name, in the names of the fields of an input that holds several."""


class QuestionPanel(Panel):
    """The model of the panel of a question; :func:`panel_of_question` makes a class of it for each.

    Attributes
    ----------
    asks
        The question.
    """

    asks: type[Question]

    def ask(self) -> Question:
        """The question as it is asked now."""
        return self.asks(self.desk, **self.state())

    def check(self) -> list[str]:
        return self.ask().problems()

    def study(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        return self.ask().call().run, (), {}

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
    if one.kind in BY_NAME:
        return t.Dict(default_value=dict(start or {}), **more)
    if one.kind == "flag":
        return t.Bool(start, **more)
    if one.numeric:
        return (t.Int if one.kind == "whole" else t.Float)(start, allow_none=start is None, **more)
    return t.Unicode(start or "", **more)


class QuestionView(PanelView):
    """The view of the panel of a question: forms made of its inputs, and its answer block by block."""

    def __init__(self, panel: QuestionPanel, guard: Any) -> None:
        self.drawer = Drawer(guard)
        super().__init__(panel, guard)

    def inputs(self) -> list[Widget]:
        """A form for the plain inputs, and one for each input that holds numbers by name."""
        inputs, key = self.panel.asks.asked_for(), self.panel.key
        self.plain = {k: v for k, v in inputs.items() if v.kind not in BY_NAME}
        self.form = Asking(label="What is asked", testid=f"{key}-form")
        self.form.observe(self.guard(self._asked), "values")
        self.lists = {}
        for name, one in inputs.items():
            if one.kind in BY_NAME:
                form = Asking(label=one.group or one.title, testid=f"{name}-form", values={"name": "", "number": None, "to": None, "said": -1})
                form.on_msg(self.guard(partial(self._pressed_list, name)))
                self.lists[name] = form
        self.note, self.notes = "", told([], testid=f"{key}-notes")
        return [*([self.form] if self.plain else []), *self.lists.values(), self.notes]

    def _asked(self, change: Any) -> None:
        values, panel = self.form.values, self.panel
        with panel.hold_trait_notifications():
            for name, one in self.plain.items():
                if one.kind == "names":
                    setattr(panel, name, [n for n in self._options(name) if values.get(f"{name} {ONE_OF}{n}")])
                elif name in values and (values[name] is not None or one.start is None):
                    value = values[name]
                    setattr(panel, name, int(value) if one.kind == "whole" and value is not None else value)

    def _pressed_list(self, name: str, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        form, one = self.lists[name], self.panel.asks.asked_for()[name]
        said: dict[str, Any] = dict(getattr(self.panel, name))
        values, self.note = form.values, ""
        value = values["number"] if one.kind == "numbers" else [values["number"], values["to"]]
        if content.get("press") == "remove" and 0 <= int(content["item"]) < len(said):
            said.pop(list(said)[int(content["item"])])
        elif content.get("press") == "add":
            if values["name"] not in self._options(name):
                self.note = f"“{values['name']}” is not among what can be chosen for {one.title.lower()}: choose one of the list."
            elif None in (values["number"], values["to"] if one.kind == "ranges" else 0) or one.wrong({"": value}):
                self.note = f"{one.title}: {one.meaning}."
            else:
                said[values["name"]] = value
        setattr(self.panel, name, said)
        self.moved()

    def _options(self, name: str) -> Mapping[str, str]:
        return self.panel.ask().options(name)

    def moved(self) -> None:
        """Bring the forms up to date with the model."""
        panel, asking = self.panel, self.panel.ask()
        groups: dict[str, dict[str, Any]] = {}
        values: dict[str, Any] = {}
        for name, one in self.plain.items():
            options = asking.options(name)
            title = one.group or "What is asked"
            group = groups.setdefault(title, {"title": title, "fields": [], **({"folded": True} if one.folded else {})})
            if one.kind == "names":
                group["fields"] += [field(f"{name} {ONE_OF}{n}", "flag", label) for n, label in options.items()]
                values |= {f"{name} {ONE_OF}{n}": n in getattr(panel, name) for n in options}
            else:
                group["fields"].append(_field(name, one, options))
                values[name] = getattr(panel, name)
        with self.form.hold_sync():
            self.form.groups, self.form.values = list(groups.values()), values
        for name, form in self.lists.items():
            self._show_list(name, form, asking)
        tell(self.notes, "", [self.note, *asking.notes()])

    def _show_list(self, name: str, form: Asking, asking: Question) -> None:
        one, said = asking.asked_for()[name], getattr(self.panel, name)
        unit = "a year" if one.unit == "1/year" else one.unit
        ranges = one.kind == "ranges"
        items = [f"{n}: {' to '.join(f'{x:g}' for x in v) if ranges else f'{v:g}'} {unit}".strip() for n, v in said.items()]
        form.groups = [{"title": one.group or one.title, "folded": one.folded, "fields": [
            field("name", "name", "Which", options=[[n, label] for n, label in asking.options(name).items()]),
            number("number", "From" if ranges else one.title, one.unit, step=0.01, help=one.meaning),
            *([number("to", "To", one.unit, step=0.01)] if ranges else []),
            field("said", "list", "Said so far", items=items, remove="Take back", add="Say it"),
        ]}]  # fmt: skip

    def results(self, result: Any) -> list[Widget]:
        """The blocks of the answer."""
        self.drawer.clear()
        found = widgets_of([*self.panel.asks.tell(result).blocks, *pictures_of(result)], self.drawer, self.panel.key)
        self.drawer.start()
        return found


def _field(name: str, one: Input, options: Mapping[str, str]) -> dict[str, Any]:
    """The field of an input."""
    if options or one.choices:
        return field(name, "choice", one.title, options=[[k, v] for k, v in options.items()], help=one.meaning)
    if one.kind == "flag":
        return field(name, "flag", one.title, help=one.meaning)
    if one.numeric:
        share = one.unit == "share"
        ends = {"low": one.low if one.low is not None else 0, "high": one.high if one.high is not None else 1e12}
        step = 1 if one.kind == "whole" else 0.01 if share else 0.1
        more = {"unit": "%", "factor": 100} if share else {"unit": one.unit}
        return number(name, one.title, help=one.meaning, step=step, **ends, **more)
    return field(name, "name", one.title, options=[], help=one.meaning)
