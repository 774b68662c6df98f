"""Which page is opened: that of a question that is named, or of the one that the address names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import traitlets as t
from ipywidgets import VBox

from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.page import page_of, whole
from twinkit.apps.kit.parts import Part, script
from twinkit.page.page import QuestionPage
from twinkit.question import Question, question_of, questions
from twinkit.tables import CaseError
from twinkit.tables.case import Case
from twinkit.tables.problems import listed

WHICH = "Say which question: twinkit.page.show({!r}), or another of {}."


class Door(Part):
    """Learns from the browser at which address the page was opened."""

    _esm = script() + (Path(__file__).parent / "door.js").read_text(encoding="utf-8")

    text = t.Unicode(help="what is said while there is no page").tag(sync=True)


def show(question: str | type[Question] | None = None, case: Case | str | os.PathLike | None = None, role: str = "stakeholder") -> VBox:
    """The page of a question.

    Parameters
    ----------
    question
        The question or its key; by default the one that the page's address names.
    case
        A case, or where it is; by default that of ``TWINKIT_CASE``, else the car maker that comes with
        twinkit.
    role
        Whose view it is: "stakeholder" or "analyst".

    Returns
    -------
    VBox
        The page; of a case with problems, the list of them.

    Raises
    ------
    CaseError
        If there is no such question.
    """
    if question is None:
        return page_of(case, lambda found: _waiting(found, role))
    chosen = question_of(question) if isinstance(question, str) else question
    return page_of(case, lambda found: QuestionPage(chosen, found, role).box)


def _waiting(case: Case, role: str) -> VBox:
    """A page that is built once the browser has said which."""
    door, guard = Door(), Guard()
    box = whole(door)

    def opened(widget: Any, content: dict[str, Any], buffers: Any) -> None:
        if "opened" not in content or len(box.children) != 1:
            return
        try:
            page = QuestionPage(question_of(str(content["opened"])), case, role)
        except CaseError:
            known = list(questions())
            door.text = WHICH.format(known[0], listed(known, 40))
            return
        box.children = (door, page.box)

    door.on_msg(guard(opened))
    return box
