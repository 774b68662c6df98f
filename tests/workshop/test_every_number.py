"""Every number on every page of the three exercises, recomputed by the plain game of ``plain_game.py``."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import mean

import numpy as np
import pytest
from workshop.plain_game import (
    Machine,
    PlainGame,
    Sterman1989,
    base_stock,
    bullwhip,
    chasing,
    pull,
    reaction,
    resilience,
    worst,
)
from workshop.plain_page import NUMBER, Page, wrong_cells, wrong_numbers

from twinkit.show.picture import describe
from twinkit.workshop.debrief import best_measures, debrief
from twinkit.workshop.debrief_document import debrief_document, player_document
from twinkit.workshop.exercise import SIGHTS
from twinkit.workshop.session import Session
from twinkit.workshop.slides import slides_of
from twinkit.workshop.views import board_view, player_view, trainer_view

WEEKS = 36
TEAMS = {  # exercise -> team -> seats of people, measures
    "beer_game": {"Hands": (("retailer", "wholesaler", "distributor", "factory"), ()), "Half": (("wholesaler",), ()), "Bots": ((), ())},
    "disruption_day": {"Hands": (("dealers", "assembly", "module plant"), ("safety_days_tier_0", "safety_days_tier_2")),
                       "Half": (("assembly",), ("expediting", "safety_days_tier_1")), "Bots": ((), ("second_source",))},
    "you_and_the_machine": {"Hands": (("shop",), ()), "Half": (("shop",), ()), "Bots": ((), ())},
}  # fmt: skip
LEVELS = {"dealers": 345, "assembly": 335, "module plant": 1200, "shop": 37}
ASKED = {"you_and_the_machine": (27, (9, 11, 10))}
"""Period from which the trainer lets customers ask for something else, and for how much."""
FORKED = 10
"""Period from which "Half" is played again with people's seats passed on."""
SAFETY = {"safety_days_tier_0": "dealers", "safety_days_tier_1": "assembly", "safety_days_tier_2": "module plant"}
EXTRA = {"dealers": 100, "assembly": 200, "module plant": 1000}


@dataclass
class Played:
    """A session to its end, and the plain games of its teams."""

    name: str
    session: Session
    games: dict[str, PlainGame]
    people: dict[tuple[str, str], str]
    start: int | None
    wrong: list[str] = field(default_factory=list)
    advice: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def __post_init__(self):
        self.exercise = self.session.state.original
        self.seed = self.session.state.seed
        self.roles = [role.name for role in self.exercise.roles]

    def other(self, bought=(), start="same", choose=lambda role, look: None):
        """A game of other hands on the same luck; without any, of the rule of the tables."""
        game = PlainGame(self.exercise, self.seed, self.start if start == "same" else start, bought, asked=ASKED.get(self.name))
        return game.play_all(choose, WEEKS)

    def number(self, team, role):
        """Number of a person."""
        return self.session.player(self.people[team, role]).number


def hand(team, role, look, week):
    """What a person orders: this and that, sometimes nothing."""
    if team == "Half" and role != "shop":
        return float(int(0.9 * look["incoming"] + (week * 5 + 2) % 9))
    return float(max(0, int(look["incoming"] + 3 * ((week * 7 + len(role)) % 5) - 5 - (look["incoming"] if week % 11 == 10 else 0))))


def bots_of(name, bought):
    """The bot of the exercise in empty seats."""
    if name == "beer_game":
        return Sterman1989(4.0)
    level = {role: LEVELS[role] + sum(EXTRA[SAFETY[m]] for m in bought if SAFETY.get(m) == role) for role in LEVELS}
    return base_stock(level)


