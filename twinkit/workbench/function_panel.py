"""A panel made of a plain function of a case and a scenario."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from twinkit.code import scenario_code
from twinkit.workbench.panel import Panel


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
