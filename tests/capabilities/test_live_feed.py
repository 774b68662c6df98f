"""The feed: what arrives is kept once, whatever order it comes in, and nothing that was acknowledged is lost."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path

import pytest
import tornado.web
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_case import MARKET, PRODUCT, SHOP, SOURCE, tiny_case
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

from twinkit.apps import limits
from twinkit.capabilities.live.feed import Feed
from twinkit.capabilities.live.readings import Reader, Wrong
from twinkit.capabilities.live.sources import Folder, SourceError, SqliteTable, poll_all, read_json, source_of
from twinkit.live.server import Take

CASE = tiny_case(start_date="2026-01-05").replace(conversions=[{"product": PRODUCT, "unit": "box", "units": 12.0}])


def count(period: int, units: float, **more) -> dict:
    return {"kind": "count", "at": period, "site": SHOP, "product": PRODUCT, "units": units, **more}


def asked(period: int, units: float, **more) -> dict:
    return {"kind": "demand", "at": period, "market": MARKET, "product": PRODUCT, "units": units, **more}


def sent(number: str, period: int, units: float, eta, **more) -> dict:
    return {"kind": "shipment", "at": period, "origin": SOURCE, "destination": SHOP, "product": PRODUCT, "units": units, "shipment": number, "eta": eta, **more}


@pytest.fixture
def feed(tmp_path):
    with Feed(tmp_path / "readings.sqlite", CASE) as one:
        yield one


def plain(feed: Feed) -> list[tuple]:
    return [tuple(None if v != v else v for v in row) for row in feed.readings().drop(columns=["n", "source"]).itertuples(index=False)]


ROWS = [count(3, 80), count(4, 70, id="a", revision=1), count(4, 75, id="a", revision=2), asked(3, 20), sent("S1", 2, 40, 6), sent("S1", 5, 40, 9),
        {"kind": "receipt", "at": 9, "shipment": "S1"}, {"kind": "event", "at": 7, "event": "closed"}, {"kind": "over", "at": 12, "event": "closed"}, "garbage"]  # fmt: skip


@settings(max_examples=6, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 9))
def test_the_order_of_arrival_and_what_comes_twice_change_nothing(tmp_path_factory, luck: random.Random, again: int):
    folder = tmp_path_factory.mktemp("feed")
    with Feed(folder / "one", CASE) as straight, Feed(folder / "other", CASE) as mixed:
        straight.take(ROWS, "a")
        rows = ROWS + ROWS[again:]
        luck.shuffle(rows)
        taken = mixed.take(rows[:4], "a").add(mixed.take(rows[4:], "b"))
        assert plain(straight) == plain(mixed)
        assert (taken.arrived, taken.twice, taken.refused, taken.corrected) == (len(rows), len(rows) - len(ROWS), 1, 1)
        before = plain(mixed)
    with Feed(folder / "other", CASE) as opened:
        assert plain(opened) == before


def test_what_is_wrong_is_refused_with_all_that_is_wrong(feed):
    taken = feed.take([
        {**count(1, 5), "site": SHOP[:-1]}, {**count(1, -2), "colour": "red"}, {**count("someday", "x")}, asked(1, 3, unit="bxo"), asked(2, 30_000),
        {"kind": "stock"}, {"kind": "receipt", "shipment": ""}, {**sent("S", 1, 4, 3), "origin": SHOP, "destination": SOURCE}, 7, None, [1], count(-1, 2),
        {"kind": "event", "at": 3, "event": "flood", "what": "outage", "site": "Atlantis"}, {"kind": "event", "at": 3, "event": "floood"},
    ], "x")  # fmt: skip
    assert taken.refused == taken.arrived == 14
    for says in (r"there is no site .*Did you mean", r"units is -2: it must be 0 or more", "colour", "units is x.*at is someday", "unit is bxo.*Did you mean 'box'",
                 "1,500 times of what is usual", "kind is stock", "at is missing.*shipment is missing", "^null is no reading", "there is no lane from", "before the first period", "Atlantis", "has no event floood"):  # fmt: skip
        assert any(re.search(says, s) for s in taken.says), (says, taken.says)
    assert feed.counts().loc[0, ["kept", "refused", "readings"]].tolist() == [14, 14, 0]
    assert len(feed.readings()) == 0
    assert feed.take([asked(2, 30_000, sure="yes")], "x").new == 1


def test_units_and_dates_are_converted(feed):
    feed.take([count("2026-01-08", 2, unit="Box", error=1), count("2026-01-09T01:30:00+03:00", 30), sent("S", "2026-01-06", 1, "2026-01-12", unit="boxes")], "x")
    rows = feed.readings()
    assert rows[["kind", "period", "units", "error", "due"]].values.tolist() == [["shipment", 1, 12.0, 0.0, 7], ["count", 3, 30.0, 0.0, -1]] or (
        rows["units"].tolist() == [12.0, 24.0, 30.0]
    )
    with pytest.raises(Wrong, match="does not say when its first period is"):
        Reader(tiny_case()).read(count("2026-01-08", 2))


def test_two_counts_of_one_day_correct_each_other_unless_others_made_them(feed):
    taken = feed.take([count(3, 80), count(3, 82), count(3, 90, by="erp"), count(2, 70)], "x")
    assert (taken.corrected, taken.new, taken.late) == (1, 3, 0)
    assert sorted(feed.readings().query("period == 3")["units"]) == [82.0, 90.0]
    assert feed.take([count(2, 71)], "x").late == 1
    assert feed.changed(0) == 2 and feed.changed(4) == 2 and feed.changed(feed.last()) is None


def test_nothing_in_the_file_can_be_changed(feed, tmp_path):
    feed.take([count(1, 5)], "x")
    with closing(sqlite3.connect(feed.path)) as db, db:
        for order in ("UPDATE arrived SET units = 6", "DELETE FROM arrived"):
            with pytest.raises(sqlite3.IntegrityError):
                db.execute(order)
    db.close()
    (tmp_path / "letter.txt").write_text("Dear twin, " * 200, encoding="utf-8")
    with pytest.raises(ValueError, match="no file of readings"):
        Feed(tmp_path / "letter.txt", CASE)
    assert feed.note("said", "p1", {"p": 0.4}) and not feed.note("said", "p1", {"p": 0.9})
    assert list(feed.notes("said")) == [("p1", {"p": 0.4})]


JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3))


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["id", "kind", "at", "site", "product", "units", "unit", "eta", "event", "what", "sent", "revision"]), JSON | st.sampled_from(["count", "event", SHOP, PRODUCT, "2026-01-09"])) | JSON)
def test_garbage_never_breaks_it(row):
    with suppress(Wrong):
        READER.read(row)


READER = Reader(CASE)

HALF = chr(0xD800)
SPOILT = [
    {"kind": f"count{HALF}"}, count(3, 5, id=HALF), count(3, 5, id="a\0"), count(3, 5, id="x" * 5000), HALF, {HALF: 1},
    *(count(3, 5, sent=moment) for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00")),
    *(count(at, 5) for at in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "--3", "-", "²", 10**6)),
    count(3, 10**400), count(3, 1e308, sure="yes"), count(3, 5, error=1e308), count(3, 1e308, unit="box", sure="yes"),
    sent("S", 1, 4, "9999-12-31"), sent("S", 1, 4, 9_999_999),
]  # fmt: skip


def test_what_no_calendar_no_number_and_no_file_can_hold_is_refused_in_words(feed, tmp_path):
    nested = [read_json('{"kind": "count", "x": ' + "[" * n + "]" * n + "}") for n in range(850, 1010)]
    taken = feed.take([*SPOILT, *nested], "x")
    assert (taken.refused + taken.twice, taken.new, feed.newest()) == (len(SPOILT) + len(nested), 0, -1)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text(json.dumps(SPOILT[0]) + "\n" + json.dumps(count(1, 5, id="a\u2028b"), ensure_ascii=False) + "\n", encoding="utf-8")
    strange = os.fsencode(tmp_path / "in") + b"/\xff.jsonl"
    with suppress(OSError):  # not every disk has such names
        Path(os.fsdecode(strange)).write_text(json.dumps(count(2, 5)) + "\n", encoding="utf-8")
    taken = Folder(tmp_path / "in").poll(feed)
    assert taken.new == 1 + Path(os.fsdecode(strange)).exists()


def test_a_folder_is_read_as_it_grows(feed, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    source = Folder(folder)
    (folder / "a.csv").write_bytes("\ufeffkind;at;site;product;units\n".encode() + f"count;1;{SHOP};{PRODUCT.replace(';', '')};5\ncount;2;{SHOP};{PRODUCT}".encode())
    (folder / "b.jsonl").write_text(json.dumps(asked(1, 20)) + "\n{broken\n\n[1]\n", encoding="utf-8")
    (folder / "readme.txt").write_text("not a feed", encoding="utf-8")
    assert (source.poll(feed).new, source.poll(feed).arrived) == (2, 0)
    with (folder / "a.csv").open("ab") as file:
        file.write(b";6\r\ncount;3;x;y;z;too;many\n")
    taken = source.poll(feed)
    assert (taken.new, taken.refused) == (1, 1)
    (folder / "a.csv").write_text("kind,at\n", encoding="utf-8")  # shorter: it was replaced
    with (folder / "a.csv").open("a", encoding="utf-8") as file:
        file.write("count,4\n")
    assert source.poll(feed).refused == 1
    assert feed.readings()["units"].tolist() == [5.0, 20.0, 6.0]


def test_a_table_is_read_as_it_grows(feed, tmp_path):
    path = tmp_path / "erp.sqlite"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute('CREATE TABLE "stock log" (kind TEXT, at INTEGER, site TEXT, product TEXT, units REAL)')
        db.execute('INSERT INTO "stock log" VALUES (?, ?, ?, ?, ?)', ("count", 1, SHOP, PRODUCT, 5))
        db.commit()
        source = source_of(f"{path}:stock log")
        assert (source.poll(feed).new, source.poll(feed).arrived) == (1, 0)
        db.execute('INSERT INTO "stock log" VALUES (?, ?, ?, ?, ?)', ("count", 2, SHOP, PRODUCT, 6))
        db.commit()
        assert source.poll(feed).new == 1
    db.close()
    with pytest.raises(SourceError, match="no feed"):
        source_of(str(tmp_path / "nowhere"))
    assert "cannot be read" in next(poll_all([SqliteTable(path, "nothing")], feed))[1]


WRITER = """
import json, sys
from pathlib import Path
sys.path.insert(0, "tests")
from twinkit.capabilities.live.feed import Feed
from capabilities.test_live_feed import CASE, count
feed = Feed(sys.argv[1], CASE)
for i in range(int(sys.argv[2]), 100_000):
    feed.take([count(i % 50, i % 90, id=f"r{i}")], "w")
    sys.stdout.write(f"{i}\\n")
    sys.stdout.flush()
