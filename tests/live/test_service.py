"""The service of a live twin: its pages, its alerts, and going on where it was."""

from __future__ import annotations

import asyncio
import json
import time

import pytest
from tiny_case import PRODUCT, SHOP, SOURCE, tiny_case
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from twinkit import cli
from twinkit.capabilities.live.company import Company
from twinkit.capabilities.live.feed import CLOCK, Feed
from twinkit.capabilities.live.now import live_now
from twinkit.capabilities.live.sources import Folder
from twinkit.live.command import accepting, kept_secret
from twinkit.live.server import Take, application
from twinkit.live.service import Alerts, Service
from twinkit.question import Plain, question_of
from twinkit.questions.live import SIGNS, told
from twinkit.report.document import Document
from twinkit.tables import CaseError

CASE = tiny_case(periods=250, start_date="2026-01-05").replace(objectives=[
    {"kpi": "fill rate", "relation": "at_least", "target": 0.6}, {"kpi": "time to recover", "relation": "at_most", "target": 10.0},
])  # fmt: skip
FIRE = {"kind": "event", "at": 30, "event": "fire", "what": "outage", "site": SOURCE, "expected": 25}


@pytest.fixture
def feed(tmp_path):
    with Feed(tmp_path / "readings.sqlite", CASE) as one:
        one._db.execute("PRAGMA synchronous=OFF")
        yield one


def rows(days: int) -> list[dict]:
    company = Company(CASE, 5)
    return [row for _ in range(days) for row in company.day()]


def service_of(feed: Feed, tmp_path, **more) -> Service:
    return Service(CASE, feed, horizon=28, worlds=16, alerts=Alerts(feed, str(tmp_path / "alerts.jsonl")), **more)


