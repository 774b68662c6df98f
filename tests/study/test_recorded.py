"""The library of recorded events: its table, its page, and the facts that stand in two places."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import twinkit
from twinkit.content import shipped_cases
from twinkit.events.recorded import (
    EU,
    GROUPS,
    chosen_events,
    code_of,
    library,
    members,
    recorded_events,
    words,
)
from twinkit.tables.schema_events import EVENT_TARGETS, LONGER, PAUSES, SHARES
from twinkit.tables.words import MODES, RECOVERIES, SITE_KINDS

PAGE = Path(__file__).parents[2] / "docs" / "recorded_events.md"


def entry(event):
    """What the page says of an event."""
    part = f" (part of {event.incident})" if event.incident != event.event else ""
    severity = f"{event.severity:g} days" if event.kind in LONGER else f"{100 * event.severity:g} %"
    lasts = "with no end in sight" if event.duration != event.duration else f"for {event.duration:g} days"
    back = f", then {event.recovery_days:g} days back ({event.recovery})" if event.recovery_days else ""
    return (f"### {event.event}{part}\n\n"
            f"From {event.day}: {event.kind} {severity}, {lasts}{back}; placed by {event.reach}: {event.hits}.\n\n"
            f"- Recorded: {event.recorded}\n- Assumed: {event.assumed}\n- Source: {event.source}.\n")  # fmt: skip


def test_the_page_is_up_to_date():
    page = PAGE.read_text(encoding="utf-8")
    assert page.split("## The events\n\n")[1] == "\n".join(map(entry, library()))
    assert re.findall(r"^\| `(\w+)` \| \w", page, re.M) == list(recorded_events().columns)


def test_the_code_of_the_page_runs(capsys):
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    code = [line[4:] for line in lines if re.match(r" {4}\S", line)]
    assert len(code) >= 4
    exec(compile("\n".join(code).replace(", 64)", ", 2)"), "page", "exec"), {})
    assert "Naka fab fire 2021" in capsys.readouterr().out


def test_the_library_is_no_case():
    assert "recorded_events" not in shipped_cases()
    assert {"automotive", "camera"} <= set(shipped_cases())


def test_every_row_says_what_is_recorded_what_is_assumed_and_who_says_so():
    table = recorded_events()
    assert len(table) >= 15
    assert table["event"].is_unique
    for column in ("place", "hits", "recorded", "assumed", "source"):
        assert (table[column].str.len() > 2).all(), column
    assert table["date"].is_monotonic_increasing
    years = [
        re.findall(r"\b(?:19|20)\d\d\b|\d{5}", f"{s} {r}")
        for s, r in zip(table["source"], table["recorded"], strict=True)
    ]
    assert all(years)


def test_every_row_is_of_the_words_of_the_tables():
    for e in library():
        assert e.kind in EVENT_TARGETS
        assert e.recovery in RECOVERIES
        assert e.reach in ("site", "area", "port", "lanes")
        assert e.severity > 0
        assert e.kind not in SHARES or e.severity <= 1
        assert e.kind not in PAUSES or e.severity == 1
        assert set(e.site_kinds) <= set(SITE_KINDS) - {"port"}
        assert e.mode in ("", *MODES)
        assert (e.recovery == "step") == (e.recovery_days == 0), e.event


def test_every_row_has_what_its_reach_needs():
    known = set(GROUPS) | {c for group in GROUPS.values() for c in group} | {"US", "PR", "UA"}
    for e in library():
        assert set(e.countries + e.other_countries) <= known, e.event
        needs = {
            "site": e.words and e.site_kinds and e.circle and e.least_tier >= 0,
            "area": e.circle or e.countries,
            "port": e.words,
            "lanes": e.mode or e.countries,
        }
        assert needs[e.reach], e.event


def test_a_circle_of_the_library_is_where_its_place_is():
    """Coordinates against those of the shipped case, which come from elsewhere: same city, same place."""
    sites = twinkit.example("automotive")["sites"].set_index("city")[["latitude", "longitude"]]
    compared = 0
    for e in library():
        city = e.place.split(",")[0]
        if e.circle and city in sites.index:
            there = sites.loc[[city]].iloc[0]
            assert abs(there["latitude"] - e.latitude) < 0.2, e.event
            assert abs(there["longitude"] - e.longitude) < 0.2, e.event
            compared += 1
    assert compared >= 5


def test_facts_that_the_automotive_case_has_too_are_the_same():
    rows = twinkit.example("automotive")["events"].to_dict("records")
    here = {(e.date.isoformat(), e.kind, e.duration, e.severity, e.recovery_days) for e in library()}
    columns = ("date", "kind", "duration", "severity", "recovery_time")
    others = {row["event"] for row in rows if tuple(row[c] for c in columns) not in here}
    assert others == {
        "US demand surge 2021 East",
        "US demand surge 2021 West",
        "Naka fab 90 days",
        "Suez detour 90 days",
    }


def test_countries_are_known_by_code_and_name():
    assert len(EU) == len(set(EU)) == 27
    assert "GB" not in EU
    for name in ("TH", "tha", "Thailand", " thailand "):
        assert code_of(name) == "TH"
    assert all(code_of(code) == code for group in GROUPS.values() for code in group)
    assert members(("EU", "GB")) == {*EU, "GB"}
    assert words(("US",)) == "the USA"


def test_a_year_and_an_incident_choose_all_that_is_in_them():
    year, problems = chosen_events(2021)
    assert not problems
    assert {e.date.year for e in year} == {2021}
    assert [e.event for e in chosen_events("2021")[0]] == [e.event for e in year]
    suez, _ = chosen_events("Suez Canal 2021")
    assert [e.kind for e in suez] == ["transit_pausing", "lead_time_increase"]
    assert [e.event for e in chosen_events("Suez blockage 2021")[0]] == ["Suez blockage 2021"]
    parts = Counter(e.incident for e in library())
    assert all(parts[e.event] <= 1 for e in library())  # so each part can be named alone
    both, _ = chosen_events(["Suez blockage 2021", "2021"])
    assert both == year


def test_what_is_not_there_is_told():
    _, problems = chosen_events(["1066", "Naka fab fir 2021", "Vesuvius"])
    assert ["no event is recorded" in p.sentence for p in problems] == [True, False, False]
    assert "Did you mean 'Naka fab fire 2021'?" in problems[1].sentence
    assert "recorded_events()" in problems[2].sentence
    assert chosen_events([])[1]