@pytest.fixture(scope="module", params=list(TEAMS))
def played(request, tmp_path_factory):
    """Everybody plays to the end; week by week all pages are held against the plain games."""
    session = Session(tmp_path_factory.mktemp(request.param) / "s.sqlite", request.param)
    teams, people = TEAMS[request.param], {}
    for team, (seats, bought) in teams.items():
        people |= {(team, role): session.join(f"{role} of {team}", team, role) for role in seats}
        if not seats:
            session.add_team(team)
        if bought:
            session.buy(team, list(bought))
    session.show(list(SIGHTS))
    if request.param in ASKED:
        session.advise({**session.state.adviser.to_dict(), "disclosure": "its record"})
    session.start()
    exercise, seed = session.state.original, session.state.seed
    start = next((c.value["start"] for c in session.state.changes if c.kind == "event"), None)
    one = Played(request.param, session, {team: PlainGame(exercise, seed, start, bought, asked=ASKED.get(request.param)) for team, (_, bought) in teams.items()}, people, start)
    bots = {team: bots_of(one.name, bought) for team, (_, bought) in teams.items()}
    machines = {team: Machine() for team in teams}
    for week in range(WEEKS):
        for team, game in one.games.items():
            def choose(role, look, team=team, week=week):
                bot = bots[team](role, look)
                if one.name == "you_and_the_machine":
                    advised = machines[team](look)
                    one.advice.setdefault(team, []).append(advised)
                if (team, role) not in people:
                    return bot
                if one.name == "you_and_the_machine" and (team == "Half" or week % 3):
                    return float(advised[1])
                return hand(team, role, look, week)

            game.play(choose)
        one.wrong += wrong_on_pages(one, week)
        for (team, role), token in people.items():
            if week not in exercise.told:
                session.order(session.player(token), one.games[team].moves[week][role], week)
        if one.name in ASKED and week == ASKED[one.name][0] - 1:
            session.ask_for("own", ASKED[one.name][1])
        session.advance(week)
    session.fork("Half", FORKED, dict.fromkeys(TEAMS[one.name]["Half"][0], "pass it on"))
    yield one
    session.log.close()


def wrong_on_pages(one, week):
    """What stands wrong on the pages of the players, the trainer and the beamer in a week."""
    session, wrong = one.session, []

    def same(what, shown, right):
        if not np.allclose(np.asarray(shown, float), np.asarray(right, float), atol=1e-5, rtol=0):
            wrong.append(f"week {week + 1}, {what}: {shown} should be {right}")

    sofar = {team: game.costs[week - 1] if week else dict.fromkeys(game.lines(), 0.0) | {"measures": game.spent} for team, game in one.games.items()}
    totals = {team: sum(lines.values()) for team, lines in sofar.items()}
    stocks = one.exercise.case["stocks"].set_index(["site", "product"])
    for (team, role), token in one.people.items():
        view, game, seat = player_view(session, session.player(token)), one.games[team], one.exercise.role(role)
        boards = {role: view["board"], **view.get("chain", {})}
        assert set(boards) == set(one.roles)
        for name, board in boards.items():
            for key in ("on_hand", "backlog", "received", "incoming", "on_order", "cost"):
                same(f"{key} of {name} of {team}", board[key], game.series(name, key))
            same(f"ordered of {name} of {team}", board["ordered"], game.series(name, "order")[:week])
        come = {k: v for k, v in game.looks[week][role]["coming"].items() if v}
        same(f"coming at {role}", sorted(view["coming"]), sorted(map(list, come.items())))
        row = stocks.loc[seat.site, seat.product]
        same("rates", [view["rates"]["in stock"], view["rates"]["owed"]], [row["holding_cost"], row["backlog_cost"]])
        same(f"cost of {role}", view["cost"], game.looks[week][role]["cost"])
        same("customers", view["customer demand"], [*game.asked[: week + 1]])
        same("costs of seats", [view["costs"][r] for r in one.roles], [sofar[team][r] for r in one.roles])
        same("costs of teams", [view["teams"][t] for t in one.games], [totals[t] for t in one.games])
        if one.advice:
            same("advice", [view["advice"]["forecast"], view["advice"]["units"]], one.advice[team][week])
            off = [abs(said - asked) for (said, _), asked in zip(one.advice[team], game.asked[1 : week + 1], strict=False)]
            same("record", [view["advice"]["record"]["periods"], view["advice"]["record"]["off"]], [len(off), mean(off) if off else 0])
        if week and week - 1 not in one.exercise.told:
            assert "missed" not in view
        if "measures" in view:
            same("budget", view["measures"]["budget"], one.exercise.budget)
            assert sorted(view["measures"]["bought"]) == sorted(TEAMS[one.name][team][1])
            for offer in view["measures"]["offers"]:
                if offer["name"] in SAFETY:
                    assert f"{EXTRA[SAFETY[offer['name']]]:,} units of" in offer["meaning"]
                same("price", offer["price"], one.exercise.measures[offer["name"]])
    lead, board = trainer_view(session), board_view(session, "")
    same("beamer", [board["costs"][t] for t in one.games], [totals[t] for t in one.games])
    for shown in lead["teams"]:
        name = shown["name"]
        same(f"trainer, {name}", shown["cost"], totals[name])
        lines = {**{s["role"]: s["cost"] for s in shown["seats"]}, **dict(shown["besides"])}
        right = {line: money for line, money in sofar[name].items() if money or line in one.roles}
        assert set(lines) == set(right), (week, lines, right)
        same(f"trainer, lines of {name}", [lines[k] for k in right], list(right.values()))
        for seat in shown["seats"]:
            look = one.games[name].looks[week][seat["role"]]
            same(f"trainer, {seat['role']} of {name}", [seat["on_hand"], seat["backlog"]], [look["on_hand"], look["backlog"]])
    return wrong