def test_a_light_that_changes_is_an_alert_once_and_a_restart_goes_on(feed, tmp_path):
    feed.note(CLOCK, "readings", True)  # today is another day each time that this is run
    (tmp_path / "in").mkdir()
    source = Folder(tmp_path / "in")
    one = service_of(feed, tmp_path, sources=[source])
    assert not one.step() and "no reading yet" in one.page.html
    lines = [json.dumps(row) for row in rows(32)]
    (tmp_path / "in" / "a.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    looking, show = [], one._show
    one._show = lambda now: (looking.append(one.looking), show(now))
    assert one.step() and looking == [True, True] and not one.looking and not one.step()
    assert f"{SIGNS['on course']} on course" in one.page.html
    with (tmp_path / "in" / "a.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(FIRE) + "\n")
    assert one.step()
    assert f"{SIGNS['likely to be missed']} likely to be missed" in one.page.html and "Because of fire" in one.page.html
    alerts = [json.loads(line) for line in (tmp_path / "alerts.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [(a["of"], a["state"]) for a in alerts] == [("objective fill rate", "likely to be missed")]
    again = service_of(feed, tmp_path, sources=[Folder(tmp_path / "in")])
    assert again.step()
    assert len((tmp_path / "alerts.jsonl").read_text(encoding="utf-8").splitlines()) == 1
    assert again.now.table().equals(one.now.table())



def test_names_of_tables_stay_text_on_the_page(feed):
    feed.take([*rows(12), {"kind": "count", "at": 1, "site": "<script>alert(1)</script>"}], "<b>x</b>")
    answer = told(live_now(CASE, feed.path, horizon=14, worlds=8, actions=False))
    page = Document(answer.title, answer.blocks, answer.about).to_html()
    assert "<script>alert" not in page and "<img src=x" not in page and "<b>x</b>" not in page
    assert "&lt;img src=x" in page


def test_the_page_follows_and_asks_for_the_key(feed, tmp_path, monkeypatch):
    taken: list[bytes] = []
    real = Take.data_received

    def received(self, chunk):
        real(self, chunk)
        taken.extend(self.parts if self.get_status() == 401 else [])

    monkeypatch.setattr(Take, "data_received", received)
    feed.take(rows(20), "x")
    service = service_of(feed, tmp_path)
    service.step()

    async def talk() -> None:
        open_, closed = (HTTPServer(application(service, "token", key)) for key in ("", "key"))
        places = []
        for server in (open_, closed):
            socket, port = bind_unused_port()
            server.add_socket(socket)
            places.append(f"http://127.0.0.1:{port}")
        ask = AsyncHTTPClient()

        async def get(address: str, **more):
            return await ask.fetch(address, raise_error=False, **more)

        page = await get(f"{places[0]}/")
        assert page.code == 200 and b"live.js" in page.body and "script-src 'self'" in page.headers["Content-Security-Policy"]
        for name in ("live.js", "live.css", "style.css"):
            assert (await get(f"{places[0]}/{name}")).code == 200
        first = json.loads((await get(f"{places[0]}/now")).body)
        assert "What is happening" in first["html"] and first["looking"] is False
        assert json.loads((await get(f"{places[0]}/now?have={first['number']}")).body)["html"] is None
        assert (await get(f"{places[0]}/../cli.py")).code == 404
        assert (await get(f"{places[1]}/now")).code == 403
        assert (await get(f"{places[0]}/now", headers={"Host": "evil.example"})).code == 403, "a page that gave this computer its own name"
        assert (await get(f"{places[1]}/?key=key", headers={"Host": "twin.example"})).code == 200
        let_in = await get(f"{places[1]}/?key=key")
        assert let_in.code == 200
        assert (await get(f"{places[1]}/now", headers={"Cookie": let_in.headers["Set-Cookie"].split(";")[0]})).code == 200
        sent = await ask.fetch(f"{places[1]}/readings", method="POST", body=json.dumps({"kind": "count", "at": 20, "site": SHOP, "product": PRODUCT, "units": 50}),
                               headers={"Authorization": "Bearer token"})  # fmt: skip
        assert json.loads(sent.body)["new"] == 1
        large = await ask.fetch(f"{places[1]}/readings", method="POST", body="[" * 500_000, headers={"Authorization": "Bearer wrong"}, raise_error=False)
        assert large.code == 401 and taken == []
        for server in (open_, closed):
            server.stop()

    asyncio.run(talk())
    assert service.step() and service.page.number >= 2


def test_a_shadow_company_feeds_the_twin_by_itself(feed, tmp_path):
    service = service_of(feed, tmp_path, company=Company(CASE, 9), pace=0.02, every=0.2).start()
    until = time.monotonic() + 240
    while (service.now is None or service.now.now < 15) and time.monotonic() < until:
        time.sleep(0.1)
    service.stop()
    assert service.now.now >= 15 and not service.problems
    assert not service.now.stale  # its clock is its own, not that of the calendar


def test_the_question_has_every_door(feed, monkeypatch, capsys, tmp_path):
    question = question_of("live")
    assert "not given" in question(Plain(CASE)).problems()[0]
    (tmp_path / "x.sqlite").write_bytes(b"no")
    assert "no file of readings" in question(Plain(CASE), feed=str(tmp_path / "x.sqlite")).problems()[0]
    with pytest.raises(CaseError, match="has no reading"):
        question(Plain(CASE, replications=8), feed=str(feed.path)).run()
    feed.take([*rows(40), FIRE, {"kind": "shipment", "at": 39, "origin": SOURCE, "destination": SHOP, "product": PRODUCT, "units": 5, "shipment": "S", "eta": 45}], "x")
    monkeypatch.setenv("TWINKIT_LIVE", str(feed.path))
    asked = question(Plain(CASE, replications=16), horizon=28)
    assert asked.problems() == [] and "live_now" in asked.code()
    text = str(question.tell(asked.run()))
    for said in ("likely to be missed", "do nothing", "Not foreseen here: time to recover", "S ", "Of 1 stock", "Rows that arrived", "Nothing has been read for"):
        assert said in text, said
    assert accepting(CASE, feed, "", "") == 0
    assert "Nothing that was read speaks against the tables" in capsys.readouterr().out
    assert accepting(CASE, feed, "7", "Ada") == 2


def test_secrets_stay_and_the_command_says_what_is_missing(feed, capsys, monkeypatch):
    assert kept_secret(feed, "token", "") == kept_secret(feed, "token", "") != kept_secret(feed, "key", "")
    assert kept_secret(feed, "token", "mine") == "mine"
    assert cli.main(["live"]) == 2 and "which case" in capsys.readouterr().err
    assert cli.main(["live", "camera", "--feed", "/no/such/place", "--file", str(feed.path.parent / "c.sqlite")]) == 2
    assert "is no feed" in capsys.readouterr().err
    monkeypatch.setenv("TWINKIT_TOKEN", "short")
    assert cli.main(["live", "camera", "--public", "--file", str(feed.path.parent / "c.sqlite")]) == 2
    assert "needs 8 characters or more" in capsys.readouterr().err
