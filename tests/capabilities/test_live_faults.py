"""What a feed does wrong: clocks that differ, numbers that nobody knows, events that come again, files that are written anew."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from feeds import asked, came, count, feed_of, image, shipped
from tiny_case import PRODUCT, SHOP, SOURCE, tiny_case

from twinkit.capabilities.live.feed import CLOCK, Feed
from twinkit.capabilities.live.readings import Reader
from twinkit.capabilities.live.sources import Folder
from twinkit.capabilities.live.twin import Twin
from twinkit.chain.layout import LN, ST

CASE = tiny_case(periods=200)
QUIET_DAYS = [asked(t, 0) for t in range(14)]


def on_hand(twin: Twin) -> float:
    return float(twin.by_world("stock", ST.on_hand, twin.stocks[SHOP, PRODUCT])[0])


def test_goods_that_came_in_before_they_left_are_not_lost(tmp_path):
    """The clock of the receiver is two days slow: the goods are there, and not on the way for ever."""
    right, skewed = (Twin(CASE, feed_of(tmp_path, CASE, [*QUIET_DAYS, shipped("A", 8, 30, 10), came("A", at)]), 2) for at in (8, 6))
    for twin in (right, skewed):
        assert twin.by_world("lane", LN.in_transit, 0).tolist() == [0.0, 0.0] and twin.on_the_way().empty
        assert on_hand(twin) == pytest.approx(120.0)
    assert image(right) == image(skewed)


def test_a_shipment_may_come_in_in_parts_and_only_once(tmp_path):
    rows = [*QUIET_DAYS, count(7, 100), shipped("A", 8, 30, 10)]
    part = [{**came("A", 10), "units": 12}, {**came("A", 12), "units": 8}]
    twin = Twin(CASE, feed_of(tmp_path, CASE, rows + part), 2)
    assert twin.on_the_way()[["shipment", "units", "late"]].values.tolist() == [["A", 10.0, 3]]
    assert on_hand(twin) == pytest.approx(120.0)
    twice = [came("A", 10), {**came("A", 12), "by": "gate"}, {**came("A", 13), "units": 30}]
    twin = Twin(CASE, feed_of(tmp_path, CASE, rows + twice), 2)
    assert on_hand(twin) == pytest.approx(130.0) and twin.on_the_way().empty


def test_a_corrected_amount_of_a_shipment_reaches_the_day_on_which_it_left(tmp_path):
    rows = [*QUIET_DAYS[:12], shipped("A", 4, 30, 11)]
    feed = feed_of(tmp_path, CASE, rows)
    twin = Twin(CASE, feed, 2)
    feed.take([shipped("A", 10, 25, 13)], "x")
    assert image(twin.refresh()) == image(Twin(CASE, feed, 2))
    assert twin.on_the_way()["units"].tolist() == [25.0]


def test_what_belongs_to_nothing_is_said(tmp_path):
    rows = [*QUIET_DAYS, came("ghost", 3), {"kind": "over", "at": 5, "event": "storm"}]
    twin = Twin(CASE, feed_of(tmp_path, CASE, rows), 2)
    told = " ".join(twin.unclear())
    assert "1 shipment came in of which nobody said that they had left" in told and "ghost" in told and "storm" in told
    assert image(twin) == image(Twin(CASE, feed_of(tmp_path, CASE, QUIET_DAYS), 2))


def test_an_event_that_happens_twice_has_happened_twice(tmp_path):
    fire = {"kind": "event", "event": "fire", "what": "outage", "site": SOURCE}
    rows = [{**fire, "at": 3, "expected": 9}, {"kind": "over", "at": 6, "event": "fire"}, {**fire, "at": 11, "expected": 30}, asked(13, 20)]
    twin = Twin(CASE, feed_of(tmp_path, CASE, rows), 2)
    assert [(r["event"], r["start"], r["duration"]) for r in twin.happening()] == [("fire (since 3)", 3, 3.0), ("fire", 11, 30.0)]
    again = Twin(CASE, feed_of(tmp_path, CASE, [*rows[:3], {**fire, "at": 12, "severity": 0.5, "expected": 30}, asked(13, 20)]), 2)
    assert [(r["start"], r["duration"], r["severity"]) for r in again.happening()] == [(3, 3.0, 1.0), (11, 1.0, 1.0), (12, 30.0, 0.5)]


def test_hours_count_where_periods_are_hours():
    read = Reader(tiny_case(periods=200, start_date="2026-01-05", period_days=1 / 24)).read
    for at, period in (("2026-01-05T00:00:00", 0), ("2026-01-05T14:05:00", 14), ("2026-01-06T01:30:00+01:00", 24), ("2026-01-08", 72)):
        assert read({**count(0, 5), "at": at}).period == period
    weeks = Reader(tiny_case(start_date="2026-01-05", period_days=7)).read
    assert [weeks({**count(0, 5), "at": at}).period for at in ("2026-01-11T23:59:00", "2026-01-12")] == [0, 1]


def test_a_reading_of_the_future_is_refused_where_the_calendar_is_known(tmp_path):
    """One wrong clock must not take the twin into another year: what arrived is never deleted."""
    today = datetime.now(UTC).date()
    case = tiny_case(start_date=str(today - timedelta(days=30)))
    ahead = [count(str(today + timedelta(days=d)), 5) | {"at": str(today + timedelta(days=d))} for d in (0, 1, 3, 365)]
    with Feed(tmp_path / "a", case) as feed, Feed(tmp_path / "b", case) as demo:
        taken = feed.take(ahead, "x")
        assert (taken.new, taken.refused) == (2, 2) and "in the future" in taken.says[0] and feed.newest() == 31
        demo.note(CLOCK, "readings", True)
        assert demo.take(ahead, "x").refused == 0


def test_numbers_of_different_things_do_not_correct_each_other(tmp_path):
    feed = feed_of(tmp_path, CASE)
    taken = feed.take([{**count(1, 50), "id": "1"}, {**asked(1, 7), "id": "1"}, {**count(1, 55), "id": "1", "revision": 1}], "x")
    assert (taken.new, taken.corrected) == (2, 1)
    assert sorted(feed.readings()["units"]) == [7.0, 55.0]


def test_files_that_are_written_anew_or_end_without_a_line_end(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    file, source = folder / "stock.csv", Folder(folder)
    feed = feed_of(tmp_path, CASE)

    def write(lines: list[str], age: float = 60.0) -> None:
        file.write_text("\n".join(lines), encoding="utf-8")
        os.utime(file, (time.time() - age,) * 2)

    def line(at: int, units: float) -> str:
        return f'count;{at};"{SHOP}";{PRODUCT};{units};ann,bob,cid,dan,eve'.replace('alert(1)"', 'alert(1)""').replace('onerror="', 'onerror=""')

    head = "kind;at;site;product;units;by"
    write([head, line(1, 50), line(2, 60)], age=0.0)
    assert source.poll(feed).new == 1  # the last line may still grow
    write([head, line(1, 50), line(2, 60)])
    assert source.poll(feed).new == 1
    write([head, line(3, 70), line(4, 80), line(5, 90)])  # the export of the next day, as long and longer
    found = source.poll(feed)
    assert (found.new, found.refused) == (3, 0)
    assert source.poll(feed).arrived == 0
    with file.open("a", encoding="utf-8") as stream:
        stream.write("\n" + line(6, 95) + "\n")
    assert source.poll(feed).new == 1
    assert feed.readings()["units"].tolist() == [50.0, 60.0, 70.0, 80.0, 90.0, 95.0]
    (folder / "more.jsonl").write_text(json.dumps(count(9, 5)), encoding="utf-8")
    os.utime(folder / "more.jsonl", (0, 0))
    assert source.poll(feed).new == 1


def test_a_market_has_gone_short_if_most_worlds_say_so(tmp_path):
    """The mean of the worlds is short of 2 % long before most of them are."""
    twin = Twin(CASE, feed_of(tmp_path, CASE, [asked(t, 20) for t in range(30)]), 16)
    shares = np.array([twin.track[t].short[0] for t in range(30)])
    assert ((shares >= 0) & (shares <= 1)).all() and twin.track[0].market_asked[0] == pytest.approx(20.0)