def test_every_number_while_it_is_played(played):
    assert not played.wrong, "\n".join(played.wrong[:20])


def forked(one):
    """What "Half" would have been, had its person passed on what was asked for; the bots beside react."""
    was, bots = one.games["Half"], bots_of(one.name, one.games["Half"].bought)

    def choose(role, look):
        bot, week = bots(role, look), len(one.exercise.told) + len(looks)  # nobody is asked in the weeks that are told
        looks.extend([look] * (role == last))
        if week < FORKED:
            return was.moves[week][role]
        return look["incoming"] if ("Half", role) in one.people else bot

    looks, last = [], {"beer_game": "factory", "disruption_day": "module plant", "you_and_the_machine": "shop"}[one.name]
    return one.other(was.bought, choose=choose)


def test_every_number_of_a_what_if(played):
    view = trainer_view(played.session)["forks"][0]
    was, would = played.games["Half"], forked(played)
    lines = {line: (was.lines().get(line, 0.0), would.lines().get(line, 0.0)) for line in {**was.lines(), **would.lines()}}
    shown = {line or "whole": (a, b) for line, a, b in view["costs"]}
    assert shown == {line: pytest.approx(pair) for line, pair in {**lines, "whole": (was.total, would.total)}.items()}
    assert (view["period"], view["played"], list(shown)[-1]) == (FORKED, WEEKS, "whole") and was.total != pytest.approx(would.total)


# --- the debrief: the report, every player's page, the slides


@dataclass
class Seat:
    """What stands of a seat of a person, recomputed."""

    cost: float
    benchmark: float
    ratio: float | None
    swing: float | None
    chasing: float | None
    pull: float | None
    reaction: float | None


@pytest.fixture(scope="module")
def ended(played):
    """The debrief, and the games that it holds the teams against, made anew."""
    measures = {team: bought for team, (_, bought) in TEAMS[played.name].items()}
    made = {bought: played.other(bought) for bought in {(), *measures.values()}}
    rules = {team: made[bought] for team, bought in measures.items()}
    return debrief(played.session.state), rules, made[()], played.other((), None)


def swing(one, team, role):
    """Variance of the orders of a seat over that of what customers' demand takes of its product."""
    per_unit = 2 if role == "module plant" else 1
    return bullwhip(one.games[team].series(role, "order"), [per_unit * units for units in one.games[team].asked])


def seat_of_person(one, rules, team, role):
    """Every measure of a seat."""
    game, best, told = one.games[team], rules[team], len(one.exercise.told)
    order, other, asked = game.series(role, "order"), best.series(role, "order"), game.series(role, "incoming")
    start = {"dealers": 100, "assembly": 100, "module plant": 200, "shop": 8}.get(role, 4)
    centre = (game.looks[0][role]["on_order"] + start) / start * mean(asked[told:])
    shock = one.start if one.start is not None else 4
    return Seat(
        game.lines()[role], best.lines()[role], bullwhip(order, asked), swing(one, team, role), chasing(order[told:], asked[told:]),
        pull(game.positions(role)[told:], best.positions(role)[told:], centre), reaction(order, other, shock),
    )  # fmt: skip


