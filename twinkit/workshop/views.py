"""What each page may know, as plain data: nothing that a person must not see leaves the server."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from typing import Any

from twinkit.chain.plan import plan_of
from twinkit.events.kinds import KINDS, has_length, has_severity, is_time, targets_of
from twinkit.levers.levers import Lever
from twinkit.words import counted
from twinkit.workshop.exercise import DEMANDS, Exercise, Role, demand_words
from twinkit.workshop.game import MAKE_GOOD, NOBODY, Look, bought_plan
from twinkit.workshop.joining import TEMPLATES
from twinkit.workshop.session import Session
from twinkit.workshop.state import APART, MEASURES, PACES, Fork, Player, State, Team


def door_view(session: Session) -> dict[str, Any]:
    """What somebody with the join code sees: the exercise, and which seats are free."""
    s = session.state
    return {
        **_game_of(s), "story": s.exercise.story, "open": s.phase != "closed", "more teams": s.first == 0,
        "roles": [{"name": r.name, "task": r.task} for r in s.exercise.roles],
        "teams": [
            {"name": t.name, "seats": [{"role": r.name, "taken": not s.shared and s.at(t.name, r.name) is not None} for r in s.exercise.roles]}
            for t in s.teams.values()
        ],
    }  # fmt: skip


def player_view(session: Session, player: Player) -> dict[str, Any]:
    """What a player sees: the own board, and what the trainer lets players see."""
    s = session.state
    team = s.teams[player.team]
    game, role = team.game, s.exercise.role(player.role)
    move, seat = team.pending.get(player.role, {}).get(player.number), s.sitting(player.team, player.role)
    told = s.exercise.told.get(team.period)
    shown = {
        **_game_of(s, team), "name": player.name, "team": team.name, "role": role.name, "task": role.task,
        "story": s.exercise.story, "takes": how_long(s.exercise, role), "board": _boards(s, team, [role.name])[role.name],
        "order": move.units if move else None, "told": told, "most": s.exercise.most,
        "whole": s.exercise.whole(role.name), "cost": game.costs()[role.name],
        "ready": {r.name: told is not None or all(p.number in team.pending.get(r.name, {}) for p in s.sitting(team.name, r.name)) for r in s.exercise.roles},
        "coming": [[period, round(units, 6)] for period, units in game.coming.get(role.name, {}).items() if not game.over],
        "rates": _rates(s.exercise, role), "message": _said(s, team.name),
        "first": team.period <= min((t for t in range(s.periods) if t not in s.exercise.told), default=0),
        "mates": {r.name: ", ".join(p.name for p in s.sitting(team.name, r.name)) or "bot" for r in s.exercise.roles},
    }  # fmt: skip
    if len(seat) > 1 and told is None:
        votes = team.pending.get(role.name, {})
        shown["votes"] = [[p.name, votes[p.number].units if p.number in votes else None] for p in seat if p.number != player.number]
        shown["agreed"] = agreed.units if (agreed := team.move(role.name)) else None
    if s.phase == "running" and s.plays(team) and (advice := session.advice(team.name, role.name)):
        shown["advice"] = {**advice, "about": s.adviser.about(), "record": _record(s, team, role.name)}
    if team.own and (team.period - 1) not in s.exercise.told and role.name not in team.own[-1]:
        shown["missed"] = shown["board"]["ordered"][-1]
    if s.exercise.measures and team.period == 0:
        shown["measures"] = _measures(s, team)
    if s.may_guess(role.name):
        shown["guess"] = {"drawn": s.guesses.get(player.number), "high": _height(shown["board"]["incoming"])}
    return shown | _sights(s, team, role.name)


def _rates(exercise: Exercise, role: Role) -> dict[str, float]:
    """What a unit of a seat's stock, and one that it owes, cost in a period [money]."""
    stocks = exercise.case["stocks"]
    row = stocks[(stocks["site"] == role.site) & (stocks["product"] == role.product)].iloc[0]
    return {"in stock": float(row["holding_cost"]), "owed": float(row["backlog_cost"])}


