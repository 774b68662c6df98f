"""Recorded demand as people have it: dated, wide, with several lines a day, with returns.

The table of history has one row for each period of each market.  What a till or an ERP gives
is made into that here, and every liberty taken is noted: dates are counted from the start of
the run (those before it are below 0: what forecasts begin with), lines of one period are added up, a period without a line has no demand, what comes
back within a period is taken off, and a week or a month is spread evenly over its periods.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from twinkit.columns import Column
from twinkit.tables.cells import Span, Units, days_come_first, folded, span_of
from twinkit.tables.files import MOST_CELLS, Sheet, Sheets
from twinkit.tables.problems import listed, quote

PAIR = ["market", "product"]
MOST_PERIODS = 100_000
"""Periods that a history may have, as many as a run."""
_CLOSED = re.compile(r"(?:19|20)[0-9]{6}")


def tall(sheet: Sheet, columns: Mapping[str, Column], sheets: Sheets) -> Sheet:
    """A history with a column for each date or period, as one with a row for each; a column of dates may be called date."""
    known = {folded(name) for name in columns}
    heads = [folded(head) for head in sheet.header]
    if heads.count("date") == 1 and "period" not in heads:
        heads[heads.index("date")] = "period"
        sheet = replace(sheet, header=["period" if folded(head) == "date" else head for head in sheet.header])
    dates = [i for i, head in enumerate(heads) if head not in known and (sheet.header[i].strip().isdigit() or span_of(sheet.header[i], True))]
    if "units" in heads or "period" in heads or not dates:
        return sheet
    kept = [i for i in range(len(heads)) if i not in dates]
    n = len(sheet.rows)
    cells = [np.tile(sheet.cells[i], len(dates)) for i in kept]
    cells.append(np.repeat(np.array([sheet.header[i] for i in dates], dtype=object), n))
    cells.append(np.concatenate([sheet.cells[i] for i in dates]))
    filled = np.array([bool(text.strip()) for text in cells[-1]], dtype=bool)
    sheets.note("history", f"has a column for each of {len(dates)} dates or periods; each was read as rows of its own")
    return replace(
        sheet,
        header=[*(sheet.header[i] for i in kept), "period", "units"],
        cells=[column[filled] for column in cells],
        rows=np.tile(sheet.rows, len(dates))[filled],
        torn=np.tile(sheet.torn, len(dates))[filled],
    )


def dated(texts: np.ndarray) -> list[Span | None] | None:
    """What each cell of the column of periods says as days; None if they are periods, not dates."""
    different = {text.strip() for text in texts if text.strip()}
    day_first = days_come_first(different)
    closed = bool(different) and all(map(_CLOSED.fullmatch, different))
    spans = {text: span_of(text, day_first, closed) for text in different}
    if not any(spans.values()):
        return None
    return [spans.get(text.strip()) for text in texts]


def in_the_run(history: pd.DataFrame) -> pd.DataFrame:
    """The rows that a run replays: from period 0 on."""
    return history[history["period"] >= 0]


class Recorded:
    """The rows of a history on their way to one row for each period.

    Parameters
    ----------
    frame
        Market, product, period and units as they were read, a row for each line.
    rows
        Number of each row as a spreadsheet shows it.
    spans
        What each row says as days, or None if the periods are numbers.
    sheets
        Takes the notes.
    units
        How long a period is, and when the run starts.
    whole
        Whether units cannot be split.
    """

    def __init__(
        self, frame: pd.DataFrame, rows: np.ndarray, spans: list[Span] | None, sheets: Sheets, units: Units, whole: bool
    ) -> None:
        self.frame, self.rows, self.spans = frame, rows, spans
        self.sheets, self.units, self.whole = sheets, units, whole

    def settle(self) -> tuple[pd.DataFrame, np.ndarray]:
        """One row for each period of each market, and the number of the row that it comes from."""
        frame = self.frame.assign(_row=self.rows)
        if self.spans is not None:
            frame = self._placed(frame)
        if not len(frame):
            return frame.drop(columns="_row"), frame["_row"].to_numpy(np.int64)
        lines = frame.groupby([*PAIR, "period"], sort=False).agg(
            units=("units", "sum"), _row=("_row", "min"), _lines=("units", "size"), _low=("units", "min")
        )
        lines = lines.reset_index()
        self._tell_lines(lines)
        lines["units"] = lines["units"].clip(lower=0.0)
        lines = self._filled(lines)
        return lines[[*PAIR, "period", "units"]], lines["_row"].to_numpy(np.int64)

    def _placed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The lines in the periods of their days; a line about many days is spread evenly over them."""
        start = span_of(self.units.start_date) if self.units.start_date else None
        first = start.first if start else min(span.first for span in self.spans)
        if start is None:
            says = f"has dates, and settings has no start_date; the first date, {first}, is period 0"
            self.sheets.note("history", says, "Write start_date into settings to count from another day.")
        else:
            says = f"has dates; they were counted from start_date, {first}"
            self.sheets.note("history", says)
        length = self.units.period_days
        begin = np.array([(span.first - first).days for span in self.spans]) / length
        end = begin + np.array([span.days for span in self.spans]) / length
        early = begin < -1e-9
        if early.any():
            row, part = int(self.rows[early][0]), "all" if early.all() else str(int(early.sum()))
            says = f"{part} rows lie before start_date, {first} (row {row} is the first): forecasts begin with them, and a run replays none of them"
            self.sheets.note("history", says, "Write an earlier start_date into settings if the run is to begin with them.")
        far = np.abs(begin) >= MOST_PERIODS
        if far.any():
            says = f"lies more than {MOST_PERIODS} periods from the start of the run"
            self.sheets.refuse("history", says, "Take the row away, or correct start_date.", int(self.rows[far][0]))
        keep = ~far
        frame, begin, end = frame[keep].reset_index(drop=True), begin[keep], end[keep]
        long = np.array([span.days > max(1.0, 1.5 * length) for span in self.spans])[keep]
        if long.any():
            self.sheets.note("history", "weeks and months were spread evenly over the periods that they are made of",
                             "Real demand varies from period to period: give it by period, or make periods as long.")  # fmt: skip
        one = frame[~long].assign(period=np.floor(begin[~long] + 1e-9))
        parts = [one]
        for i in np.flatnonzero(long):
            periods = np.arange(math.floor(begin[i] + 1e-9), math.ceil(end[i] - 1e-9))
            share = (np.minimum(end[i], periods + 1) - np.maximum(begin[i], periods)) / (end[i] - begin[i])
            units = frame["units"].iat[i] * share
            if self.whole:
                units = np.diff(np.floor(np.cumsum(np.concatenate([[0.0], units])) + 0.5))
            part = pd.DataFrame({"period": periods.astype(float), "units": units})
            parts.append(part.assign(**{c: frame[c].iat[i] for c in (*PAIR, "_row")}))
        return pd.concat(parts, ignore_index=True)

    def _tell_lines(self, lines: pd.DataFrame) -> None:
        many = lines[lines["_lines"] > 1]
        if len(many):
            says = f"has several lines for a period, {len(many)} times; they were added up (row {int(many['_row'].iloc[0])} is the first)"
            self.sheets.note("history", says)
        back = lines[lines["units"] < 0]
        if len(back):
            units = -float(back["units"].sum())
            rows = listed([str(int(row)) for row in back["_row"]], 5)
            says = f"more came back than was asked for in {len(back)} periods, {units:g} units in all (rows {rows}); their demand is 0"
            self.sheets.note("history", says, "Take returns that belong to earlier demand off that demand.")
        elif (lines["_low"] < 0).any():
            self.sheets.note("history", "negative lines are returns and were taken off the demand of their period")

    def _filled(self, lines: pd.DataFrame) -> pd.DataFrame:
        """A period without a line is one without demand; dated histories all end with the last date."""
        first, last = min(lines["period"].min(), 0.0), lines["period"].max()
        if last >= MOST_PERIODS or (last + 1 - first) * len(lines[PAIR].drop_duplicates()) > MOST_CELLS:
            row = int(lines.loc[lines["period"].idxmax(), "_row"])
            says = f"is about period {last:g}, which makes the history too long to be run"
            self.sheets.refuse("history", says, "Number the periods from 0, or write dates such as 2024-01-05.", row)
            return lines
        ends = lines.groupby(PAIR, sort=False)["period"].agg(["max", "size"])
        ends["wanted"] = last if self.spans is not None else ends["max"]
        gaps = ends["wanted"] + 1 - first - ends["size"]
        some = gaps[gaps > 0]
        if not len(some):
            return lines
        market, product = some.index[0]
        more = f", and {int(some.iloc[1:].sum())} of {len(some) - 1} more" if len(some) > 1 else ""
        says = f"has no line for {int(some.iloc[0])} periods of {quote(str(market))} and {quote(str(product))}{more}; they count as 0"
        self.sheets.note("history", says, "Write the rows if the demand is only unknown.")
        index = pd.MultiIndex.from_tuples(
            [(*pair, t) for pair, end in ends["wanted"].items() for t in np.arange(first, end + 1)], names=[*PAIR, "period"]
        )
        full = lines.set_index([*PAIR, "period"]).reindex(index).reset_index()
        full["_row"] = full.groupby(PAIR, sort=False)["_row"].transform(lambda rows: rows.ffill().bfill())
        return full.assign(units=full["units"].fillna(0.0))