def spans(rows):
    """Numbers of the words under a picture: least and largest of each row."""
    return [x for row in rows for x in (min(row), max(row))]


def about_events(one):
    """What is said of the event, and of another demand."""
    since, units = ASKED.get(one.name, (0, ()))
    return ({"In week ": [one.start + 1, one.exercise.surprise["duration"]]} if one.start is not None else {}) | {f"From week {since + 1} on": [since + 1, *units]}


def about_machine(one):
    """What people did with advice: numbers by person and all together."""
    found = {}
    for team, role in one.people:
        taken = [order[role] == advised[1] for order, advised in zip(one.games[team].moves, one.advice[team], strict=True)]
        wrong, game, machine = range(19, 25), one.games[team], Machine()
        obedient = one.other(choose=lambda role, look, machine=machine: float(machine(look)[1]))
        changed, better = [week for week in range(WEEKS) if not taken[week]], []
        for week in changed:
            orders = [move[role] for move in game.moves]
            orders[week] = float(one.advice[team][week][1])
            left = iter(orders)
            again = one.other(choose=lambda role, look, left=left: next(left))
            better.append(again.total > game.total)
        found[team] = {
            "advised": WEEKS, "accepted": mean(taken), "value": obedient.total - game.total if changed else None, "helped": mean(better) if changed else None,
            "wrong": mean(taken[w] for w in wrong), "right": 1 - mean(taken[w] for w in range(WEEKS) if w not in wrong),
            "before": mean(taken[13:19]), "after": mean(taken[20:26]),
        }  # fmt: skip
    return found


def about_all_advice(told):
    """The sentences of the report and the slide on the machine."""
    people, n = list(told.values()), len(told) * WEEKS
    value = [p["value"] for p in people if p["value"] is not None]
    better, worse = sum(v > 0 for v in value), sum(v < 0 for v in value)
    return {
        f"{len(people)} people had": [len(people), n, mean(p["accepted"] for p in people)],
        "Of 12 pieces of wrong": [6 * len(people), mean(p["wrong"] for p in people)], "Of 60 pieces of right": [30 * len(people), mean(p["right"] for p in people)],
        "Trust: on average": [mean(p["before"] for p in people), mean(p["after"] for p in people)],
        f"{better} of {len(value)} who changed": [better, len(value), worse],
    }  # fmt: skip


def who_of(one, team, role):
    """Who stands in a title, and the digits in it."""
    bot = {"beer_game": "players of 1989"}.get(one.name, "base stock")
    who = f"player {one.number(team, role)}" if (team, role) in one.people else f"bot: {bot}"
    return who, [float(x) for x in NUMBER.findall(who)]


def shown(one, team):
    """What a team is called: who plays alone would be known by the name of the team."""
    return f"player {one.number(team, 'shop')}" if (team, "shop") in one.people else team


def digits_of(one, team):
    """Numbers in that name."""
    return [float(x) for x in NUMBER.findall(shown(one, team))]


def ranked(one):
    """Teams, the cheapest first; bots last."""
    return sorted(one.games, key=lambda team: (team == "Bots", one.games[team].total))


def labels(one, bought):
    """What measures are called on the card."""
    names = {"safety_days_tier_0": "Extra stock where customers buy", "safety_days_tier_1": "Extra stock 1 step before the customer",
             "safety_days_tier_2": "Extra stock 2 steps before the customer", "second_source": "Share of second sources", "expediting": "Expedited freight"}  # fmt: skip
    return ", ".join(names[m] for m in sorted(bought))


def about_best(one, found):
    """The sentence on the best of what is for sale; means over worlds have a test of their own."""
    best = found.best
    if best is None:
        return {}
    here = one.other(tuple(best.bought)).total
    return {"The best of what is for sale": [*map(float, NUMBER.findall(labels(one, best.bought))), best.mean, WEEKS, best.worlds, best.without, best.low, best.high, here]}


def under_weighted(found):
    """People whose β lies clearly below 1, and all whose β can be told."""
    fitted = [s for s in found.seats if s.player is not None and np.isfinite(s.fit.high["beta"])]
    return sum(s.fit.high["beta"] < 1.0 for s in fitted), len(fitted)