"""


def test_what_was_acknowledged_is_there_after_kill_9(tmp_path):
    """A writer is killed twice in the middle of its work, and goes on after the last reading that it was told is kept."""
    path, done = tmp_path / "readings.sqlite", -1
    root = Path(__file__).parents[2]
    for after in (23, 15):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(max(done, 0))], stdout=subprocess.PIPE, text=True, cwd=root,
                              env={**os.environ, "PYTHONPATH": str(root)}) as writer:  # fmt: skip
            for _, line in zip(range(after), writer.stdout, strict=False):
                done = int(line)
            writer.send_signal(signal.SIGKILL)
            done = max([done, *(int(line) for line in writer.stdout.read().split("\n")[:-1] if line.isdigit())])
        assert writer.returncode == -signal.SIGKILL
    with Feed(path, CASE) as feed:
        rows = feed.readings()
        keys = [int(k.removeprefix("count|r")) for k in rows["key"]]
        assert sorted(keys)[: done + 1] == list(range(done + 1))
        assert len(keys) == len(set(keys)) <= done + 2
        assert feed._db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_readings_come_over_http_with_the_token(feed, monkeypatch):
    monkeypatch.setattr(limits, "SLOW", 0.0)

    async def talk() -> None:
        server = HTTPServer(tornado.web.Application([("/readings", Take, {"feed": feed, "token": "s3cret", "tries": limits.Tries()})]))
        socket, port = bind_unused_port()
        server.add_socket(socket)
        ask = AsyncHTTPClient()

        async def send(body: str, token: str = "s3cret"):
            return await ask.fetch(f"http://127.0.0.1:{port}/readings", method="POST", body=body, raise_error=False, headers={"Authorization": f"Bearer {token}"})

        assert (await send("[]", "guess")).code == 401
        answer = await send(json.dumps([count(1, 5), count(1, 5), {"kind": "x"}]))
        assert json.loads(answer.body)["new"] == 1 and json.loads(answer.body)["twice"] == 1 and json.loads(answer.body)["refused"] == 1
        answer = await send(json.dumps(count(2, 5)) + "\n" + json.dumps(count(3, 5)) + "\n{")
        assert json.loads(answer.body)["new"] == 2 and "cannot be read" in json.loads(answer.body)["says"][0]
        assert (await send("")).code == 400
        for _ in range(25):
            answer = await send("[]", "guess")
        assert answer.code == 429
        server.stop()

    asyncio.run(talk())
    assert len(feed.readings()) == 3
