"""Which panels the workbench has: its own, those of other packages, and plain functions.

A package adds a panel with an entry point of the group ``twinkit.panels`` that names a
subclass of :class:`~twinkit.workbench.panel.Panel`; a notebook with :func:`register`, or
with ``twinkit.workbench(case, panels=[…])``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any, NamedTuple

from twinkit.code import scenario_code
from twinkit.question import Question, question_of, questions
from twinkit.workbench.panel import Panel
from twinkit.workbench.question_panel import panel_of_question


class FunctionPanel(Panel):
    """Runs ``function(case, scenario)`` and shows what it returns: a table, a figure or a text."""

    function: Callable[..., Any]

    def study(self) -> tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]:
        return _alone, (type(self).function, self.desk.case, self.desk.scenario), {}

    def code(self) -> str:
        function = type(self).function
        name, module = function.__name__, function.__module__
        start = "" if module == "__main__" else f"from {module} import {name}\n\n"
        return f"{start}scenario = {scenario_code(self.desk.scenario)}\nresult = {name}(case, scenario)"


def _alone(function: Callable[..., Any], case: Any, scenario: Any, progress: Any = None, cancel: Any = None) -> Any:
    """A function that knows nothing of progress and cancel."""
    return function(case, scenario)


def panel_of_function(function: Callable[..., Any]) -> type[Panel]:
    """A class of panels for a function; its name is the title and its first sentence the question.

    Raises
    ------
    TypeError
        If the function does not take a case and a scenario.
    """
    try:
        inspect.signature(function).bind(None, None)
    except TypeError as error:
        raise TypeError(f"a function as a panel takes a case and a scenario; {function!r} does not: {error}") from None
    name = getattr(function, "__name__", "function")
    told = (inspect.getdoc(function) or "").strip().split("\n\n")[0].replace("\n", " ")
    more = {"key": name, "title": name.replace("_", " ").capitalize(), "question": told}
    return type(f"{name}_panel", (FunctionPanel,), {**more, "function": staticmethod(function)})


# --- which panels there are


GROUP = "twinkit.panels"
ROOM = "twinkit.workbench"
OWN = {
    "data": "Data", "network": "Network", "what_if": "Outcome", "scenarios": "Scenarios", "stress": "How long do we last?",
    "resilience": "Resilience", "explain": "Explain", "advice": "What should we do?", "sensitivity": "Sensitivity",
    "report": "Report",
}  # fmt: skip
"""Key → title of the panels of the workbench, in the order of their tabs.

``twinkit/workbench/<key>_panel.py`` holds the class ``<Key>Panel`` and ``<key>_view.py``
the class ``<Key>View``; where there is none, the panel is made of the question of that key.  A panel
costs nothing before its tab is opened.
"""


class Offer(NamedTuple):
    """A panel that can be opened: what its tab says, and what gives its class."""

    title: str
    load: Callable[[], type[Panel]]


_added: dict[str, type[Panel]] = {}


def register(panel: type[Panel] | Callable[..., Any]) -> type[Panel]:
    """Add a panel to every workbench that is opened from now on.

    Parameters
    ----------
    panel
        A subclass of :class:`~twinkit.workbench.panel.Panel` with a key, a title and a
        question of its own, or a function ``f(case, scenario)``.  May be used as a decorator.

    Raises
    ------
    TypeError
        If it is neither.
    """
    made = panel_class(panel)
    _added[made.key] = made
    return made


def panel_class(panel: Any) -> type[Panel]:
    """The class of a panel that may have been given as a question or a function."""
    if isinstance(panel, type) and issubclass(panel, Question):
        return panel_of_question(panel)
    if isinstance(panel, type) and issubclass(panel, Panel):
        if not (panel.key and panel.title):
            raise TypeError(f"the panel {panel.__name__} needs a key and a title")
        return panel
    if callable(panel):
        return panel_of_function(panel)
    raise TypeError(f"a panel is a subclass of Panel or a function of case and scenario; this is {panel!r}")


@cache
def own_panel(key: str) -> type[Panel]:
    """Class of a panel that comes with the workbench: one of its own, or that of a question."""
    if find_spec(f"{ROOM}.{key}_panel"):
        return getattr(import_module(f"{ROOM}.{key}_panel"), f"{key.capitalize()}Panel")
    return panel_of_question(question_of(key))


def offered(panel: Any) -> dict[str, Offer]:
    """Key → offer of a panel that is given as a class or a function."""
    made = panel_class(panel)
    return {made.key: Offer(made.title, lambda: made)}


def panels() -> dict[str, Offer]:
    """Key → offer of every panel, in the order of the tabs.

    An entry point that cannot be loaded is left out here and named by :func:`failures`.
    """
    found = {k: Offer(title, partial(own_panel, k)) for k, title in OWN.items()}
    found |= {k: Offer(q.title, partial(panel_of_question, q)) for k, q in questions().items() if k not in OWN}
    for made in _added.values():
        found |= offered(made)
    for point in entry_points(group=GROUP):
        try:
            found = {**found, **{k: o for k, o in offered(point.load()).items() if k not in found}}
        except Exception:
            continue
    return found


def failures() -> list[str]:
    """Sentences about entry points that give no panel."""
    said = []
    for point in entry_points(group=GROUP):
        try:
            panel_class(point.load())
        except Exception as error:
            said.append(f"The panel {point.name} of {point.value} is left out: {type(error).__name__}: {error}")
    return said
