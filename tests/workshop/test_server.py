"""The server from outside: who is let in, what is refused, and what comes back after a stop."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress

import pytest
from workshop.wire import Line, Refused, ask, cookie_of, join, leader

from twinkit.apps import limits
from twinkit.apps.limits import SLOW, TRIES, WITHIN, Tries
from twinkit.workshop import server
from twinkit.workshop.live import MESSAGES, TRAINER
from twinkit.workshop.log import WorkshopError
from twinkit.workshop.start import open_workshop


@pytest.fixture
def shop(tmp_path):
    """A workshop that is open."""
    with open_workshop("beer_game", tmp_path / "one.sqlite", port=0) as workshop:
        yield workshop


def key_of(shop):
    return shop.trainer_link.split("key=")[1]


def seated(shop, role="retailer", name="Ann", team="Reds"):
    """Cookie of somebody who has taken a seat."""
    status, sentence, cookie = join(shop.address, code=shop.code, name=name, team=team, role=role)
    assert (status, sentence) == (200, "")
    return cookie


def played(shop, periods):
    shop.do("start")
    for period in range(periods):
        shop.do("advance", period)


def test_pages_come_with_headers_that_keep_everything_else_out(shop):
    for path in ("/", "/static/line.js", "/nothing", "/lead"):
        status, headers, _ = ask(shop.address, path)
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy, path
        assert headers["X-Content-Type-Options"] == "nosniff", path
    assert status == 403
    for path in ("/", "/static/line.js", "/live/player", "/nothing"):
        status, headers, _ = ask(shop.address, path, {"refused": "here"})
        assert status in (404, 405) and headers["Referrer-Policy"] == "no-referrer" and "default-src 'none'" in headers["Content-Security-Policy"], path
    assert ask(shop.address, "/static/none.js")[1]["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["/static/../server.py", "/static/..%2fserver.py", "/static/%2e%2e/log.py", "/static//etc/passwd",
     "/static/....//server.py", "/../../etc/passwd", "/static/board.html", "/workshop.sqlite", "/static/page.css%00.js"],
)  # fmt: skip
def test_no_file_but_those_of_the_pages_is_sent(shop, path):
    status, _, body = ask(shop.address, path)
    assert status in (400, 403, 404) and "import" not in body and "root:" not in body


def test_the_trainers_page_opens_with_its_key_alone(shop):
    cookie = leader(shop.address, key_of(shop))
    player = seated(shop)
    secret = ("/lead", "/board", "/qr.svg", "/debrief", "/debrief.xlsx", "/slides", "/slides/orders-light.svg", "/moves.csv", "/players.zip")
    for path in secret:
        assert ask(shop.address, path)[0] == 403
        assert ask(shop.address, path, cookie=player)[0] == 403
        assert ask(shop.address, path, cookie=player.replace("seat", "lead"))[0] == 403
    assert ask(shop.address, "/lead?key=wrong")[0] == 403
    for path in ("/lead", "/board", "/qr.svg"):
        assert ask(shop.address, path, cookie=cookie)[0] == 200
    assert "Nothing has been played yet" in ask(shop.address, "/debrief", cookie=cookie)[2]
    assert all(word in ask(shop.address, "/lead?key=" + key_of(shop))[1]["Set-Cookie"] for word in ("HttpOnly", "Lax"))
    assert ask(shop.address, "/play", cookie=player)[0] == 200
    status, headers, _ = ask(shop.address, "/", cookie=player)
    assert (status, headers["Location"]) == (302, "play"), "a phone that comes back is brought to its seat"
    assert ask(shop.address, "/play")[1]["Location"] == "./"


def test_wrong_codes_become_slow_and_right_ones_are_never_shut_out(shop, monkeypatch):
    waits = []

    async def sleep(seconds):
        waits.append(seconds)

    monkeypatch.setattr(limits.asyncio, "sleep", sleep)
    form = {"name": "Eve", "team": "Reds", "role": "retailer"}
    seen = [join(shop.address, code=f"AAAA{i:02d}", **form)[0] for i in range(TRIES + 3)]
    assert seen == [403] * TRIES + [429] * 3 and waits.count(SLOW) == 3
    assert ask(shop.address, "/lead?key=wrong")[0] == 429
    assert ask(shop.address, f"/lead?key={key_of(shop)}")[0] == 302, "the trainer shares the address of the room"
    assert join(shop.address, code=shop.code, **form)[:2] == (200, "")


def test_wrong_codes_are_forgotten_after_a_while_and_counted_by_address():
    now = [0.0]
    tries = Tries(lambda: now[0])
    for _ in range(TRIES):
        asyncio.run(tries.was_wrong("a"))
    assert tries.too_many("a") and not tries.too_many("b")
    now[0] = WITHIN + 1
    assert not tries.too_many("a") and "a" not in tries.wrong


def test_no_key_reaches_the_log(shop, caplog):
    with caplog.at_level("DEBUG"):
        ask(shop.address, f"/lead?key={key_of(shop)}")
        ask(shop.address, f"/nowhere?key={key_of(shop)}")
    assert key_of(shop) not in caplog.text


def test_forms_and_lines_from_other_pages_are_refused(shop):
    form = {"code": shop.code, "name": "Eve", "team": "Reds", "role": "retailer"}
    for origin in ("http://evil.example", "null", shop.address.rstrip("/") + ".evil.example"):
        assert ask(shop.address, "/join", form, Origin=origin)[0] == 403
    cookie = leader(shop.address, key_of(shop))

    async def lines():
        for origin in ("http://evil.example", "null", "http://localhost:1"):
            with pytest.raises(Refused, match="403"):
                await Line(shop.address, "trainer", cookie, origin).__aenter__()
        async with Line(shop.address, "trainer", cookie) as own:
            await own.until(lambda: own.state)

    asyncio.run(lines())


def test_lines_are_opened_only_by_those_whose_they_are(shop):
    player = seated(shop)

    async def lines():
        for kind, cookie in (("trainer", player), ("board", player), ("player", ""), ("trainer", "")):
            async with Line(shop.address, kind, cookie) as line:
                await line.until(lambda line=line: line.closed)
                assert line.closed == 4403 and not line.state and line.gone
        with pytest.raises(Refused, match="404"):
            await Line(shop.address, "state", player).__aenter__()

    asyncio.run(lines())


def test_whoever_has_the_code_may_watch_and_one_phone_has_one_seat(shop):
    assert ask(shop.address, "/watch", {"code": "WRONG"})[0] == 403
    status, headers, _ = ask(shop.address, "/watch", {"code": shop.code})
    watches = cookie_of(headers)
    assert status == 200 and ask(shop.address, "/board", cookie=watches)[0] == 200 == ask(shop.address, "/qr.svg", cookie=watches)[0]
    assert ask(shop.address, "/lead", cookie=watches)[0] == 403 == ask(shop.address, "/slides", cookie=watches)[0]
    assert asyncio.run(view(shop, "board", watches))["code"] == shop.code
    player = seated(shop)
    people = len(asyncio.run(view(shop, "board", watches))["teams"])
    form = {"code": shop.code, "name": "Again", "team": "Others", "role": "factory"}
    assert ask(shop.address, "/join", form, cookie=player)[0] == 200, "it is brought to the seat that it has"
    assert len(asyncio.run(view(shop, "board", watches))["teams"]) == people


def test_names_are_text_whatever_they_are(shop):
    names = {"retailer": "<script>alert(1)</script>", "wholesaler": "\u202eevil\u2066", "distributor": "👩‍🚒 أحمد",
             "factory": "=HYPERLINK(1)"}  # fmt: skip
    for role, name in names.items():
        seated(shop, role, name)
    people = [p["name"] for p in asyncio.run(view(shop, "trainer", leader(shop.address, key_of(shop))))["people"]]
    assert people == ["<script>alert(1)</script>", "evil", "👩‍🚒 أحمد", "=HYPERLINK(1)"]
    form = {"code": shop.code, "team": "Reds", "role": "factory"}
    for name in ("x" * 10_000, "", " \u202e\u200d ", "\x00\n"):
        status, sentence, _ = join(shop.address, name=name, **form)
        assert status == 409 and sentence.startswith("Please"), name[:9]
    with suppress(ConnectionError):  # the server hangs up before it has read so much
        assert ask(shop.address, "/join", {**form, "name": "x" * 100_000})[0] == 400
    assert join(shop.address, name="Ann", **form)[0] == 409, "it still answers, and the seat is taken"


async def view(shop, kind, cookie=""):
    async with Line(shop.address, kind, cookie) as line:
        return await line.until(lambda: line.state)


def test_nobody_sees_or_moves_the_seat_of_another(shop):
    ann, bob = seated(shop, "retailer"), seated(shop, "factory", "Bob", "Blues")
    played(shop, 5)

    async def try_it():
        async with Line(shop.address, "player", ann) as line, Line(shop.address, "player", bob) as other:
            await line.until(lambda: line.state)
            await other.until(lambda: other.state)
            assert not any(secret in json.dumps(line.state) for secret in ("Bob", "Blues", shop.code, key_of(shop)))
            async with Line(shop.address, "player", ann) as many:  # a page of its own: so many messages are too fast for one
                for command in (*TRAINER, "join", "close", "_do", "log", "state", ""):
                    assert await many.do(command, player=2, team="Blues") == "This page cannot do that."
            sneaky = {"team": "Blues", "role": "factory", "player": 2}
            assert await line.do("order", units=9, period=5, key="1", **sneaky) == ""
            await line.until(lambda: line.state["order"] == 9)
            assert other.state["order"] is None
            bad = ["x", None, -1, 1.5, 1e300, [], {}]
            assert all(await asyncio.gather(*(line.do("order", units=u, period=5, key=f"k{u}") for u in bad)))
            for text in ("", "{", "[]", "null", '"x"', "[" * 9000, '{"do": 1}', '{"do": "order", "units": NaN}'):
                line.write(text)
            assert await line.do("order", units=3, period=5, key="last") == "", "nonsense does not break the line"

    asyncio.run(try_it())
    assert asyncio.run(view(shop, "player", ann))["order"] == 3


def test_a_move_that_is_sent_again_counts_once_and_a_press_too(shop):
    ann, lead = seated(shop), leader(shop.address, key_of(shop))
    played(shop, 6)

    async def twice():
        async with Line(shop.address, "player", ann) as line, Line(shop.address, "trainer", lead) as trainer:
            for _ in range(2):
                assert await line.do("order", units=7, period=6, key="same") == ""
                assert await trainer.do("rollback", back=1, id="press-1") == "", "the answer was lost, it is sent again"
            await trainer.until(lambda: trainer.state["period"] == 5)
            assert await line.do("order", units=7, period=6, key="late") == "That week is over; it is week 6 now."
            for _ in range(3):
                await trainer.do("advance", period=5)
            await trainer.until(lambda: trainer.state["period"] == 6)

    asyncio.run(twice())
    form = {"code": shop.code, "name": "Cy", "team": "Reds", "role": "factory", "key": "a-long-word-of-the-browser"}
    first, second = join(shop.address, **form), join(shop.address, **form)
    assert first == second and first[0] == 200
    assert join(shop.address, **{**form, "key": "the-word-of-another-browser"})[0] == 409


def test_a_program_that_floods_is_told_to_wait(shop):
    ann = seated(shop)
    played(shop, 4)

    async def flood():
        async with Line(shop.address, "player", ann) as line:
            names = [line.send("order", units=1, period=4, key=str(i)) for i in range(MESSAGES + 5)]
            await line.until(lambda: all(name in line.answers for name in names))
            said = [line.answers[name] for name in names]
            assert said[:MESSAGES] == [""] * MESSAGES and all("too fast" in s for s in said[MESSAGES:])

    asyncio.run(flood())


def test_the_trainer_leads_and_everybody_sees_it(shop):
    ann, lead = seated(shop), leader(shop.address, key_of(shop))

    async def lead_it():
        async with (
            Line(shop.address, "player", ann) as line, Line(shop.address, "trainer", lead) as trainer,
            Line(shop.address, "board", lead) as board, Line(shop.address, "door") as door,
        ):  # fmt: skip
            await trainer.until(lambda: trainer.state and trainer.state["people"][0]["online"])
            await door.until(lambda: door.state)
            assert (
                await line.do("order", units=4, period=0, key="0") == "The game is not begun: orders are not taken now."
            )
            assert await trainer.do("start") == ""
            for period in range(6):
                assert await trainer.do("advance", period=period) == ""
            await board.until(
                lambda: board.state.get("period") == 6 and board.state["teams"][0]["awaited"] == ["retailer"]
            )
            assert await trainer.do("fork", team="Reds", period=2, bots={"retailer": "base stock"}) == ""
            name = (await trainer.until(lambda: trainer.state["forks"]))["forks"][0]["name"]
            assert await trainer.do("spotlight", fork=name) == ""
            await board.until(lambda: board.state["fork"])
            assert "no such “what if …”" in await trainer.do("spotlight", fork="x")
            assert await trainer.do("pause") == ""
            await line.until(lambda: line.state["phase"] == "paused")
            assert await trainer.do("remove", player=1) == ""
            await line.until(lambda: line.gone)
            assert "taken out" in line.gone
            assert await trainer.do("close") == ""
            await door.until(lambda: not door.state["open"])
        assert (
            join(shop.address, code=shop.code, name="Eve", team="Reds", role="retailer")[1] == "This session is closed."
        )

    asyncio.run(lead_it())


def test_what_a_trainers_page_could_send_wrong_never_spoils_the_file(shop, tmp_path):
    seated(shop)
    played(shop, 5)
    odd = [None, True, -1, 1.5, "x", [], {}, 10**9]
    lead = leader(shop.address, key_of(shop))
    names = {"start": (), "pause": (), "close": (), "rehearse": (), "start_over": ()}
    wanted = {"advance": "period", "inject": "row", "extend": "periods", "rollback": "back", "fork": "period",
              "spotlight": "fork", "bot": "bot", "show": "sights", "keep_pace": "seconds", "advise": "settings",
              "remove": "player", "rename": "player", "seat": "player", "add_team": "name", "remove_team": "name",
              "tell": "text", "ask_for": "kind", "begin_as": "name", "share_seats": "shared"}  # fmt: skip
    more = {"fork": {"team": "Reds", "bots": {}}, "bot": {"team": "Reds", "role": "factory"}, "rename": {"name": "Z"},
            "keep_pace": {"pace": "clock"}, "seat": {"team": "Reds", "role": "factory"},
            "ask_for": {"values": [4, None]}}  # fmt: skip
    assert {*names, *wanted, "name_players"} == set(TRAINER)

    async def send():
        async with Line(shop.address, "trainer", lead) as trainer:
            for command, name in wanted.items():
                for value in odd:
                    await trainer.do(command, **more.get(command, {}), **{name: value})
            rows = [{"kind": k, t: "factory", **extra} for k in ("outage", "x") for t in ("site", "market")
                    for extra in ({"severity": "x"}, {"duration": -3}, {"start": 1.5}, {"duration": "x"}, {"color": 1})]  # fmt: skip
            for row in rows:
                assert (await trainer.do("inject", row=row)).endswith("."), row
            for settings in ({"quality": 3}, {"wrong_from": "x"}, {"noise": None}, {"smoothing": []}):
                assert (await trainer.do("advise", settings=settings)).endswith("."), settings
            await trainer.until(lambda: trainer.state)

    asyncio.run(send())
    before = asyncio.run(view(shop, "trainer", lead))
    shop.close()
    with open_workshop(None, tmp_path / "one.sqlite") as again:
        assert again.address == shop.address, "pages that are open find their server where it was"
        after = asyncio.run(view(again, "trainer", lead))
    assert after == before


def test_everything_that_the_page_offers_can_happen(shop):
    seated(shop)
    played(shop, 5)
    state = asyncio.run(view(shop, "trainer", leader(shop.address, key_of(shop))))
    offered = state["happenings"]
    assert {"outage", "demand_surge", "transit_lost", "order_pausing"} <= {h["kind"] for h in offered}
    for first in range(0, len(offered), 4):
        shop.do("start_over")
        shop.do("start")
        for h in offered[first : first + 4]:
            row = {"kind": h["kind"], h["at"]: state["places"][h["at"]][-1], "start": 2}
            length, severity = ({"duration": 3} if h["lasts"] else {}), h["usual"] / h["scale"] if h["unit"] else 1
            shop.do("inject", {**row, **length, "severity": severity})
        for period in range(4):
            shop.do("advance", period)
    with pytest.raises(WorkshopError, match="can start in week 5 to 36"):
        shop.do("inject", {"kind": "outage", "site": "factory", "start": 40})


def test_a_players_page_is_made_once_and_again_when_a_name_changes(shop, monkeypatch):
    made = []
    whole = server.player_document
    monkeypatch.setattr(server, "player_document", lambda found, player: made.append(player) or whole(found, player))
    cookie = seated(shop)
    shop.do("extend", 2)
    played(shop, 2)
    pages = [ask(shop.address, "/mine", cookie=cookie) for _ in range(2)]
    assert pages[0][0] == 200 and pages[0][2] == pages[1][2] and "retailer (player 1)" in pages[0][2] and made == [1]
    shop.do("name_players", True)
    shop.do("rename", 1, "Beatrix")
    assert "retailer (Beatrix)" in ask(shop.address, "/mine", cookie=cookie)[2] and made == [1, 1]