def test_every_number_of_the_report(played, ended):
    one, (found, rules, bare, calm) = played, ended
    page = Page(debrief_document(found).to_html().split('<main id="content">')[1].split('id="glossary"')[0])
    order, asked = ranked(one), one.games["Bots"].asked
    people = [team for team in order if team != "Bots"]
    totals, other = ({t: g.total for t, g in games.items()} for games in (one.games, rules))
    under, fitted = under_weighted(found)
    expected = {
        "36 weeks were played": [36, 3, *digits_of(one, order[0]), totals[order[0]], other[order[0]]], "Customers asked for": [min(asked), max(asked), mean(asked)],
        "Against what customers": [mean(swing(one, team, role) for team in people) for role in one.roles],
        f"{under} of {fitted} people": [under, fitted, 1], "All teams of people together paid": [sum(totals[t] for t in people) / sum(other[t] for t in people)],
        "Without any measure": [bare.total], "Benchmarks see": [95], "Bars of cost by role": [x for t in one.games for x in (*digits_of(one, t), totals[t], other[t])],
        **about_events(one), **about_best(one, found), **{shown(one, team): digits_of(one, team) for team in people},
    }  # fmt: skip
    for team in one.games:
        whos = [who_of(one, team, role) for role in one.roles]
        rows = [[*digits, *spans([one.games[team].series(role, "order"), rules[team].series(role, "order")])] for role, (_, digits) in zip(one.roles, whos, strict=True)]
        expected[f"Line charts, one for each seat. Orders. {one.roles[0]} ({whos[0][0]})" + (f": from {min(one.games[team].series(one.roles[0], 'order')):g}" if team != "Hands" else "")] = [x for row in rows for x in row]
    told = about_machine(one) if one.advice else {}
    if told:
        expected |= about_all_advice(told)
    wrong = wrong_numbers(page.sentences, expected)
    common = {"worst week": lambda g: worst(g, one.start), "resilience index": lambda g: resilience(g, calm)} if one.start is not None else {}
    served = lambda g: sum(g.served) / sum(g.asked)  # noqa: E731
    last = one.roles[-1]
    wrong += wrong_cells(page.tables["Teams, the lowest cost first; bots last"], {
        "team": [shown(one, t) for t in order], "people": [sum(t == team for t, _ in one.people) for team in order], "cost": [totals[t] for t in order], "of it measures": [one.games[t].spent for t in order],
        "benchmark cost": [other[t] for t in order], "benchmark without measures": [bare.total] * 3, "served at once": [served(one.games[t]) for t in order],
        **{name: [measure(one.games[t]) for t in order] for name, measure in common.items()}, "bullwhip end to end": [swing(one, t, last) for t in order],
        "measures": [labels(one, one.games[t].bought) for t in order],
    })  # fmt: skip
    yard = [bare, calm] + ([one.other(tuple(found.best.bought))] if found.best else [])
    wrong += [] if one.start is None else wrong_cells(page.tables["What the teams are held against"], {
        "benchmark": ["without measures" if one.exercise.measures else "as it happened", "without the event", "best of what is for sale"], "cost": [g.total for g in yard], "of it measures": [g.spent for g in yard],
        "served at once": [served(g) for g in yard], **{name: [measure(g) for g in yard] for name, measure in common.items()}, "measures": [labels(one, g.bought) for g in yard],
    })  # fmt: skip
    seats = [(team, role) for team in one.games for role in one.roles if (team, role) in one.people]
    mine = [seat_of_person(one, rules, *seat) for seat in seats]
    fits = {s.player: s.fit.values["beta"] for s in found.seats}
    called = [f"{role}, {team}: {who_of(one, team, role)[0]}" if shown(one, team) == team else f"{role}, {shown(one, team)}" for team, role in seats]
    wrong += wrong_cells(page.tables["Seats"], {
        "seat": called, "cost": [s.cost for s in mine], "benchmark cost": [s.benchmark for s in mine], "bullwhip ratio": [s.ratio for s in mine], "swing": [s.swing for s in mine],
        "demand chasing": [s.chasing for s in mine], "pull to centre": [s.pull for s in mine], "over-reaction": [s.reaction for s in mine], "supply-line weight": [fits[one.number(*seat)] for seat in seats],
    })  # fmt: skip
    if told:
        each = [told[team] for team, _ in seats]
        wrong += wrong_cells(page.tables["Advice"], {
            "seat": called, "cost": [s.cost for s in mine], **{column: [p[key] for p in each] for column, key in (
                ("advised", "advised"), ("accepted", "accepted"), ("override value", "value"), ("overrides that helped", "helped"), ("over-reliance", "wrong"),
                ("aversion", "right"), ("accepted before", "before"), ("accepted after", "after"))},
        })  # fmt: skip
    name, bots = f"from week {FORKED + 1}", ", ".join(f"{role}: pass it on" for role in TEAMS[one.name]["Half"][0])
    wrong += wrong_cells(page.tables["Other games"], {"what if": [name], "team": [shown(one, "Half")], "from": [FORKED + 1], "up to": [WEEKS], "bots": [bots], "cost": [forked(one).total], "as played": [totals["Half"]]})
    assert set(page.tables) <= {"Teams, the lowest cost first; bots last", "What the teams are held against", "Seats", "Advice", "Other games"}
    assert not wrong, "\n".join(wrong)


