"""A whole game in real browsers: a trainer, four players, and a server that is killed in the middle."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from workshop.plain_game import Machine, PlainGame
from workshop.plain_page import NUMBER, agrees

from twinkit.workshop.exercise import read_exercise
from twinkit.workshop.server import seat_cookie
from twinkit.workshop.session import Session

ROLES = ("retailer", "wholesaler", "distributor", "factory")
WEEKS = 9
PATIENT = 120_000  # a busy computer is slow; nothing here waits that long on an idle one [ms]


class Served:
    """``twinkit workshop`` in a process of its own, which can be killed and started again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.start()

    def start(self) -> None:
        """Start, and read the addresses."""
        command = [sys.executable, "-u", "-m", "twinkit", "workshop", "--no-browser", "--file", str(self.path)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        told = "".join(self.process.stdout.readline() for _ in range(2))
        self.address, self.code = re.search(r"players open (\S+) and type the code (\w+)", told).groups()
        self.link = re.search(r"(\S+lead\?key=\S+)", told).group(1)
        self.reader = threading.Thread(target=self.process.stdout.read, daemon=True)
        self.reader.start()

    def stop(self, number: int) -> None:
        """Send a signal and wait for the end."""
        os.kill(self.process.pid, number)
        self.process.wait(timeout=60)
        self.reader.join(timeout=10)
        self.process.stdout.close()


@pytest.fixture
def served(tmp_path):
    """The beer game."""
    server = Served(tmp_path / "game.sqlite")
    yield server
    if server.process.poll() is None:
        server.stop(signal.SIGINT)


@pytest.fixture
def people(chromium):
    """Makes devices: browsers that know nothing of each other, load nothing from outside and log no errors."""
    contexts, wrong = [], []

    def note(message) -> None:
        if message.type == "error" and not re.search("WebSocket connection|ERR_CONNECTION", message.text):
            wrong.append(message.text)

    def guard(route) -> None:
        inside = urlsplit(route.request.url).hostname in ("localhost", None)
        route.continue_() if inside else (wrong.append(route.request.url), route.abort())

    def device(width: int = 1400, height: int = 900, **options):
        contexts.append(chromium.new_context(viewport={"width": width, "height": height}, **options))
        contexts[-1].route("**/*", guard)
        contexts[-1].set_default_timeout(PATIENT)
        page = contexts[-1].new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        return page

    yield device
    for context in contexts:
        context.close()
    assert not wrong, wrong


def take_a_seat(page, served, role):
    """Join by the form of the door, with the mouse or a finger."""
    page.goto(f"{served.address}?code={served.code}")
    page.get_by_label("Your name").fill(f"<b>{role}</b>")
    page.get_by_role("radio", name=re.compile(f"^{role} ")).check()
    page.get_by_role("combobox", name="Team").select_option("Reds")
    page.get_by_role("button", name="Take the seat").click()


def take_a_seat_by_keys(page, served, role):
    """Join without mouse or finger; the first of a team names it."""
    page.goto(served.address)
    page.get_by_role("radio").first.wait_for()
    for key in ("Tab", served.code, "Tab", "Keys", "Tab", "Tab", "Reds", "Tab"):
        page.keyboard.press(key) if key == "Tab" else page.keyboard.insert_text(key)
    page.keyboard.press("Space")
    for _ in range(ROLES.index(role)):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")


def order(page, units, by_keys=False):
    """Hand in an order."""
    page.locator("#units").focus() if by_keys else page.locator("#units").click()
    if by_keys:
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(str(units))
        page.keyboard.press("Enter")
    else:
        page.locator("#units").fill(str(units))
        page.locator("#send").click()


def expect_text(page, selector, text):
    """Wait until an element says something."""
    from playwright.sync_api import expect

    expect(page.locator(selector)).to_contain_text(text, timeout=PATIENT)


def check_barriers(served, people, axe, lead, player):
    """axe-core needs eval, which the pages forbid: it looks at them in a browser that lets it."""
    for scheme in ("light", "dark"):
        page = people(bypass_csp=True, color_scheme=scheme)
        page.goto(served.address)
        page.get_by_role("radio").first.wait_for()
        axe(page)
        page.context.add_cookies([*lead.context.cookies(), *player.context.cookies()])
        for path, there in (("play", "#facts button"), ("lead", "#teams details"), ("board", "#teams li")):
            page.goto(served.address + path)
            page.locator(there).first.wait_for()
            if path == "lead":
                closed = page.locator(".settings > details:not([open]) > summary")
                while closed.count():
                    closed.first.click()
            axe(page)
        page.context.close()


CELLS = "table => [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent))"


def plain_game(weeks, choose=lambda week, look: 4.0 if week < 4 else week + 1.0):
    """The game of the room in plain Python: everybody orders 4, and from week 5 on the number of the week."""
    exercise = read_exercise("beer_game")
    game = PlainGame(exercise, int(exercise.case.settings["seed"]))
    for week in range(weeks):
        game.play(lambda role, look, week=week: choose(week, look))
    return game


def check_numbers_on_screens(players, lead):
    """What the pages' scripts have made of week 7: boards, tables, what comes in, the trainer's table."""
    game, sofar = plain_game(7), plain_game(6)
    keys = ("incoming", "received", "on_hand", "backlog", "on_order")
    for role, page in players.items():
        look = game.looks[6][role]
        facts = [text.split("\n")[-1] for text in page.locator("#facts button").all_inner_texts()]
        assert all(agrees(a, b) for a, b in zip(facts, [*(look[key] for key in keys), look["cost"]], strict=True)), (role, facts, look)
        rows = page.locator("#table").evaluate(CELLS)[1:]
        right = [[t + 1, *(game.looks[t][role][key] for key in keys), game.moves[t][role]] for t in reversed(range(7))]
        right[0][-1] = None  # not ordered yet
        assert all(agrees(a, b) for row, numbers in zip(rows, right, strict=True) for a, b in zip(row, numbers, strict=True)), (role, rows, right)
        come = {week: units for week, units in sorted(look["coming"].items()) if units}
        late = look["on_order"] - sum(come.values())
        said = NUMBER.findall(page.locator("#coming").inner_text())
        right = [x for week, units in come.items() for x in (units, week + 1)] + [late] * (late > 0) + [0.5, 1.0]
        assert len(said) == len(right) and all(agrees(a, b) for a, b in zip(said, right, strict=True)), (role, said, right)
    rows = lead.locator("#teams table").evaluate(CELLS)[1:]
    for row, role in zip(rows, ROLES, strict=True):
        look = game.looks[6][role]
        assert row[0] == role and agrees(row[3], look["on_hand"] - look["backlog"]) and agrees(row[4], look["cost"]), (row, look)
    assert agrees(NUMBER.findall(lead.locator("#teams .money").inner_text())[0], sofar.total)


def check_what_if(lead, board):
    """A game of bots from week 5 on, on the trainer's page and on the beamer."""
    lead.locator("#s-fork > summary").click()
    lead.get_by_label("From week", exact=True).fill("5")
    lead.get_by_label("Played by").select_option("pass it on")
    lead.get_by_role("button", name="Show what if").click()
    was, would = plain_game(WEEKS), plain_game(WEEKS, lambda week, look: 4.0 if week < 4 else look["incoming"])
    right = [[role, was.lines()[role], would.lines()[role]] for role in ROLES] + [["whole chain", was.total, would.total]]
    table = lead.locator("#forks table")
    table.wait_for()
    rows = table.evaluate(CELLS)
    assert all(row[0] == name and agrees(row[1], a) and agrees(row[2], b) for row, (name, a, b) in zip(rows[1:], right, strict=True)), (rows, right)
    lead.get_by_role("button", name="Show it on the beamer").click()
    board.locator("#forked tr").first.wait_for()
    assert board.locator("#forked").evaluate(CELLS) == rows


def test_a_full_game(served, people, axe):
    lead = people()
    lead.goto(served.link)
    expect_text(lead, "#title", "The beer game")
    assert "key=" not in lead.url, "the key stays out of sight"
    board = lead.context.new_page()
    board.goto(served.address + "board")
    expect_text(board, "#code", served.code)
    assert board.locator("img").bounding_box()["width"] > 200

    phone = people(390, 800, has_touch=True, is_mobile=True)
    players = {"retailer": phone, "wholesaler": people(), "distributor": people(), "factory": people(1024, 700)}
    take_a_seat_by_keys(players["factory"], served, "factory")
    expect_text(players["factory"], "#who", "Keys · factory of Reds")
    for role in ROLES[:3]:
        take_a_seat(players[role], served, role)
        expect_text(players[role], "#who", f"<b>{role}</b> · {role} of Reds")
    expect_text(lead, "#waiting", "4 people in 1 team")

    lead.locator("#s-time > summary").click()
    lead.get_by_label("Length of the game").fill(str(WEEKS))
    lead.get_by_role("button", name="Set the length").click()
    lead.get_by_role("button", name="Start", exact=True).click()
    for week in range(1, 5):
        expect_text(phone, "#when", f"Week {week}")
        assert " of " not in phone.locator("#when").inner_text(), "only the trainer knows the end"
        expect_text(lead, "#when", f"Week {week} of {WEEKS}")
        expect_text(phone, "#ask", "everybody orders 4")
        lead.get_by_role("button", name="Play this week").click()
    assert phone.locator("#send").bounding_box()["y"] < 560, "the order stands above the fold of a small phone"
    assert phone.locator("html").evaluate("e => e.scrollWidth") <= 390, "nothing is cut at the side"
    phone.get_by_role("button", name="On its way").tap()
    expect_text(phone, "#meaning", "units that you have ordered and not received")
    lead.set_viewport_size({"width": 390, "height": 800})
    assert lead.locator("html").evaluate("e => e.scrollWidth") <= 390
    lead.set_viewport_size({"width": 1400, "height": 900})

    play_until_the_kill(served, lead, players)
    expect_text(board, "#when", "Week 7")
    for page in players.values():
        expect_text(page, "#when", "Week 7")
    check_numbers_on_screens(players, lead)
    players["distributor"].goto(served.address)
    expect_text(players["distributor"], "#who", "distributor of Reds")  # whoever comes back to the door has a seat
    check_barriers(served, people, axe, lead, phone)

    lead.get_by_label("When is a week played?").select_option("when all have ordered")
    lead.locator("#pace button").click()
    expect_text(lead, "#s-pace .now", "when all have ordered")
    for week in range(7, WEEKS + 1):
        for role, page in players.items():
            expect_text(page, "#when", f"Week {week}")
            order(page, week, by_keys=role == "factory")
    for page in (*players.values(), lead, board):
        expect_text(page, "#when", f"All {WEEKS} weeks are played")
    after_the_game(served, lead, board, players)


def play_until_the_kill(served, lead, players):
    """Weeks 5 and 6; in week 6 the server is killed with two orders in, one more is pressed while it is down."""
    for role, page in players.items():
        expect_text(page, "#when", "Week 5")
        order(page, 5, by_keys=role == "factory")
        expect_text(page, "#state", "Your order of 5 is in")
    expect_text(lead, "#waiting", "All orders are in")
    lead.get_by_role("button", name="Play this week").click()
    for page in players.values():
        expect_text(page, "#when", "Week 6")
    for role in ROLES[:2]:
        order(players[role], 6)
        expect_text(players[role], "#state", "Your order of 6 is in")
    served.stop(signal.SIGKILL)
    expect_text(players["distributor"], "#said", "The line to the server is down")
    order(players["distributor"], 6)
    old = served.address, served.code
    served.start()
    assert (served.address, served.code) == old
    for role in ROLES[:3]:
        expect_text(players[role], "#state", "Your order of 6 is in")
        expect_text(players[role], "#said", "")
    order(players["factory"], 6, by_keys=True)
    expect_text(lead, "#waiting", "All orders are in")
    lead.get_by_role("button", name="Play this week").click()


def draw_what_customers_asked(players):
    """One draws with a finger (here: the mouse), one with the keys; the retailer has seen it and is not asked."""
    assert players["retailer"].locator("#guess").is_hidden()
    phone, pad = players["factory"], players["factory"].locator("#pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    at = lambda x, y: (box["x"] + x * box["width"], box["y"] + y * box["height"])  # noqa: E731
    phone.mouse.move(*at(0.12, 0.8))
    phone.mouse.down()
    for x, y in ((0.4, 0.5), (0.7, 0.6), (0.97, 0.2)):
        phone.mouse.move(*at(x, y), steps=3)
    phone.mouse.up()
    phone.locator("#guess-send").click()
    expect_text(phone, "#guess-at", "Handed in")
    keys = players["distributor"]
    keys.locator("#pad").focus()
    for key in ["ArrowUp"] * 3 + ["ArrowRight"] * (WEEKS - 1) + ["ArrowUp"]:
        keys.keyboard.press(key)
    expect_text(keys, "#guess-at", f"Week {WEEKS}: 4.")
    keys.locator("#guess-send").click()
    expect_text(keys, "#guess-at", "Handed in")


def after_the_game(served, lead, board, players):
    """The debrief, the pages of the players, somebody is taken out, the end; and what the file says."""
    lead.goto(served.address + "debrief")
    expect_text(lead, "body", "The beer game")
    lead.goto(served.address + "slides")
    expect_text(lead, "section.shown h1", f"The beer game: {WEEKS} weeks, 1 team")
    lead.keyboard.press("ArrowRight")
    expect_text(lead, "section.shown", f"Draw it on your page: {WEEKS} weeks")
    draw_what_customers_asked(players)
    lead.keyboard.press("ArrowRight")
    lead.locator("section.shown img").evaluate("(img) => img.decode()")  # waits for it
    picture = lead.evaluate("fetch(document.querySelector('section.shown img').src).then((answer) => answer.text())")
    assert "what 2 of you drew" in picture, "drawn after the slides were opened"
    lead.keyboard.press("ArrowRight")
    expect_text(lead, "section.shown h1", "This is what was ordered.")
    lead.locator("section.shown img").evaluate("(img) => img.decode()")  # waits for it
    lead.keyboard.press("End")
    lead.reload()
    assert lead.evaluate("location.hash") == "#home"
    phone = players["retailer"]
    phone.get_by_role("link", name="What you did").tap()
    phone.get_by_role("heading").first.wait_for()
    lead.goto(served.address + "lead")
    check_what_if(lead, board)
    lead.get_by_role("button", name="<b>wholesaler</b>: change the wholesaler").click()
    lead.get_by_role("button", name="Take out of the session").click()
    expect_text(players["wholesaler"], "main", "taken out of the session")
    lead.locator("#s-session > summary").click()
    lead.once("dialog", lambda dialog: dialog.accept())
    lead.get_by_role("button", name="Close the session").click()
    expect_text(players["factory"], "#when", f"Closed after {WEEKS} weeks")
    served.stop(signal.SIGTERM)
    game = Session(served.path).state.teams["Reds"].game
    wanted = [dict.fromkeys(ROLES, 4.0)] * 4 + [dict.fromkeys(ROLES, float(w)) for w in range(5, WEEKS + 1)]
    assert game.moves.orders == wanted, "no move is lost and none is doubled"


@pytest.mark.slow
def test_what_people_chose_or_typed_is_never_lost_in_silence(served, people):
    lead, phone, late = people(), people(390, 800, has_touch=True, is_mobile=True), people()
    lead.goto(served.link)
    late.goto(f"{served.address}?code={served.code}")
    late.get_by_label("Name of the new team").fill("Greens")
    take_a_seat_by_keys(phone, served, "retailer")
    expect_text(phone, "#who", "retailer of Reds")
    lead.get_by_role("button", name="Start", exact=True).click()
    for week in range(1, 6):
        expect_text(lead, "#when", f"Week {week}")
        lead.get_by_role("button", name="Play this week").click()
    expect_text(late, "#gone", "New teams can no longer be made; choose one of those that are there.")
    assert late.get_by_role("combobox", name="Team").input_value() == "", "no team is chosen for anybody"
    assert late.get_by_label("Name of the new team").input_value() == "Greens"

    expect_text(lead, "#when", "Week 6")
    back = lead.get_by_role("button", name="Back one week")
    lead.once("dialog", lambda dialog: dialog.dismiss())
    back.click()
    expect_text(lead, "#when", "Week 6")
    lead.once("dialog", lambda dialog: dialog.accept())
    back.click()
    expect_text(phone, "#news", "The trainer went back to week 5.")
    phone.locator("details", has_text="As a table").locator("summary").tap()
    assert phone.locator("#table").evaluate("e => e.scrollWidth <= e.parentElement.clientWidth"), "the table fits"
    expect_text(phone, "#facts", "Cost [USD]")

    phone.locator("#units").fill("7")
    expect_text(phone, "#state", "Not sent yet")
    lead.get_by_label("When is a week played?").select_option("clock")
    lead.get_by_label("Seconds by the clock").fill("8")
    lead.locator("#pace button").click()
    expect_text(phone, "#state", "Your order of 7 is in. Time is nearly up")
    expect_text(phone, "#when", "Week 6")
    lead.get_by_role("button", name="Pause").click()
    served.stop(signal.SIGTERM)
    expect_text(lead, "#said", "The line to the server is down")
    assert lead.locator(".bar").evaluate("e => getComputedStyle(e).opacity") == "1", "nothing shines through"
    assert Session(served.path).state.teams["Reds"].game.moves.orders[4]["retailer"] == 7


def opened(people, served, token, *size):
    """A player's page, opened with the cookie of a seat that was taken before."""
    page = people(*size)
    page.context.add_cookies([{"name": served.cookie, "value": token, "url": served.address}])
    page.goto(served.address + "play")
    return page


@pytest.fixture
def serve(tmp_path):
    """Serves a session that ``begin`` has prepared in its file."""
    servers = []

    def serve(exercise, begin):
        session = Session(tmp_path / f"{exercise}.sqlite", exercise)
        made, cookie = begin(session), seat_cookie(session)
        session.log.close()
        servers.append(Served(tmp_path / f"{exercise}.sqlite"))
        servers[-1].cookie = cookie
        return servers[-1], made

    yield serve
    for server in servers:
        server.stop(signal.SIGINT)


def two_rounds(session):
    """Four weeks by two teams and, once more, six: orders, plain games and what the adviser said."""
    tokens, rounds = {team: session.join(f"{team} one", team, "shop") for team in ("Reds", "Blues")}, []
    for weeks, more in ((4, 3), (6, 1)):
        session.advise({**session.state.adviser.to_dict(), "disclosure": "its record"})
        session.start()
        games, machine, said = {team: PlainGame(session.state.original, session.state.seed) for team in tokens}, Machine(), []
        for week in range(weeks):
            for team, game in games.items():
                def choose(role, look, team=team, week=week, more=more, machine=machine, said=said):
                    if team == "Reds":
                        said.append(machine(look)[0])
                    return float(max(0, look["incoming"] + more * (1 if team == "Reds" else -1) + week % 2))

                game.play(choose)
                session.order(session.player(tokens[team]), game.moves[week]["shop"], week)
            session.advance(week)
        rounds.append((weeks, games, said))
        if len(rounds) == 1:
            session.start_over()
    return tokens, rounds


def test_rounds_and_the_record_of_the_adviser_on_the_pages(serve, people):
    served, (tokens, rounds) = serve("you_and_the_machine", two_rounds)
    lead, phone = people(), opened(people, served, tokens["Reds"], 390, 800)
    lead.goto(served.link)
    lead.locator("#s-session > summary").click()
    lead.locator("#rounds table").wait_for()
    head, *rows = lead.locator("#rounds table").evaluate(CELLS)
    assert head == ["team", "round 1, 4 weeks", "round 2, 6 weeks"] and {row[0] for row in rows} == set(tokens)
    assert all(agrees(cell, games[row[0]].total / weeks) for row in rows for cell, (weeks, games, _) in zip(row[1:], rounds, strict=True)), rows
    _, games, said = rounds[-1]
    games["Reds"].play(lambda role, look: 0.0)  # what is asked for this week is on the page before anybody orders
    off = [abs(a - b) for a, b in zip(said, games["Reds"].asked[1:], strict=True)]
    expect_text(phone, "#about", "So far its forecasts were off by")
    record = NUMBER.findall(phone.locator("#about").inner_text().split("So far")[1])
    assert agrees(record[0], sum(off) / len(off)) and agrees(record[1], len(off)), (record, off)


def test_what_is_left_of_the_budget(serve, people):
    served, (token, budget, prices) = serve("disruption_day", lambda s: (s.join("Ada", "Reds", "dealers"), s.state.exercise.budget, s.state.exercise.measures))
    phone, bought = opened(people, served, token, 390, 800), []
    left = lambda: NUMBER.findall(phone.locator("#budget").inner_text())  # noqa: E731
    expect_text(phone, "#budget", f"{budget:,.0f} left")
    for name in sorted(prices, key=prices.get):
        phone.locator(f"#measures input[value={name}]").click()
        over = sum(prices[one] for one in [*bought, name]) > budget
        bought += [] if over else [name]
        expect_text(phone, "#budget", f"{budget - sum(prices[one] for one in bought):,.0f} left")
        if over:
            expect_text(phone, "body", f"That costs {sum(prices[one] for one in [*bought, name]):,.0f}; the budget is {budget:,.0f}.")
            assert not phone.locator(f"#measures input[value={name}]").is_checked(), "what was refused is not bought"
    assert agrees(left()[0], budget) and bought and len(bought) < len(prices), (left(), bought)
