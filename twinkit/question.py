"""A question is declared once; everything that a person meets is a door to it.

A subclass of :class:`Question` says what it asks for (:class:`Input`, a column: unit, range,
start, choices, meaning), which function answers it, and what the answer is made of
(:mod:`twinkit.result`).  The page, the panel of the workbench, ``twinkit ask``, the program to
copy, the report and what a notebook shows are made from that; see docs/architecture.md.

    @register
    class Doubled(Question):
        key, title, asks = "doubled", "More demand", "What happens if demand grows?"
        growth = Input("times the usual", "how much more is asked for", start=2.0, low=1.0, high=5.0)

        def call(self):
            return Call(grown, case=self.ground.case, growth=self.growth)
"""

from __future__ import annotations

import copy
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import Any, ClassVar, Protocol

from twinkit import rooms
from twinkit.code import Applied, call, literal
from twinkit.columns import Column, columns_of
from twinkit.input import SEVERAL, Input
from twinkit.result import Answer, Block, Heading, Picture, Text
from twinkit.run.engines import part_of
from twinkit.run.scenario import Scenario
from twinkit.study.asked import asked_of, cases_of
from twinkit.tables import CaseError
from twinkit.tables.case import Case
from twinkit.tables.problems import Problem, did_you_mean, listed, quote, shown

ROOM = "twinkit.questions"
"""Package whose modules hold the questions that come with twinkit, each named after its key."""
GROUP = "twinkit.questions"
"""Entry points by which other packages add questions."""
FIRST_WORLDS = 16
"""Worlds of the first answer of a study that grows; every further one has four times as many."""
GROUPS = ("What may happen", "What to do", "How sure it is", "How the chain works", "For analysts")
"""Headings that questions are listed under, in this order; a question may bring another one."""


class Ground(Protocol):
    """What a question is asked of; a workbench's desk is one."""

    case: Case
    scenario: Scenario
    scenarios: Mapping[str, Scenario]
    replications: int
    seed: int


class Plain:
    """A ground without a desk: for the command line and for notebooks.

    Parameters
    ----------
    case, scenario
        What is looked at; by default nothing happens and no lever is moved.
    replications, seed
        By default what the case says.
    """

    def __init__(
        self, case: Case, scenario: Scenario | None = None, replications: int | None = None, seed: int | None = None
    ) -> None:
        self.case, self.scenario = case, scenario or Scenario("as it is")
        self.scenarios = {self.scenario.name: self.scenario}
        self.replications = int(case.settings["replications"] if replications is None else replications)
        self.seed = int(case.settings["seed"] if seed is None else seed)


class Call:
    """A study and its arguments by name; those that are None are left out.

    Parameters
    ----------
    function
        A public function of twinkit, which takes `progress` and `cancel`.
    **arguments
        What it is given.
    """

    def __init__(self, function: Callable[..., Any], **arguments: Any) -> None:
        self.function = function
        self.arguments = {k: v for k, v in arguments.items() if v is not None}
        self._grows = ""
        self._partly: Callable[..., Iterator[Any]] | None = None

    def growing(self, worlds: str) -> Call:
        """The same call, whose answer comes in more and more worlds: `worlds` is the argument that says how many."""
        self._grows = worlds
        return self

    def partly(self, function: Callable[..., Iterator[Any]]) -> Call:
        """The same call, whose answer comes in parts.

        Parameters
        ----------
        function
            Takes what the study takes, and yields better and better results; the last one is what the
            study gives.
        """
        self._partly = function
        return self

    def run(self, **more: Any) -> Any:
        """What the function gives; `more` are arguments that change no number (progress, cancel)."""
        return self.function(**self._given(), **more)

    def parts(self, progress: Callable[[int, int], None] | None = None, **more: Any) -> Iterator[Any]:
        """Better and better answers, each a whole result; the last one is what :meth:`run` gives.

        Parameters
        ----------
        progress, **more
            As for any study.
        """
        given = self._given()
        if self._partly is not None:
            yield from self._partly(**given, progress=progress, **more)
            return
        steps = worlds_of(int(given[self._grows])) if self._grows else [1]
        before, total = 0, sum(steps)
        for worlds in steps:
            tell = part_of(progress, before / total, worlds / total)
            yield self.function(**(given | ({self._grows: worlds} if self._grows else {})), progress=tell, **more)
            before += worlds

    def _given(self) -> dict[str, Any]:
        return {k: v.scenario.apply(v.case) if isinstance(v, Applied) else v for k, v in self.arguments.items()}

    def code(self) -> str:
        """Python that runs it; ``case`` must be there."""
        function = self.function
        own = function.__module__.split(".")[0] != "twinkit"
        name = function.__name__ if own else f"twinkit.{function.__name__}"
        start = f"from {function.__module__} import {name}\n\n" if own and function.__module__ != "__main__" else ""
        return f"{start}result = {call(name, *(f'{k}={literal(v, 4)}' for k, v in self.arguments.items()))}"