def _said(s: State, team: str) -> str:
    """The trainer's word to a team."""
    found = s.message_to(team)
    when = "" if s.pace == APART else f" ({s.exercise.word} {found[0] + 1})" if found else ""
    return f"From the trainer{when}: {found[1]}" if found else ""


def _height(seen: list[float]) -> float:
    """Up to where a player can draw [units]: what was asked of the seat, and some room."""
    return float(10 * max(1, math.ceil(1.2 * max(seen, default=0.0) / 10)))


def _sights(s: State, team: Team, role: str) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    if "customer demand" in s.sees:
        first = s.exercise.roles[0].name
        shown["customer demand"] = [look[first].incoming for look in _looks(s, team)]
    if "whole chain" in s.sees:
        shown["chain"] = _boards(s, team, [r.name for r in s.exercise.roles if r.name != role])
    if "costs of others" in s.sees:
        shown["costs"] = team.game.costs()
        shown["teams"], shown["compared"] = _costs_of(s), _compared(s)
    return shown


def _costs_of(s: State) -> dict[str, float]:
    """Cost of every team, as far as all have played."""
    return {t.name: t.cost_at(s.period) for t in s.teams.values()}


def _compared(s: State) -> str:
    """Up to when costs are compared, where teams stand in different periods."""
    return f"after {counted(s.period, s.exercise.word)}, which all teams have played" if s.first > s.period else ""


def _game_of(s: State, team: Team | None = None) -> dict[str, Any]:
    """What all may know, of the period of a team or of all; how long the game lasts only when it is over, for who knows the end empties the stock."""
    e, over, period = s.exercise, s.period >= s.periods, team.period if team else s.period
    return {
        "title": e.title, "word": e.word, "phase": s.phase, "period": period, "over": period >= s.periods, "ended": over, **({} if team else {"farthest": s.first, "apart": s.pace == APART}),
        "turn": f"{s.turn}.{team.turn}" if team else s.turn, "waits": bool(team) and s.phase == "running" and period < s.periods and not s.plays(team),
        "currency": e.case.settings["currency"], "pace": s.pace, **({"periods": s.periods} if over else {}),
    }  # fmt: skip


def how_long(exercise: Exercise, role: Role) -> str:
    """How long an order of a seat takes, from the tables; "" if nothing is known of it."""
    case, word = exercise.case, exercise.word
    unlimited = {(r.site, r.product) for r in case["stocks"].itertuples() if r.policy == "unlimited"}
    ways = [w for w in case["lanes"].itertuples() if (w.destination, w.product) == (role.site, role.product)]
    said = []
    for way in ways:
        start = f"An order to {way.origin}" if len(ways) > 1 else "An order"
        mail = (
            f"is in the mail for {counted(way.information_delay, word)}"
            if way.information_delay
            else "is read at once"
        )
        about = "" if way.lead_time_kind == "fixed" else "about "
        road = (
            f"then {about}{counted(way.lead_time, word)} on the road"
            if way.lead_time
            else "and the goods come at once"
        )
        stock = "" if (way.origin, way.product) in unlimited else ", if the supplier has stock"
        said.append(f"{start} {mail}, {road}{stock}.")
    for made in case["recipes"].itertuples():
        if (made.site, made.product) == (role.site, role.product) and made.lead_time:
            said.append(
                f"What is made at {made.site} takes {counted(made.lead_time, word)}, if the material is there."
            )
    return " ".join(said)


def _looks(s: State, team: Team) -> list[dict[str, Look]]:
    """What the seats of a team saw; after the end, no period that is not played any more."""
    ended = s.phase == "closed" or team.period >= s.periods
    return team.game.looks[: max(1, team.period)] if ended else team.game.looks


