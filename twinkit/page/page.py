"""The page of a question: what is asked beside the answer, which follows every change.

The model is that of the workbench's panel; forms and blocks are drawn by the same code.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from pathlib import Path
from typing import Any

import traitlets as t
from ipywidgets import VBox

from twinkit import report
from twinkit.apps.kit.guard import Guard
from twinkit.apps.kit.page import boxed, frame, page_of, title_of_case, whole
from twinkit.apps.kit.parts import Address, Head, Part, Save, script
from twinkit.question import Question, more_of, question_of, questions
from twinkit.report.saving import WRITERS
from twinkit.result import Block, Facts, Heading, Text
from twinkit.tables import CaseError
from twinkit.tables.case import Case, case_fingerprint
from twinkit.tables.problems import listed
from twinkit.words import percent, visible
from twinkit.workbench.blocks import Blocks, CodePart
from twinkit.workbench.desk import Desk
from twinkit.workbench.question_panel import QuestionForm, panel_of_question

BEFORE = "This answers the question from before."
COMING = "A new answer is on its way."
NO_ANSWER = "There is no answer to this."
INTERIM = "Interim answer: the study was not at its end when this was saved, so its figures are less sure than they could be."
REPORTS = {"html": "Report (web page)", "pdf": "Report (PDF)", "pptx": "Slides (PowerPoint)", "xlsx": "Tables (Excel)", "zip": "All of it (zip)"}
"""Ending of the file of a report → what its button says."""
NOTHING_YET = "There is nothing to report yet."
WAITING = "Available once there is an answer."
OUTDATED = "Available once the answer is up to date."
WHICH = "Say which question: twinkit.page.show({!r}), or another of {}."


class QuestionPage:
    """The page of one visitor.

    Parameters
    ----------
    question, case
        What is asked, and of what.
    role
        Whose view it is.

    Attributes
    ----------
    panel, form, blocks, box
        The model; its form; the answer; the widget that shows all.
    """

    QUIET = 0.4
    """Time without a change that is waited for before the study is run again; the link that brought a person here comes within it [s]."""
    BRIEF = 0.06
    """The same of a quick question where changes come thick and fast; the first change waits for nothing [s]."""
    SOON = 1.0
    """Time in which a quick question is answered as a rule: an answer from before is marked if it takes longer [s]."""

    def __init__(self, question: type[Question], case: Case, role: str = "stakeholder") -> None:
        self.guard, view = Guard(), question.view(role)
        self.panel = panel_of_question(question)(Desk(case, source=case.name))
        self.panel.job.on_error = self.guard.report
        self.head = Head(title=title_of_case(case), question=question.asks)
        self.form = QuestionForm(self.panel, self.guard, role, [["reset", "Start again"]])
        self.blocks = Blocks(self.guard, question.key, view.without, view.all_columns, question.key, self.panel.pick)
        self.address = Address(self.arrived, steps=True)
        self.code = CodePart(testid="page-code")
        self.tell = view.tell or question.tell
        stem = re.sub("[^a-z]+", "-", question.title.lower()).strip("-")
        self.save = Save(self._report, offers=[[kind, text, f"{stem}.{kind}"] for kind, text in REPORTS.items()], label="Take it with you:")
        self._waiting: asyncio.Task | None = None
        self._changed = -self.SOON
        self.main = boxed("twd-answer", self.blocks.box)
        self.box = frame([self.head, self.blocks.top], [self.main], self.form.widgets, [self.save, self.address, self.code])
        self._link()
        self.refresh()
        self.touch(0.0 if question.quick else self.QUIET)  # whoever opens a page wants its answer; later changes may wait for a button

    def _link(self) -> None:
        guard, panel, job = self.guard, self.panel, self.panel.job
        panel.observe(guard(self.changed), list(panel.INPUTS))
        job.observe(guard(self.show_answer), "version")
        job.observe(guard(self.refresh), ["running", "problems"])
        job.observe(guard(self.show_progress), ["stopped", "done", "total", "seconds", "partial"])
        self.head.on_msg(guard(self.pressed))
        self.guard.observe(lambda change: self.head.set_trait("failure", change["new"]), "message")

    # --- what people do

    def changed(self, change: Any) -> None:
        """Something else is asked: what is shown answers it no more."""
        self.form.show()
        asks, before = self.panel.asks, self._changed
        self._changed = time.monotonic()
        if asks.live:
            self.touch(self.QUIET if not asks.quick else self.BRIEF if self._changed - before < self.QUIET else 0.0)
        self.refresh()

    def pressed(self, widget: Any, content: dict[str, Any], buffers: Any) -> None:
        """Stop, or go on."""
        if content.get("press") == "run":
            self.panel.job.stop() if self.panel.job.running else self.touch(0.0)

    def arrived(self, state: dict[str, Any]) -> str:
        """A link was opened: ask what it asks; sentences about what of it does not fit."""
        asking = self.panel.asks(self.panel.desk)
        wrong = asking.take(state)
        self.panel.put(asking)
        self.touch(self.QUIET)
        return " ".join(wrong)

    # --- what comes of it

    def touch(self, wait: float) -> None:
        """Work the answer out anew, once things have been quiet for a moment [s]."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # nobody waits; run() may still be called
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = loop.create_task(self._soon(wait))

    async def _soon(self, wait: float) -> None:
        await asyncio.sleep(wait)
        self._waiting = None  # from here on a newer question ends the study, not this task
        with self.guard:
            await self.run()

    async def run(self) -> bool:
        """Work the answer out; whether it came to its end."""
        self.guard.clear()
        self.address.show(self.panel.ask().state())
        if self.panel.blockers:
            self.panel.job.stop()
            return False
        whole = await self.panel.run()
        if whole and self.head.sentences:
            self.head.answered = self._answered()
        return whole

    async def settled(self) -> None:
        """Wait until nothing is left to run or to draw."""
        while self._waiting is not None or self.panel.job.running:
            await asyncio.sleep(0.02)
        await self.blocks.drawer.settled()

    def show_answer(self, change: Any = None) -> None:
        """Show the newest answer, or the newest part of one."""
        answer = self.tell(self.panel.job.result)
        said, rest = lead_of([*answer.blocks, *more_of(self.panel.job.result, answer.case)])
        with self.head.hold_sync():
            self.head.sentences, self.head.version = [visible(s) for s in said], self.panel.job.version
            self.refresh()
        figures = int(bool(rest) and isinstance(rest[0], Facts))  # beside the sentences: on a phone the form comes after them
        self.blocks.show(rest[figures:], rest[:figures])

    def refresh(self, change: Any = None) -> None:
        """Say how far it is, what is wrong, and whether what is shown still answers what is asked."""
        panel, job = self.panel, self.panel.job
        there, stale = job.result is not None, panel.stale and not self._at_once()
        problems = [*panel.blockers, *([] if job.running else job.problems)]
        with self.head.hold_sync():
            self.head.problems, self.head.lead = problems, NO_ANSWER
            self.head.old = stale
            self.head.note = " ".join([BEFORE, *([] if problems else [COMING] if job.running or panel.asks.live else [])]) if stale else ""
            self._stale = stale
            self.show_progress()
        for box in (self.main, self.blocks.top):
            box.add_class("twd-old") if stale else box.remove_class("twd-old")
        self.save.why = "" if there and not stale else OUTDATED if there else WAITING
        self.code.text = "" if panel.blockers else f"{panel.desk.opening()}\n{panel.code()}"

    def _answered(self) -> dict[str, str]:
        """What the landing page says of this answer to who has asked."""
        case, asking = self.panel.desk.case, self.panel.ask()
        return {"case": title_of_case(case), "tables": case.derived(case_fingerprint), "asked": asking.titled() or asking.asks, "said": self.head.sentences[0]}

    def _at_once(self) -> bool:
        """Whether a new answer is on its way that will be there before anybody has read a word: the mark would flicker."""
        soon = self.panel.asks.quick and self._changed + self.SOON - time.monotonic()
        if soon <= 0 or self.panel.blockers or not (self._waiting is not None or self.panel.job.running):
            return False
        asyncio.get_running_loop().call_later(soon, self.guard(self.refresh), None)
        return True

    def show_progress(self, change: Any = None) -> None:
        """Say how far it is, and offer to stop it or to go on."""
        job, stale = self.panel.job, self._stale
        there, blocked = job.result is not None, bool(self.head.problems)
        left = "" if job.seconds is None or job.done < 0.05 * job.total else f", about {max(1, round(job.seconds))} s left"
        share = job.done / job.total if job.total else 0.0
        extent = self.panel.ask().extent(job.result) if there and not stale else ""
        if extent:
            text = extent + (left if job.running else ", stopped" if job.stopped else "")
            button, share = ("Stop" if job.running else "Go on" if job.stopped else ""), share if job.running or job.stopped else 1.0
        elif job.running:
            so_far = "This is what is known so far" if job.partial and not stale else "Working it out"
            text, button = f"{so_far} ({percent(share)} done{left})" if job.total else f"{so_far} …", "Stop"
        elif job.stopped:
            text, button = "Stopped: " + ("this is an interim answer" if job.partial and not stale else "there is no answer yet"), "Go on"
        else:
            text, share = "", 1.0 if there else 0.0
            button = "" if self.panel.asks.live or (there and not stale) else "Work it out"
        why = NO_ANSWER if blocked and not job.running else ""
        self.head.progress = {"share": share, "text": text, "running": job.running, "button": button, "why": why}

    def _report(self, kind: str) -> bytes:
        """A report of what the page shows, as the contents of a file."""
        if (found := self.panel.job.result) is None:
            raise ValueError(NOTHING_YET)
        document = report.report_of(self.panel.asks.reported(found), title=self.panel.ask().titled() or None)
        if note := self._note():
            document.blocks.insert(0, Text(note, "warning"))
        return WRITERS[f".{kind}"](document)

    def _note(self) -> str:
        return INTERIM if self.panel.job.partial else ""


def lead_of(blocks: list[Block]) -> tuple[list[str], list[Block]]:
    """The sentences at the top of an answer, and the rest of it."""
    at = 1 if blocks and isinstance(blocks[0], Heading) else 0
    said = []
    while at < len(blocks) and isinstance(blocks[at], Text):
        said.append(blocks[at].text)
        at += 1
    return (said, blocks[at:]) if said else ([], blocks)


# --- which page is opened: that of a question that is named, or of the one that the address names


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
