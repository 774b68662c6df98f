"""Model of the survival app: what is taken out, for how long, and what comes of it, target by target.

No widget is known here.  The results of a stress test are shown as they come, those that
are out longest first; one target may be picked and looked at more closely.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import traitlets as t

from twinkit.apps.kit.job import Job
from twinkit.apps.kit.unhurried import Unhurried
from twinkit.apps.survival_pick import Picked, look_at
from twinkit.study.asked import asked_of, remembered
from twinkit.study.stress import SETTLED, stress_test
from twinkit.study.stress_result import StressTest
from twinkit.study.stress_targets import Target, used_targets
from twinkit.tables import check_case
from twinkit.tables.case import Case

WHAT = {"sites": "Sites", "lanes": "Transport lanes", "countries": "Whole countries", "ports": "Ports"}
"""Kind of target → name on the page."""
WORLDS = 64
"""Worlds of each outage."""
DAYS = 30.0
"""How long something is out where the case does not say [periods]."""


class SurvivalModel(Unhurried, t.HasTraits):
    """The app without its page.

    Parameters
    ----------
    case
        A checked case.
    test
        Makes the stress test; tests put a quicker one in its place.
    look
        Looks at one target more closely; likewise.
    """

    QUIET = 0.3

    what = t.Enum(list(WHAT), "sites", help="what is taken out")
    own_time = t.Bool(True, help="each is out for its own time to recover, else for `days`")
    days = t.Float(DAYS, allow_none=True, help="how long each is out [periods]")
    picked = t.Unicode(help="name of the target that is looked at; empty for none")

    likelihood = t.Dict(help="name of a target → how often it is lost, as a person has said [1/year]")

    test = t.Any(None, allow_none=True, help="StressTest, as far as it has come")
    version = t.Int(0, help="how often `test` has changed")
    detail = t.Any(None, allow_none=True, help="Picked: what was found out about the picked target")
    notes = t.List(t.Unicode(), help="sentences about what is left out")
    answers = t.Unicode(help="what `test` is about, in words, where that is no longer what is asked for; else empty")

    INPUTS = ("what", "own_time", "days")

    def __init__(
        self, case: Case, test: Callable[..., StressTest] = stress_test, look: Callable[..., Picked] = look_at
    ) -> None:
        super().__init__()
        self.case, self._test, self._look = case, test, look
        self.job, self.closer = Job(), Job()
        self.targets: dict[str, list[Target]] = {}
        if not check_case(case):
            self.targets = {kind: found for kind, found in used_targets(case, True).items() if found}
        self._begun, self._answered = 0, ""
        self.reset()
        self.observe(self._outdate, list(self.INPUTS))
        self.observe(lambda change: self.touch(), list(self.INPUTS))
        self.observe(lambda change: self.look(), "picked")
        self.observe(self._weigh, "likelihood")
        self.closer.observe(self._take_detail, "version")

    # --- what is asked for

    def reset(self) -> None:
        """Everything as it was when the page opened."""
        with self.hold_trait_notifications():
            self.what = next(iter(self.targets), "sites")
            self.own_time, self.days, self.picked = self.has_times(self.what), min(DAYS, self.longest), ""
            self.likelihood = {}

    def has_times(self, what: str) -> bool:
        """Whether any target of a kind has a time to recover of its own."""
        return any(self.time_of(target) is not None for target in self.targets.get(what, []))

    def time_of(self, target: Target) -> float | None:
        """Time to recover of a target, of a country the longest of its sites [periods]; None if the case has none."""
        sites = self.case["sites"]
        times = sites.loc[sites["site"].isin(target.sites), "time_to_recover"].dropna()
        return float(times.max()) if len(times) else None

    @property
    def longest(self) -> int:
        """Longest outage that is over before the run ends [periods]."""
        periods, warm = int(self.case.settings["periods"]), int(self.case.settings["warm_up"])
        return periods - max(warm, periods // SETTLED)

    def asked(self) -> tuple[Any, float | None]:
        """Targets and length of the outages, as the stress test takes them; notes say what is left out."""
        targets, notes = self.targets.get(self.what, []), []
        if not self.own_time:
            self.notes = []
            return self.what, np.nan if self.days is None else float(self.days)
        timed = [x for x in targets if self.time_of(x) is not None]
        if len(timed) < len(targets):
            few = len(targets) - len(timed)
            notes = [f"{few} of {len(targets)} {self.what} have no time to recover in the tables and are left out. "
                     "Choose a number of days for all to see them too."]  # fmt: skip
        self.notes = notes
        if len(timed) == len(targets) or self.what == "countries":
            return self.what, None
        return [x.lane if x.lane[0] else x.name for x in timed], None

    def state(self) -> dict[str, Any]:
        """What is asked for, as plain data for the address of the page."""
        found: dict[str, Any] = {"what": self.what, "own_time": self.own_time, "days": self.days}
        more = {"picked": self.picked, "likelihood": dict(self.likelihood)}
        return found | {k: v for k, v in more.items() if v}

    def load_state(self, data: Mapping[str, Any]) -> list[str]:
        """Ask for what an address says; returns sentences about what of it does not fit this case."""
        wrong = []
        with self.hold_trait_notifications():
            what = data.get("what", self.what)
            if what in self.targets:
                self.what = what
            else:
                wrong.append(f"The link asks for {str(what)[:40]!r}, which this case does not have.")
            days = data.get("days", self.days)
            good = isinstance(days, (int, float)) and not isinstance(days, bool) and 0 < days <= self.longest
            if good:
                self.days = float(days)
            else:
                wrong.append(
                    f"The link asks for a length of {str(days)[:20]!r}: it must be above 0 and at most {self.longest}."
                )
            self.own_time = bool(data.get("own_time", True)) and self.has_times(self.what)
            self.picked = self._known(data.get("picked", ""), wrong)
            given = data.get("likelihood", {})
            given = given if isinstance(given, Mapping) else {}
            self.likelihood = {k: float(v) for k, v in given.items() if isinstance(v, (int, float)) and 0 < v <= 365}
        return wrong

    def _known(self, name: Any, wrong: list[str]) -> str:
        if not name or any(target.name == name for target in self.targets.get(self.what, [])):
            return str(name or "")
        wrong.append(f"The link looks at {str(name)[:60]!r}, which is not among the {self.what} of this case.")
        return ""

    def in_words(self) -> str:
        """What is asked for, in words."""
        word = "days" if self.case.settings["period_days"] == 1 else "periods"
        how = "its own time to recover" if self.own_time else "a time that is not said" if self.days is None else f"{self.days:g} {word}"
        return f"{WHAT[self.what].lower()}, each out for {how}"

    # --- what comes of it

    def _outdate(self, change: Any) -> None:
        """Something else is asked for: what is there answers another question, and targets of another kind go at once."""
        self._begun += 1  # what is still running answers the question before
        if self.test is None:
            return
        if change["name"] == "what":
            self.test, self.detail, self.answers = None, None, ""
        else:
            self.answers = "" if self._answered == self.in_words() else self._answered
        self.version += 1

    def _show(self, found: StressTest) -> None:
        """Show what answers the question that is asked now."""
        self.test, self._answered, self.answers = self._with_likelihood(found), self.in_words(), ""

    async def refine(self) -> bool:
        """Test what is asked for; returns whether it came to its end."""
        self._begun += 1
        number, loop = self._begun, asyncio.get_running_loop()
        what, duration = self.asked()
        if self.picked and self._known(self.picked, []) != self.picked:
            self.picked = ""

        def take(found: StressTest) -> None:
            if number == self._begun:
                self._show(found)
                self.version += 1

        self.look()
        finished = await self.job.run(
            self._test, self.case, what, duration=duration, replications=WORLDS,
            so_far=lambda found: loop.call_soon_threadsafe(take, found),
        )  # fmt: skip
        if finished and number == self._begun:
            self._show(self.job.result)
        return finished

    def look(self) -> None:
        """Look at the picked target more closely."""
        self.closer.stop()
        self.detail = None
        target = next((x for x in self.targets.get(self.what, []) if x.name == self.picked), None)
        if target is None:
            return
        periods = self.time_of(target) if self.own_time else self.days
        try:
            self.closer.start(self._look, self.case, target, periods, WORLDS)
        except RuntimeError:
            return  # nobody waits

    def _take_detail(self, change: Any) -> None:
        self.detail = self.closer.result

    def stop(self) -> None:
        """End the test; what is there stays."""
        self.job.stop()

    async def settled(self) -> None:
        """Wait until nothing is left to run."""
        await super().settled()
        await self.job.settled()
        await self.closer.settled()

    def _with_likelihood(self, test: StressTest) -> StressTest:
        """The test with what a person has said about its targets."""
        tested = {knock.target.name for knock in test.knocks}
        said, asked = {k: v for k, v in self.likelihood.items() if k in tested}, asked_of(test)
        if said == test.likelihood:
            return test
        weighed = replace(test, likelihood=said)
        return remembered(weighed, asked.function, **{**asked.arguments, "likelihood": said}) if asked else weighed

    def _weigh(self, change: Any) -> None:
        """Another guess needs no other run."""
        if self.test is not None:
            self.test = self._with_likelihood(self.test)
            self.version += 1

    def rows(self) -> pd.DataFrame:
        """Targets that were tested, the worst first: by what is lost, or, where customers wait, by the days that are missing."""
        if self.test is None:
            return pd.DataFrame()
        rows = self.test.table()
        gap = rows["time_to_recover"] - rows["time_to_survive_timed"]
        rows = rows.assign(gap=gap)
        if self.waits:
            rows = rows.sort_values(["gap", "extra_cost"], ascending=False, kind="stable", ignore_index=True)
        return rows

    @property
    def waits(self) -> bool:
        """Whether customers wait for all that is short, so that no margin is ever lost."""
        return not self.case["markets"]["lost_share"].any()

    @property
    def asked_for(self) -> int:
        """How many targets the test is about."""
        what, _ = self.asked()
        return len(self.targets.get(what, [])) if isinstance(what, str) else len(what)