def _boards(s: State, team: Team, roles: Iterable[str]) -> dict[str, dict[str, list[float]]]:
    """What roles have seen and ordered, series by series."""
    game, boards = team.game, {}
    labels, ordered = game.chain.labels("stocks.ordered"), game.chain.history("stocks.ordered")
    for name in roles:
        role, looks = game.exercise.role(name), [look[name] for look in _looks(s, team)]
        series = ("on_hand", "backlog", "received", "incoming", "on_order", "cost")
        boards[name] = {column: [round(getattr(look, column), 6) for look in looks] for column in series}
        row = labels.index(f"{role.site} | {role.product}")
        boards[name]["ordered"] = [round(float(x), 6) for x in ordered[row, :, 0]]
    return boards


def _record(s: State, team: Team, role: str) -> dict[str, float] | None:
    """How far the adviser's forecasts were off so far; None unless it is disclosed."""
    if s.adviser is None or s.adviser.disclosure != "its record":
        return None
    looks = team.game.looks
    pairs = [
        (advice[role]["forecast"], looks[t + 1][role].incoming)
        for t, advice in enumerate(team.advice) if role in advice and t + 1 < len(looks)
    ]  # fmt: skip
    if not pairs:
        return {"periods": 0, "off": 0.0}
    return {"periods": len(pairs), "off": sum(abs(a - b) for a, b in pairs) / len(pairs)}


def _measures(s: State, team: Team) -> dict[str, Any]:
    return {
        "budget": s.exercise.budget, "bought": team.bought,
        "offers": [
            {"name": name, "label": lever.label, "meaning": _what_it_buys(s, lever, value), "price": price, "value": value, "unit": lever.unit}
            for name, (lever, price, value) in s.exercise.measures_for_sale().items()
        ],
    }  # fmt: skip


def _what_it_buys(s: State, lever: Lever, value: Any) -> str:
    """What a measure is: in units where it puts goods in stock, else from what to what a share goes."""
    plan = s.exercise.case.derived(plan_of)
    old, new = plan.case["stocks"], bought_plan(plan, {lever.name: value}).case["stocks"]
    more = (new["on_hand"] - old["on_hand"]).to_numpy(float)
    how = f"{value:.0%} instead of {lever.start:.0%}: " if lever.unit == "share" else ""
    goods = [f"{units:,.0f} units of {product} more at {site}" for site, product, units in zip(old["site"], old["product"], more, strict=True) if units > 0]
    return f"{', '.join(goods)}: in stock from the first {s.exercise.word}, whoever orders; bots keep them on top." if goods else how + lever.meaning.split(";")[0]


def trainer_view(session: Session, online: Collection[int] = ()) -> dict[str, Any]:
    """What the trainer sees: everything but the tokens.

    Parameters
    ----------
    online
        Numbers of the people whose page is open.
    """
    s = session.state
    most = int(s.exercise.case.settings["periods"])
    return {
        **_game_of(s), "periods": s.periods, "code": session.code, "story": s.exercise.story, "paces": list(PACES), "seconds": s.seconds,
        "demand": s.asked[-1]["kind"], "asked": demand_words(s.exercise.word, **s.asked[-1]), "templates": list(TEMPLATES),
        "demands": {kind: demand_words(s.exercise.word, kind, (), s.first and s.first + 1) for kind in DEMANDS},
        "rounds": [{"periods": r.periods, "costs": r.costs} for r in s.rounds], "message": _said(s, ""),
        "sees": s.sees, "anonymous": s.anonymous, "shared": s.shared, "adviser": s.adviser.to_dict() if s.adviser else None, "most": most,
        "places": _places(s), "happenings": _happenings(s.exercise.word), "bots": list(s.known_bots), "roles": [r.name for r in s.exercise.roles],
        "waiting": [p.number for p in s.waiting_for()] if _under_way(s) else [],
        "people": [
            {"number": p.number, "name": p.name, "team": p.team, "role": p.role, "online": p.number in online}
            for p in s.players.values()
        ],
        "teams": [_team_view(s, t) for t in s.teams.values()],
        "changes": [
            {"period": c.period, "kind": c.kind, "value": c.value if c.kind != "rule" else None,
             **({"asked": demand_words(s.exercise.word, **c.value)} if c.kind == "demand" else {})} for c in s.changes
        ],
        "forks": [_fork_view(s, f) for f in s.forks.values()], "spotlight": s.spotlight,
        "drawn": [len(s.guesses), sum(s.may_guess(p.role) for p in s.players.values())],
        "trouble": " ".join(filter(None, [session.trouble, *s.failed.values()])),
    }  # fmt: skip


