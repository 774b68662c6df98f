"""Bots: who orders where nobody sits.

A bot is a function of a :class:`Seat`: what the seat has seen and ordered so far.  It keeps
nothing of its own, so a game that goes back has no bot that remembers the future.  It
returns units, or None to let the policy of the table order.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

import numpy as np

from twinkit import rules
from twinkit.tables.problems import is_number
from twinkit.workshop.game import Game, Look

if TYPE_CHECKING:
    from twinkit.chain.plan import Plan
    from twinkit.workshop.exercise import Exercise

PLAYERS_1989 = {"theta": 0.36, "alpha": 0.26, "beta": 0.34, "goal": 17.0}
"""Mean of the parameters fitted to 44 players of the beer game by Sterman (Management Science 35, 1989, table 2)."""


@dataclass(frozen=True)
class Seat:
    """What a bot knows: what a person in the seat could know.

    Attributes
    ----------
    role
        Name of the role.
    looks
        What it has seen, period by period, the present one last.
    orders
        What it has ordered, period by period [units].
    start
        Order that the chain stands still with at the start: the mean demand of the stock [units/period].
    goal
        Stock and supply line that the table aims at, ``order_up_to`` and safety stock [units]; 0 if it names none.
    luck
        Random numbers of this seat in this period, the same whenever they are drawn.
    safety
        Safety stock of the table, what the team bought included [units]; part of `goal` already.
    """

    role: str
    looks: Sequence[Look]
    orders: Sequence[float]
    start: float
    goal: float
    luck: np.random.Generator
    safety: float = 0.0

    @property
    def now(self) -> Look:
        """What is seen now."""
        return self.looks[-1]

    @property
    def position(self) -> float:
        """Inventory position: on hand - backlog + on order [units]."""
        return self.now.net + self.now.on_order

    def forecast(self, smoothing: float) -> float:
        """Exponentially smoothed demand, starting at :attr:`start` [units/period]."""
        level = self.start
        for look in self.looks:
            level = rules.smoothed(level, look.incoming, smoothing)
        return float(level)


def seat_of(game: Game, role: str) -> Seat:
    """The seat of a role as it is now."""
    chain, row = game.chain, game.row(role)
    stocks = chain.plan.net.stocks
    key = [game.seed & 0xFFFFFFFF, zlib.crc32(role.encode()), game.period]
    given, safety = float(stocks["order_up_to"].iloc[row]), float(stocks["safety_stock"].iloc[row])
    return Seat(
        role, [look[role] for look in game.looks], [o.get(role, 0.0) for o in game.moves.orders],
        start_of(chain.plan, row),
        given + safety if np.isfinite(given) else 0.0, np.random.default_rng(key), safety,
    )  # fmt: skip


def start_of(plan: Plan, row: int) -> float:
    """Order that a stock of a chain stands still with at the start: what its table names, or its mean demand [units/period]."""
    given = float(plan.net.stocks["forecast_start"].iloc[row])
    return given if np.isfinite(given) else float(plan.flows.stock[row])


def own_policy(seat: Seat) -> None:
    """What the policy of the table says; in the beer game the benchmark of Sterman (1989)."""
    return None


def base_stock(seat: Seat) -> float:
    """Raise stock on hand and on order to the level of the table, or to what mean demand needs [units]."""
    return max(0.0, (seat.goal or _cover(seat)) - seat.position)


def _cover(seat: Seat) -> float:
    first = seat.looks[0]  # safety stock that was bought is in it from the start
    return first.net + first.on_order + seat.start


def anchoring(theta: float, alpha: float, beta: float, goal: float, noise: float = 0.0) -> Callable[[Seat], float]:
    """A player who anchors on expected demand and adjusts towards a goal (Sterman 1989).

    Parameters
    ----------
    theta
        Weight of the newest demand in expected demand, 0 to 1.
    alpha
        Share of the gap in stock that is ordered at once, 0 to 1.
    beta
        Weight of the supply line, 0 (forgotten) to 1 (counted in full).
    goal
        S′: stock that is aimed at, supply line weighted [units]; safety stock of the table comes on top.
    noise
        Standard deviation of what else moves the hand [units].
    """

    def order(seat: Seat) -> float:
        aim = goal + seat.safety
        units = rules.anchor_and_adjust(seat.forecast(theta), aim, seat.now.net, seat.now.on_order, alpha, beta)
        return max(0.0, float(units) + (seat.luck.normal(0.0, noise) if noise else 0.0))

    return order


def at_random(seat: Seat) -> float:
    """Any number from 0 to twice the mean demand, each as likely [units]."""
    return float(seat.luck.uniform(0.0, 2.0 * seat.start))


def pass_on(seat: Seat) -> float:
    """Order what was asked for [units]."""
    return seat.now.incoming


BOTS: dict[str, Callable[[Seat], float | None]] = {
    "benchmark rule": own_policy,
    "base stock": base_stock,
    "players of 1989": anchoring(**PLAYERS_1989),
    "pass it on": pass_on,
    "random": at_random,
}
"""Bots that come with twinkit, by name."""


def bot_order(game: Game, role: str, bot: Callable[[Seat], float | None]) -> float | None:
    """What a bot orders, as the game takes it: whole units where the case has them, within the limits.

    None lets the chain order: its policy, or a rule of the trainer's own, which wins over a bot.

    Raises
    ------
    BotError
        If the bot raises, or returns what is no number.
    """
    if game.ruled(role):
        return None
    try:
        units: Any = bot(seat_of(game, role))
        if units is None:
            return None
        if not np.isfinite(units := float(units)):
            raise ValueError(f"it returned {units}, and not a number of units or None")
    except Exception as error:  # a bot may be the trainer's own Python: whatever it raises is said
        raise BotError(f"{_where(bot, error)} ({type(error).__name__}: {error})") from error
    units = min(max(0.0, units), game.exercise.most)
    return float(np.floor(units + 0.5)) if game.exercise.whole(role) else units


class BotError(ValueError):
    """A bot failed; says in which line of which file, and how."""


def _where(bot: Callable[[Seat], float | None], error: Exception) -> str:
    """The last line of the bot's own file on the way to an error; the bot's first line where it only returned nonsense."""
    code = getattr(bot, "__code__", None)
    frames = extract_tb(error.__traceback__)
    own = [f for f in frames if code is not None and f.filename == code.co_filename and f.filename != __file__]
    if own:
        return f"in line {own[-1].lineno} of {Path(own[-1].filename).name}"
    if code is not None:
        return f"in the function that begins in line {code.co_firstlineno} of {Path(code.co_filename).name}"
    return f"in line {frames[-1].lineno} of {Path(frames[-1].filename).name}"


def play_bots(game: Game, bots: dict[str, Callable[[Seat], float | None]], until: int | None = None) -> Game:
    """Let bots play a game, role → bot, up to a period (without it); by default to the end."""
    end = game.periods if until is None else until
    while game.period < end:
        game.play({role: bot_order(game, role, bot) for role, bot in bots.items()})
    return game


def warm_up(exercise: Exercise) -> None:
    """Play two periods for nobody: what is compiled on its first use is compiled before anybody waits for it."""
    game = play_bots(Game(exercise), {role.name: at_random for role in exercise.roles}, until=min(2, exercise.periods))
    game.at(game.period)


# --- the adviser beside a seat: a forecast and an order, whose quality the trainer sets


QUALITIES = ("good", "noisy", "wrong in a disruption")
DISCLOSURES = ("nothing", "how it works", "its record")
"""What players are told of the adviser."""


@dataclass(frozen=True)
class Adviser:
    """Settings of the adviser.

    Attributes
    ----------
    quality
        One of :data:`QUALITIES`.
    disclosure
        One of :data:`DISCLOSURES`.
    smoothing
        Weight of the newest demand in its forecast.
    noise
        Standard deviation of a noisy adviser, as a share of the mean demand.
    wrong_from, wrong_until
        First period in which it is wrong, and first in which it is right again.
    """

    quality: str = "good"
    disclosure: str = "nothing"
    smoothing: float = 0.3
    noise: float = 0.5
    wrong_from: int = 0
    wrong_until: int = 0

    def __post_init__(self) -> None:
        if self.quality not in QUALITIES:
            raise ValueError(f"the adviser's quality is {self.quality!r}; it must be one of {', '.join(QUALITIES)}")
        if self.disclosure not in DISCLOSURES:
            raise ValueError(f"its disclosure is {self.disclosure!r}; it must be one of {', '.join(DISCLOSURES)}")
        if not (is_number(self.smoothing, 0, 1) and self.smoothing):
            raise ValueError(f"the adviser's smoothing is {self.smoothing!r}; it must be a number above 0, up to 1")
        if not is_number(self.noise, 0, 10):
            raise ValueError(f"the adviser's noise is {self.noise!r}; it must be a number from 0 to 10")
        for name in ("wrong_from", "wrong_until"):
            if type(getattr(self, name)) is not int:
                raise ValueError(f"{name} is {getattr(self, name)!r}; it must be a whole number, of a period")

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Adviser:
        """An adviser from plain data; what it does not know is refused with a ValueError."""
        known = [f.name for f in fields(cls)]
        if unknown := set(settings) - set(known):
            raise ValueError(f"the adviser has no setting {', '.join(sorted(unknown))}; it has {', '.join(known)}")
        return cls(**settings)

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain data."""
        return asdict(self)

    def wrong(self, period: int) -> bool:
        """Whether it is confidently wrong in a period."""
        return self.quality == "wrong in a disruption" and self.wrong_from <= period < self.wrong_until

    def advise(self, seat: Seat) -> Advice:
        """What it says to a seat now."""
        forecast = seat.forecast(self.smoothing)
        units = self._units(seat, forecast)
        if self.quality == "noisy":
            off = np.random.default_rng(seat.luck.integers(2**32)).normal(0.0, self.noise, 2)
            forecast, units = forecast + off[0] * seat.start, units + off[1] * seat.start
        if self.wrong(seat.now.period):
            units = 0.0 if units > seat.start else 2.0 * max(units, seat.start)
            forecast = 0.5 * forecast if units == 0.0 else 2.0 * forecast
        return Advice(float(np.floor(max(0.0, forecast) + 0.5)), float(np.floor(max(0.0, units) + 0.5)))

    def _units(self, seat: Seat, forecast: float) -> float:
        """Order up to the level of the table, moved with the forecast over the time that an order takes."""
        first = seat.looks[0]
        cover = (first.on_order + seat.start) / seat.start if seat.start > 0 else 0.0
        return (seat.goal or _cover(seat)) + (forecast - seat.start) * cover - seat.position

    def about(self) -> str:
        """What players are told of it."""
        if self.disclosure == "nothing":
            return ""
        return (
            "The adviser smooths what was asked for and orders up to a level that covers it until an order arrives. "
            "It does not know of disruptions."
        )


@dataclass(frozen=True)
class Advice:
    """A forecast of the next demand and an order [units]."""

    forecast: float
    units: float

    def to_dict(self) -> dict[str, float]:
        """The advice as plain data."""
        return asdict(self)