def test_every_number_of_a_players_page(played, ended):
    one, (found, rules, _, _) = played, ended
    currency, wrong = one.exercise.case.settings["currency"], []
    told = about_machine(one) if one.advice else {}
    for team, role in one.people:
        page = Page(player_document(found, one.number(team, role)).to_html().split('<main id="content">')[1].split('id="glossary"')[0])
        seat, (who, digits), game, rule = seat_of_person(one, rules, team, role), who_of(one, team, role), one.games[team], rules[team]
        expected = {"You were the": [*digits_of(one, team), 36], f"{seat.cost:,.0f} {currency}": [seat.cost], "benchmark, same luck": [seat.benchmark]}
        expected |= {f"{x:.2f}": [x] for x in (seat.ratio, seat.swing, seat.chasing, seat.pull, seat.reaction) if x is not None}
        expected["Line charts, one for each seat. Orders."] = [*digits, *spans([game.series(role, "order"), rule.series(role, "order")]), *digits, *spans([game.net(role), rule.net(role)])]
        if told:
            t = told[team]
            expected |= {
                f"You took {t['accepted']:.0%} of {WEEKS}": [t["accepted"], WEEKS], f"Before its first error you took {t['before']:.0%}": [t["before"], t["after"]],
                f"You took {t['wrong']:.0%} of it when": [t["wrong"]], f"You changed {t['right']:.0%}": [t["right"]],
            }  # fmt: skip
            if t["value"] is not None:
                expected[f"Your changes to it {'saved' if t['value'] > 0 else 'cost'}"] = [abs(t["value"]), t["helped"]]
        fitted = ("θ =", "α =", "β =", "S′ =", "The rule explains")  # see test_fits
        wrong += [f"{who}: {said}" for said in wrong_numbers([s for s in page.sentences if not s.startswith(fitted)], expected)]
    assert not wrong, "\n".join(wrong)


