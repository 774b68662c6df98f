"""The workbench for analysts: one page for a case, its scenarios and the questions asked of them.

In reading order: `desk` (what all panels look at), `panel` (a question and its study),
`registry` (which panels there are), `code` (Python for what is asked), `store` and
`journal` (what is kept), `panel_view` and `shell` (the page), then a pair of files for
each panel.

``twinkit.workbench`` is this package and can be called: ``twinkit.workbench(case)``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import os

    from ipywidgets import VBox

    from twinkit.tables.case import Case


def workbench(case: Case | str | os.PathLike | None = None, *, panels: Sequence[Any] = (), **options: Any) -> VBox:
    """Open the workbench in a notebook cell or on a page.

    Parameters
    ----------
    case
        A case, a folder of tables, a workbook, or the name of a shipped case; by default
        that of ``TWINKIT_CASE``, else the car maker that comes with twinkit.
    panels
        Further panels: subclasses of :class:`twinkit.workbench.panel.Panel`, or functions
        ``f(case, scenario)`` whose result is shown.
    **options
        ``store``: the file that keeps scenarios and edits; None keeps nothing.
        ``author``: who works here.

    Returns
    -------
    VBox
        The page; of a case with problems, its tables to mend them; of one that cannot be read, why.
    """
    from twinkit.workbench.shell_view import show

    return show(case, panels=panels, **options)


class _Callable(ModuleType):
    """A package that can be called like the function that it is named after."""

    __call__ = staticmethod(workbench)


sys.modules[__name__].__class__ = _Callable
