"""How the pages of the apps are laid out, and the case that they open."""

from __future__ import annotations

import html
import os
from collections.abc import Callable
from typing import Any

from IPython.display import display
from ipywidgets import Box, VBox

from twinkit.apps.kit.parts import Head
from twinkit.apps.kit.visit import served_case
from twinkit.content import find_case
from twinkit.tables import CaseError, read_case
from twinkit.tables.case import Case


def boxed(name: str, *children: Any) -> Box:
    """A box of the page with a class of its own."""
    box = Box(children)
    box.add_class(name)
    return box


def column(area: str, children: list[Any]) -> VBox:
    """Widgets one below the other, in an area of the page's grid."""
    box = VBox(children)
    box.add_class(f"twd-{area}")
    return box


def row(*children: Any) -> Box:
    """Widgets side by side, as many as the page has room for."""
    return boxed("twd-row", *children)


def frame(head: list[Any], main: list[Any], side: list[Any] | None = None, foot: list[Any] | None = None) -> VBox:
    """The page of an app.

    Parameters
    ----------
    head
        What is read first.
    main
        What is looked at; one below the other.
    side
        Inputs, beside the rest on a wide page and between head and main on a phone.
    foot
        What comes last: saving, sources.
    """
    parts = [column("head", head), *([column("side", side)] if side else []), column("main", main)]
    if foot:
        parts.append(column("foot", foot))
    page = boxed("twd-page" if side else "twd-plain", *parts)
    return whole(page)


ASLEEP = (
    "This is a page of twinkit, and it lives only while its kernel runs. To open it, run this cell again: Shift+Enter, "
    "or Run all cells."
)
"""What a saved notebook shows in the place of a page."""


ASLEEP_TOO = f"""<style>
@keyframes twd-wake {{ from {{ opacity: 0 }} to {{ opacity: 1 }} }}
.twd-asleep {{ animation: twd-wake 0.2s 4s both }}
.jp-OutputArea:has(.twd) .twd-asleep {{ display: none }}
.jp-OutputArea:has(.twd-asleep):not(:has(.twd)) .jp-OutputArea-output.jupyter-widgets {{ display: none }}
</style><p class="twd-asleep">{html.escape(ASLEEP)}</p>"""
"""The same as an output before that of the page: Jupyter shows it while the page is not drawn, in the place of "model not found"."""


class Whole(VBox):
    """The box of a page; where there is no kernel to draw it, words say what to do."""

    def _ipython_display_(self) -> None:
        bundle = self._repr_mimebundle_()
        if "VOILA_PREHEAT" not in os.environ:  # a page that is served is never opened without its kernel
            display({"text/html": ASLEEP_TOO, "text/plain": ASLEEP}, raw=True)
            bundle = {**{k: v for k, v in bundle.items() if k != "text/html"}, "text/plain": ""}
        display(bundle, raw=True)

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(**options) or {}
        return {**bundle, "text/plain": ASLEEP, "text/html": f"<p>{html.escape(ASLEEP)}</p>"}


def whole(*children: Any) -> VBox:
    """The outermost box of a page: everything of the kit is measured against it."""
    box = Whole(children)
    box.add_class("twd")
    return box


def problem_page(name: str, problems: list[str]) -> VBox:
    """A page that says what is wrong with a case."""
    return whole(Head(title=name, problems=problems, lead="This case cannot be used yet. Please mend its tables:"))


def page_of(case: Case | str | os.PathLike | None, build: Callable[[Case], VBox]) -> VBox:
    """The page for a case.

    Parameters
    ----------
    case
        A case, or where it is; by default that of ``TWINKIT_CASE``, else the car maker
        that comes with twinkit.
    build
        Makes the page of a case that can be read.

    Returns
    -------
    VBox
        The page; of a case with problems, the list of them.
    """
    if not isinstance(case, Case):
        name = case or ""
        try:
            name = name or served_case()
            case = read_case(find_case(name))
        except CaseError as error:
            return problem_page(str(name), [p.sentence for p in error.problems])
        except FileNotFoundError as error:
            return problem_page(str(name), [str(error)])
    return build(case)


def title_of_case(case: Case) -> str:
    """What a case is called on a page."""
    return str(case.settings["title"] or case.name)