def _under_way(s: State) -> bool:
    return s.phase == "running" and s.period < s.periods


def _fork_view(s: State, fork: Fork) -> dict[str, Any]:
    """A fork beside the game as it was when it was forked: both have lasted as long."""
    would = s.teams[fork.team].parts(fork.game)
    lines = [(line, fork.was.get(line, 0.0), would.get(line, 0.0)) for line in dict.fromkeys([*fork.was, *would])]
    return {
        "name": fork.name, "team": fork.team, "period": fork.period, "bots": fork.bots, "played": fork.game.period,
        "costs": [*map(list, lines), ["", sum(was for _, was, _ in lines), sum(cost for _, _, cost in lines)]],
    }  # fmt: skip


def _places(s: State) -> dict[str, list[str]]:
    """Sites and markets that something can happen to, for a list to choose from."""
    case = s.exercise.case
    return {"site": list(case["sites"]["site"]), "market": list(dict.fromkeys(case["markets"]["market"]))}


def _happenings(word: str) -> list[dict[str, Any]]:
    """What can be let happen to one site or one market, in plain words."""
    return [
        {"kind": name, "heading": kind.heading, "text": kind.text, "does": kind.does, "at": at[0],
         "unit": kind.unit.replace("days", f"{word}s") if has_severity(name) else "", "lasts": has_length(name),
         "scale": 1 if is_time(name) else 100, "usual": 2 if is_time(name) else 100 * kind.usual}
        for name, kind in KINDS.items()
        if (at := [target for target in targets_of(name) if target in ("site", "market")]) and name != "demand_shift"
    ]  # fmt: skip


def _team_view(s: State, team: Team) -> dict[str, Any]:
    costs, looks = team.game.costs(), _looks(s, team)[-1]
    seats = [
        {"role": r.name, "players": [p.number for p in s.sitting(team.name, r.name)], "bot": team.bots[r.name],
         "order": move.units if (move := team.move(r.name)) else None, "cost": costs[r.name],
         "on_hand": looks[r.name].on_hand, "backlog": looks[r.name].backlog, "ruled": team.game.ruled(r.name)}
        for r in s.exercise.roles
    ]  # fmt: skip
    besides = [[line, money] for line, money in team.parts().items() if line in (NOBODY, MAKE_GOOD, MEASURES)]
    return {"name": team.name, "period": team.period, "over": team.game.over, "compared": team.cost_at(s.period), "seats": seats, "besides": besides, "cost": team.cost, "bought": s.exercise.called(team.bought)}


def board_view(session: Session, address: str) -> dict[str, Any]:
    """What stands on the beamer: how to come in, how far the game is, who is awaited."""
    s = session.state
    awaited = s.waiting_for() if _under_way(s) else []
    shown = {
        **_game_of(s), "code": session.code, "address": address, "people": len(s.players),
        "teams": [
            {"name": t.name, "period": t.period, "over": t.game.over, "people": sum(p.team == t.name for p in s.players.values()),
             "awaited": [p.role for p in awaited if p.team == t.name]}
            for t in s.teams.values()
        ],
        "fork": _fork_view(s, s.forks[s.spotlight]) if s.spotlight in s.forks else None, "message": _said(s, ""),
    }  # fmt: skip
    if "costs of others" in s.sees or s.phase == "closed":
        shown["costs"], shown["compared"] = _costs_of(s), _compared(s)
    return shown