def worlds_of(most: int) -> list[int]:
    """In how many worlds an answer is worked out, one after the other: from :data:`FIRST_WORLDS` to all.

    Examples
    --------
    >>> worlds_of(256), worlds_of(10)
    ([16, 64, 256], [10])
    """
    found = [most]
    while found[0] >= 4 * FIRST_WORLDS:
        found.insert(0, found[0] // 4)
    return found


@dataclass(frozen=True)
class View:
    """What a role sees of a question, and in which words.

    Attributes
    ----------
    inputs
        Names of the inputs that it sees, in their order; None for all.
    without
        Sections and names of tables and pictures that it does not see.
    words
        Input → what it is called instead of its title.
    all_columns
        Whether tables have the columns that a page leaves out.
    tell
        What tells a result to this role, where that is not what tells it to all.
    """

    inputs: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    all_columns: bool = False
    tell: Callable[[Any], Answer] | None = None


class Question:
    """What is asked, declared once.

    A subclass declares its inputs as class attributes and gives :meth:`call`; :meth:`tell` says what an
    answer is made of where the result has none of its own.  An object of it is one asking: its inputs
    hold what a person wants to know.

    Attributes
    ----------
    key, title, asks
        Name in addresses and on the command line; heading; the question as a sentence.
    group, audience, order
        Heading that it is listed under; whom it is for; place among the questions of its group.
    live
        Whether a page works the answer out at every change; else a person presses a button.
    quick
        Whether the first answer comes so soon that a page asks at once, without waiting for a pause.
    file
        Name of the file that :meth:`saved` is saved in; "" for none.
    views
        Role → what it sees, where that is not all: "stakeholder" is the page, "analyst" the panel.
    kinds
        Kinds of the results that :meth:`tell` tells.
    needs
        Pairs of a package and the extra of twinkit that brings it, for what is not always installed.
    filled
        Table that it needs → the sentence that is said where it has no rows.
    ground
        What it is asked of.
    """

    key: ClassVar[str] = ""
    title: ClassVar[str] = ""
    asks: ClassVar[str] = ""
    live: ClassVar[bool] = True
    quick: ClassVar[bool] = False
    file: ClassVar[str] = ""
    group: ClassVar[str] = GROUPS[3]
    audience: ClassVar[str] = ""
    order: ClassVar[int] = 100
    views: ClassVar[Mapping[str, View]] = {}
    kinds: ClassVar[tuple[type, ...]] = ()
    needs: ClassVar[tuple[tuple[str, str], ...]] = ()
    filled: ClassVar[Mapping[str, str]] = {}

    def __init__(self, ground: Ground, **values: Any) -> None:
        self.ground = ground
        self._values = {name: copy.copy(one.start) for name, one in self.asked_for().items()}
        self._begun = copy.copy(self._values)
        for name, value in self.begins().items():
            self._values[name], self._begun[name] = value, copy.copy(value)
        for name in values:
            if name not in self._values:
                hint = did_you_mean(name, list(self._values), f"It asks for {listed(list(self._values), 20) or 'nothing'}.")
                raise CaseError([Problem(self.key, None, "input", name, "is nothing that this question asks for", hint)])
        self._give(values)

    def _give(self, values: Mapping[str, Any]) -> None:
        """Ask for these; what follows them and is not among them follows."""
        self._values |= values
        if len(values) < len(self._values):
            for name, value in values.items():
                if not _undeclared(self.asked_for()[name], value):
                    self.follow(name)
            self._values |= values

    def read(self, column: Column) -> Any:
        """What is asked for; see :class:`~twinkit.columns.View`."""
        return self._values[column.name]

    def write(self, column: Column, value: Any) -> None:
        """Ask for something else."""
        self._values[column.name] = value

    @classmethod
    def asked_for(cls) -> dict[str, Input]:
        """What it asks for, by name."""
        return {name: one for name, one in columns_of(cls).items() if isinstance(one, Input)}

    @classmethod
    def view(cls, role: str) -> View:
        """What a role sees."""
        return cls.views.get(role) or View(all_columns=role == "analyst")

    # --- for a subclass

    def begins(self) -> dict[str, Any]:
        """What it begins with in this case, where that is not what its declaration says."""
        return {}

    def follow(self, name: str) -> None:
        """A person has changed an input: change those that follow it."""

    def standing(self) -> dict[str, Input]:
        """What it asks for as things stand: an input that means nothing now is left out, ranges follow the others."""
        return self.asked_for()

    def call(self) -> Call:
        """The study that answers it."""
        raise NotImplementedError

    def options(self, name: str) -> dict[str, str]:
        """Names that an input may hold → what they are called; by default the choices of its declaration."""
        return self.asked_for()[name].words

    def check(self) -> list[str]:
        """Sentences about what cannot be, beyond what the declarations of the inputs say: by default tables that are not filled."""
        return [sentence for table, sentence in self.filled.items() if self.ground.case[table].empty]

    def notes(self) -> list[str]:
        """Sentences about what will be run."""
        return []

    def titled(self) -> str:
        """Title of a report of the answer; "" for that of the answer."""
        return ""

    def saved(self) -> str:
        """What is asked for as the text of a file that may be opened elsewhere; "" while that cannot be said."""
        return ""

    def extent(self, result: Any) -> str:
        """How much an answer rests on, for the line of the progress: "64 of 256 worlds"; "" if there is nothing to say."""
        return ""

    def unit(self, one: Input) -> str:
        """Unit of an input in the words of the case: its currency for "money"."""
        return one.unit.replace("money", self.ground.case.settings["currency"])

    @classmethod
    def tell(cls, result: Any) -> Answer:
        """What an answer is made of."""
        raise NotImplementedError

    @classmethod
    def reported(cls, result: Any) -> Any:
        """What of a result, that may not be at its end, a report tells."""
        return result

    @classmethod
    def tells(cls, result: Any) -> bool:
        """Whether :meth:`tell` tells a result; by default whether it is of one of its `kinds`."""
        return bool(cls.kinds) and isinstance(result, cls.kinds)

    # --- what follows from it

    def problems(self) -> list[str]:
        """Sentences that say why it cannot be asked; all at once."""
        found = [f'{package} is not installed, and this needs it: pip install "twinkit[{extra}]", then open the page again.'
                 for package, extra in self.needs if not find_spec(package)]  # fmt: skip
        declared = [sentence for name, one in self.standing().items() for sentence in _undeclared(one, self._values[name])]
        return [*found, *(declared or [*self.misnamed(), *self.check()])]

    def misnamed(self) -> list[str]:
        """Sentences about names that are not on offer."""
        return [sentence for name, one in self.standing().items() for sentence in self._misnamed(name, one, self._values[name])]

    def _misnamed(self, name: str, one: Input, value: Any) -> list[str]:
        if value is None:
            return []
        if one.choices or (one.numeric and one.kind not in SEVERAL) or one.kind in ("flag", "date"):
            return []
        options = self.options(name)
        named = list(value) if one.kind in SEVERAL else [value]
        known = [n for n in options if n]
        return [f"{one.title}: there is no {quote(n)} in this case. {did_you_mean(n, known, f'Choose of {listed(known, 12)}.')}"
                for n in named if n not in options] if options else []  # fmt: skip

    def state(self) -> dict[str, Any]:
        """What is asked for, where that is not what it begins with: plain data for a link."""
        standing = self.standing()
        found = {k: v for k, v in self._values.items() if k in standing and v != self._begun[k]}
        if found and type(self).follow is not Question.follow:  # what has followed and was changed back is said, too
            again = type(self)(self.ground, **found)
            found |= {k: v for k, v in self._values.items() if k in standing and v != again.read(self.asked_for()[k])}
        return found

    def take(self, state: Mapping[str, Any]) -> list[str]:
        """Ask for what a link says.

        Returns
        -------
        list of str
            Sentences about what of it does not fit; that stays as it was.
        """
        wrong, inputs, taken = [], self.asked_for(), dict[str, Any]()
        for name in sorted(state, key=lambda n: list(inputs).index(n) if n in inputs else -1):
            value = state[name]
            if name not in inputs:
                wrong.append(f"The link asks for {shown(name)[:80]}, which is nothing that this page asks for.")
            elif said := _undeclared(one := self.standing().get(name, inputs[name]), value) or self._misnamed(name, one, value):
                wrong.append(f"The link does not fit this case: {said[0]}")
            else:
                self._values[name] = taken[name] = copy.copy(value)
        self._give(taken)
        return wrong

    def run(self, **more: Any) -> Any:
        """Ask it.

        Parameters
        ----------
        **more
            progress and cancel, as for any study.

        Raises
        ------
        CaseError
            If it cannot be asked; all reasons at once.
        """
        if wrong := self.problems():
            raise CaseError([Problem(self.key, None, "", "", sentence) for sentence in wrong])
        return self.call().run(**more)

    def parts(self, **more: Any) -> Iterator[Any]:
        """Better and better answers; see :meth:`Call.parts`."""
        return self.call().parts(**more)

    def code(self) -> str:
        """Python that asks it, as the variable ``result``; ``case`` must be there."""
        return self.call().code()


def _undeclared(one: Input, value: Any) -> list[str]:
    """Why an input cannot have a value, by its declaration alone."""
    says = one.wrong(value) if one.fits(value) else f"must be {one.allowed}"
    return [f"{one.title} is {shown(value)}: it {says}."] if says else []


# --- which questions there are

_added: dict[str, type[Question]] = {}


def register(question: type[Question]) -> type[Question]:
    """Add a question to every door that is opened from now on; may be used as a decorator.

    Raises
    ------
    TypeError
        If it is no :class:`Question` with a key, a title and what it asks.
    """
    if not (isinstance(question, type) and issubclass(question, Question)):
        raise TypeError(f"a question is a subclass of Question; this is {question!r}")
    if not (question.key.isidentifier() and question.title and question.asks):
        raise TypeError(f"the question {question.__name__} needs a key (a word), a title and what it asks")
    _added[question.key] = question
    return question


@cache
def _shipped() -> tuple[str, ...]:
    """Modules of the room of questions; each registers what it declares."""
    return tuple(m.name for m in pkgutil.iter_modules(import_module(ROOM).__path__))


def questions() -> dict[str, type[Question]]:
    """Key → question, of this package, of other packages and of this session."""
    rooms.load()
    for name in _shipped():
        import_module(f"{ROOM}.{name}")
    for point in entry_points(group=GROUP):
        register(point.load())
    return dict(_added)


def in_groups() -> dict[str, list[type[Question]]]:
    """Heading → its questions, in the order in which they are listed."""
    found: dict[str, list[type[Question]]] = {name: [] for name in GROUPS}
    for one in sorted(questions().values(), key=lambda q: (q.order, q.title)):
        found.setdefault(one.group, []).append(one)
    return {name: listed_there for name, listed_there in found.items() if listed_there}


def question_of(key: str) -> type[Question]:
    """The question of a name.

    Raises
    ------
    CaseError
        If there is none.
    """
    if key not in _added and key in _shipped():
        import_module(f"{ROOM}.{key}")
    if key in _added:
        return _added[key]
    known = questions()
    if key not in known:
        hint = did_you_mean(key, list(known), f"Questions: {listed(list(known), 40)}.")
        raise CaseError([Problem("ask", None, "question", key, "is no question", hint)])
    return known[key]


def teller_of(result: Any) -> Callable[[Any], Answer] | None:
    """What tells a result: the question whose kind it is; None if there is none."""
    return next((q.tell for q in questions().values() if q.tells(result)), None)


def more_of(result: Any, case: Case | None) -> list[Block]:
    """What stands in every answer besides: figures that rooms add to its kind of result, and whose rules took part."""
    found: list[Block] = [Picture(partial(one.draw, result), name=one.name, caption=one.caption)
                          for one in rooms.FIGURES.values() if isinstance(result, one.kind)]  # fmt: skip
    case = next(iter(cases_of(asked_of(result)) or cases_of(result)), case)
    own = rooms.own_of(case) if case is not None else {}
    told = [Text(f"{listed([quote(n) for n in names], 12)} of {file} (SHA-256 {digest} …).") for (file, digest), names in own.items()]
    return [*found, *([Heading("Rules of one's own took part"), *told] if told else [])]