def test_every_number_of_the_slides(played, ended):
    one, (found, rules, bare, _) = played, ended
    order, asked, games = ranked(one), one.games["Bots"].asked, one.games
    people = [team for team in order if team != "Bots"]
    totals, other = ({t: g.total for t, g in some.items()} for some in (games, rules))
    swings = {role: [swing(one, team, role) for team in games if team != "Bots"] for role in one.roles}
    beaten = sum(totals[t] < other[t] for t in people)
    each = lambda get: [x for t in games for role in one.roles for x in (*digits_of(one, t), *spans([get(games[t], role)]))]  # noqa: E731
    whole = [sum(some[t] for t in people) for some in (totals, other)]
    under, fitted = under_weighted(found)
    expected = {
        f"{one.exercise.title}:": [36, 3, len(one.people)], "Draw it": [36], "They asked for": [4, 5, 8] if one.name == "beer_game" else [min(asked), max(asked), mean(asked)],
        "Line of what": [min(asked), max(asked), mean(asked)], "Orders of every team": each(lambda g, role: g.series(role, "order")), "Stock less": each(lambda g, role: g.net(role)),
        "Orders swung more": [mean(swings[one.roles[0]]), mean(swings[one.roles[-1]])], "Orders did not": [mean(swings[one.roles[0]]), mean(swings[one.roles[-1]])],
        "Dots, one": [x for role in one.roles for x in (min(swings[role]), max(swings[role]), mean(swings[role]))],
        f"{shown(one, order[0]).replace('player', 'Player')} paid least": [*digits_of(one, order[0]), totals[order[0]], *([beaten, len(people)] if beaten else [])], "Bars of cost, the lowest": [x for t in order for x in (*digits_of(one, t), totals[t], other[t])],
        "On the same luck": [whole[0] / whole[1]], "All teams of people together": whole, f"{len(people)} teams of": [len(people), len(people)],
        "Count what is": [under, fitted], "This is what was in": [0], **about_events(one), **about_best(one, found),
    }  # fmt: skip
    for team in people:
        label, saved = labels(one, games[team].bought), bare.total - other[team]
        expected[f"{team} bought"] = [*map(float, NUMBER.findall(label)), games[team].spent, abs(saved)]
    if one.advice:
        expected |= about_all_advice(about_machine(one))
    slides = slides_of(found)
    said = [sentence for s in slides for sentence in (s.title, *s.points, *([describe(s.draw("light"))] if s.draw else []))]
    wrong = wrong_numbers(said, expected)
    assert not wrong, "\n".join(wrong)


def test_the_means_over_other_worlds_are_those_of_plain_games(tmp_path, monkeypatch):
    """Two fresh worlds, every start of the fire: the mean cost of what was chosen, at equal sales with its price, and of nothing."""
    monkeypatch.setattr("twinkit.workshop.debrief.WORLDS", 2)
    session = Session(tmp_path / "s.sqlite", "disruption_day")
    exercise, best = session.state.exercise, best_measures(session.state)
    session.log.close()
    costs = {bought: [[PlainGame(exercise, 21, start, bought, world).play_all(lambda role, look: None, WEEKS).total for start in range(9, 16)] for world in (3, 4)]
             for bought in ((), tuple(best.bought))}  # fmt: skip
    assert best.bought and best.without == pytest.approx(np.mean(costs[()])) and best.mean == pytest.approx(np.mean(costs[tuple(best.bought)]))
    assert (best.low + best.high) / 2 == pytest.approx(best.mean - best.without, rel=0.5) and best.low < best.high


def test_every_number_of_rounds(tmp_path):
    session = Session(tmp_path / "s.sqlite", "beer_game")
    tokens = {(team, role): session.join(f"{role} of {team}", team, role) for team in ("Reds", "Blues") for role in ("retailer", "factory")}
    exercise, games = session.state.original, []
    for weeks, most in ((7, 9), (6, 5)):
        plain = {team: PlainGame(exercise, session.state.seed) for team in ("Reds", "Blues", "Bots")}
        hands = {team: Sterman1989(4.0) for team in plain}
        session.add_team("Bots")
        session.start()
        for week in range(weeks):
            for team, game in plain.items():
                def choose(role, look, team=team, most=most, hands=hands):
                    bot = hands[team](role, look)
                    return float(min(most, look["incoming"] + len(team))) if (team, role) in tokens else bot

                game.play(choose)
            for (team, role), token in tokens.items():
                if week not in exercise.told:
                    session.order(session.player(token), plain[team].moves[week][role], week)
            session.advance(week)
        games.append(plain)
        if len(games) == 1:
            session.start_over()
    (before,), view, found = trainer_view(session)["rounds"], trainer_view(session), debrief(session.state)
    assert before == {"periods": 7, "costs": {team: pytest.approx(games[0][team].total) for team in ("Reds", "Blues")}}
    assert {team["name"]: team["compared"] for team in view["teams"]} == {team: pytest.approx(game.total) for team, game in games[1].items()}
    slide = next(s for s in slides_of(found) if s.key == "rounds")
    a_week = {team: [games[0][team].total / 7, games[1][team].total / 6] for team in ("Reds", "Blues")}
    both = [a + b for a, b in zip(*a_week.values(), strict=True)]
    assert not wrong_numbers([slide.title, *slide.points], {"A week cost": [both[0], 1, both[1]], **{f"{team}: ": pair for team, pair in a_week.items()}, "It was not": [7, 6]})
    session.log.close()
