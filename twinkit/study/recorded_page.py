"""The page of documentation about recorded events, made from their table."""

from __future__ import annotations

from twinkit.study.recorded import COLUMNS, RecordedEvent, library

_START = """# Recorded events

What really happened to supply chains, ready to be replayed on any chain. The table is
`data/recorded_events.csv`; this page is made from it. Facts come from the sources named;
what is an assumption is told apart from what is on record.

    import twinkit

    again = twinkit.replay(twinkit.example("automotive"), "2021")    # or "Suez blockage 2021", or a list
    print(*again.sentences(), sep="\\n")                              # what each hits here, or why nothing
    found = twinkit.ensemble(again.case, again.scenario, 64)

`again.case` is the case with the events added, not scheduled; `again.scenario` makes them
happen; `again.table()` has a row for every event. `twinkit.recorded_events()` is the library
as a table.

## Where it hits another chain

- **area**: sites and ports in the circle, by their coordinates; if no site has coordinates, those
  of the country. Countries are known by their ISO codes and English names.
- **port**: lanes that name the port or canal in `via`, by its name or its place. If no lane of the
  case names any port, the lanes by sea between the countries it stands between.
- **lanes**: lanes of the mode, with an end in the countries; of a duty, into the country that
  takes it.
- **site**: an event at one site, such as a fire in a fab. First a site that makes such a thing in the
  same place; else the site that comes nearest by what it makes (the first of the words that any
  site matches; among several, the one with the most money a year in what leaves it); else the site of
  that kind with the most money a year in what leaves it. Which it is, is told in words.
  `stand_ins=False` leaves out all but the same place.

`at={"Naka fab fire 2021": "My supplier"}` places an event where you want it. What an area hits
leaves out sites that another part of the same incident hits by itself. An event that hits nothing
on your chain is told with the reason.

## When

The gaps between the events of a year stay as they were; events of several years are laid over one
another, each on its own day of the year. The first starts on its own day of the year if the
case has a `start_date`, or in the period `start`. Days become periods of the case (rounded); what
lasts less than a period happens for one period at so much less of its severity.

"""


def recorded_page() -> str:
    """The whole page, in Markdown."""
    columns = ["## The columns\n", "| column | meaning |", "|---|---|"]
    columns += [f"| `{name}` | {meaning} |" for name, meaning in COLUMNS.items()]
    return "\n".join([_START + "\n".join(columns) + "\n", "## The events\n", *(_entry(e) for e in library())])


def _entry(event: RecordedEvent) -> str:
    part = f" (part of {event.incident})" if event.incident != event.event else ""
    lasts = "with no end in sight" if event.duration != event.duration else f"for {event.duration:g} days"
    back = f", then {event.recovery_days:g} days back ({event.recovery})" if event.recovery_days else ""
    what = f"{event.kind} {event.severity_words}, {lasts}{back}; placed by {event.reach}: {event.hits}"
    lines = [
        f"### {event.event}{part}\n",
        f"From {event.day}: {what}.\n",
        f"- Recorded: {event.recorded}",
        f"- Assumed: {event.assumed}",
        f"- Source: {event.source}.\n",
    ]
    return "\n".join(lines)
