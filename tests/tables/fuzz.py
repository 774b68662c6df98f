"""Spoilt cases: a sound small case, or one of the shipped ones, mutated by a seed, is checked, run and asked; nothing but a result or sentences may come of it.

``PYTHONPATH=. python tests/tables/fuzz.py 10000 0`` tries so many mutations from that seed on and says what fell.
"""

from __future__ import annotations

import contextlib
import csv
import io
import random
import resource
import shutil
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from tables.conftest import good_tables

from twinkit.cli import main
from twinkit.columns import table_columns
from twinkit.content import content_dir
from twinkit.tables import Case, CaseError, read_case, write_case
from twinkit.tables.schema import TABLES, Settings

NASTY = (
    "", " ", "0", "-1", "1", "2", "0.5", "-0.5", "1e308", "-1e308", "1e309", "-9e18", "9e18", "1e12", "1e9", "99999", "1e-300", "nan", "inf",
    "-inf", "NaN", "None", "12,5", "1.250", "1.250,75", "1 000", "2 weeks", "50 units/week", "20 %", "3 moons", "%", "yes", "no", "maybe",
    "2024-01-05", "20240105", "2024-02-30", "05.01.2024", "03/04/2024", "2024-01", "=1+1", "=cmd|' /C calc'!A0", "'", '"', "'=1", "\t", "\\n",
    "Mill", "mill", "Bakery", "Bread", "bread ", "Town", "Harbour", "a" * 40_000, "\u00fc", "u\u0308", "\u202e", "\U0001f525", "\ufeff", "--", "+", "∞",
    "base_stock", "unlimited", "s_S", "normal", "poisson", "history", "shares", "priority", "first_come", "outage", "plant", "port", "sea",
    "0x10", "1_000", "１２", "1e5", "365", "100000", "100001", "0.0000001", "33333333333333333333",
)  # fmt: skip
LARGE = ("1e308", "-1e308", "9e18", "-9e18", "1e12", "1e9", "1e6", "1e5", "99999", "1e-300", "-1", "0", "nan", "inf", "2958465", "9" * 400)
"""Numbers that a whole column is filled with."""
WORLDS, PERIODS = 2, 12
ASKED = {
    "aurora": (("roadmap", "worlds=2", "horizon=6", "wait=1"), ("roles", "role=manager")), "automotive": (("network",),), "camera": (("stocking",), ("explain",)),
    "computers": (("siting", "simulate=no", "seconds=5"), ("to_order", "orders=100", "worlds=2")),
    "cyclone": (("relief",), ("tours", "iterations=20")), "diamonds": (("trace", "worlds=2"), ("cash", "worlds=2")),
    "drinks": (("forecast", "horizon=4", "origins=2"),),
    "gearbox": (("bottleneck",), ("upkeep", "samples=100")),
    "mangoes": (("trace", "worlds=2"), ("cash", "worlds=2")), "scooters": (("enter", "worlds=20"),),
}  # fmt: skip
"""Shipped case → questions that use its tables of rooms, asked in little."""
LONGEST = 1000
"""Periods above which a spoilt case is not asked: a long answer is no fall."""


@cache
def base(name: str = "") -> dict[str, list[list[str]]]:
    """A sound case as rows of texts by table: the small one, with every column of the schema, or a shipped one."""
    if name:
        return {file.stem: list(csv.reader(io.StringIO(file.read_text("utf-8")))) for file in sorted((content_dir("data") / name).glob("*.csv"))}
    tables = good_tables()
    for start, event in zip((2, 4, 6, 8), tables["events"], strict=True):
        event |= {"start": start, "duration": min(event["duration"], 3)}
    case = Case("good", tables, {"periods": 60, "start_date": "2024-01-01"})
    rows = {}
    for table, owner in TABLES.items():
        names = list(table_columns(owner))
        frame = case[table][names].astype(object).where(case[table][names].notna(), "")
        rows[table] = [names, *[[_text(v) for v in row] for row in frame.itertuples(index=False)]]
    settings = [[name, _text(case.settings[name])] for name in table_columns(Settings)]
    rows["settings"] = [["setting", "value"], *settings]
    return rows


def _text(value: object) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def mutate(rows: dict[str, list[list[str]]], luck: random.Random) -> None:
    """Spoil one to four things."""
    for _ in range(luck.choice((1, 1, 1, 2, 4))):
        table = luck.choice(list(rows))
        page = rows[table]
        what = luck.choice(("cell", "grown", "grown", "other") * 4 + ("row", "twice", "column", "head", "both", "short", "long", "table", "extra", "swap", "fill", "fill", "empty", "name", "heads"))
        if not page or len(page[0]) == 0:
            continue
        i, j = luck.randrange(len(page)), luck.randrange(len(page[0]))
        j = min(j, len(page[i]) - 1)
        if what == "cell" and j >= 0:
            page[max(i, min(1, len(page) - 1))][j] = luck.choice(NASTY)
        elif what in ("grown", "other") and len(page) > 1 and j >= 0:
            row, beside = luck.choice(page[1:]), luck.choice(page[1:])
            if j < min(len(row), len(beside)):
                row[j] = beside[j] if what == "other" else _grown(row[j], luck)
        elif what == "row" and len(page) > 1:
            del page[max(i, 1)]
        elif what == "twice":
            page.insert(i, list(page[i]))
        elif what == "column":
            for row in page:
                if j < len(row):
                    del row[j]
        elif what == "head" and j >= 0:
            page[0][min(j, len(page[0]) - 1)] = luck.choice((*NASTY, page[0][0] + "s", "period", "lead_time [weeks]", "2024-01-01", "mean [units/week]"))
        elif what == "both":
            other = luck.choice(list(rows))
            rows[table], rows[other] = rows[other], rows[table]
        elif what == "short" and page[i]:
            page[i] = page[i][:-1]
        elif what == "long":
            page[i] = [*page[i], luck.choice(NASTY)]
        elif what == "table":
            del rows[table]
            if not rows:
                return
        elif what == "extra":
            for row in page:
                row.append(luck.choice(NASTY))
        elif what == "swap" and len(page) > 2 and j >= 0:
            k = luck.randrange(1, len(page))
            if j < len(page[k]) and j < len(page[i]):
                page[i][j], page[k][j] = page[k][j], page[i][j]
        elif what == "fill":
            value = luck.choice(LARGE)
            for row in page[1:]:
                if j < len(row):
                    row[j] = value
        elif what == "empty":
            rows[table] = luck.choice(([], [[""]], [page[0]], [[]], page[1:]))
        elif what == "name":
            rows[luck.choice(("Sheet1", table.upper(), table + " ", "sites", "stations", "clauses", "tariffs", "options", "steps", "settings"))] = page
            del rows[table]
        elif what == "heads" and page[0]:
            page[0][luck.randrange(len(page[0]))] = luck.choice(page[0])


def _grown(text: str, luck: random.Random) -> str:
    """A number that is larger, smaller, none or below 0; any other text as it is."""
    try:
        return f"{float(text) * luck.choice((1e2, 1e4, 1e6, 1e9, 1e12, 1e-6, 0.1, 0, -1, 7)):.6g}"
    except ValueError:
        return text


def write(rows: dict[str, list[list[str]]], place: Path, luck: random.Random) -> Path:
    """The spoilt case as a folder or a workbook; sometimes its bytes are spoilt, too."""
    folder = place / "case"
    folder.mkdir()
    separator = luck.choice((",", ",", ",", ";", "\t"))
    for table, page in rows.items():
        lines = [separator.join('"' + c.replace('"', '""') + '"' if any(x in c for x in (separator, '"', "\n")) else c for c in row) for row in page]
        data = bytearray(("\n".join(lines) + "\n").encode("utf-8", "surrogatepass"))
        if luck.random() < 0.03:
            _spoil(data, luck)
        (folder / f"{table}.csv").write_bytes(bytes(data))
    if luck.random() < 0.75:
        return folder
    with contextlib.suppress(CaseError, ValueError):
        book = write_case(Case("good", good_tables()), place / "book.xlsx")
        with zipfile.ZipFile(book) as parts:
            content = {n: bytearray(parts.read(n)) for n in parts.namelist()}
        for _ in range(luck.choice((1, 1, 3))):
            name = luck.choice(sorted(content))
            old, new = luck.choice(((b'r="1"', b'r="2000000000"'), (b'r="A2"', b'r="ZZZZZ2"'), (b"<v>", b"<v>1e308"), (b"</row>", b""),
                                    (b't="s"', b't="d"'), (b't="n"', b't="e"'), (b"<c ", b'<c s="999" '), (b"", b"")))  # fmt: skip
            if old and old in content[name]:
                content[name] = bytearray(bytes(content[name]).replace(old, new, luck.choice((1, -1))))
            else:
                _spoil(content[name], luck)
        with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as parts:
            for name, data in content.items():
                parts.writestr(name, bytes(data))
        if luck.random() < 0.2:
            data = bytearray(book.read_bytes())
            _spoil(data, luck)
            book.write_bytes(bytes(data))
        return book
    return folder


def _spoil(data: bytearray, luck: random.Random) -> None:
    """Some bytes are others, or are gone."""
    for _ in range(luck.choice((1, 3, 20))):
        if data:
            data[luck.randrange(len(data))] = luck.randrange(256)
    if luck.random() < 0.3:
        del data[luck.randrange(len(data) + 1) :]


def command(*words: str) -> tuple[int, str]:
    """What comes of a command: its exit code, and what was wrong with it ("" if it gave an answer or sentences)."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = main(list(words))
    except BaseException as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return 1, f"{words[:2]} raised {type(error).__name__} at {Path(last.filename).name}:{last.lineno}: {str(error)[:120]}"
    text = said.getvalue()
    fell = code not in (0, None, 2) or "Traceback" in text or (code and not text.strip())
    return code or 0, f"{words[:2]} ended with {code}: {text[-300:]}" if fell else ""


def attempt(path: Path, asked: tuple[str, ...] = ()) -> str:
    """What comes of a case that is checked, run and asked: "sentences", "ran", or how it fell."""
    code, fell = command("check", str(path))
    if code or fell:
        return fell or "sentences"
    from twinkit.chain.chain import Chain

    try:
        case = read_case(path)
        warm, periods = case.settings["warm_up"], min(int(case.settings["periods"]), PERIODS)
        chain = Chain(case.replace(settings={"periods": periods, "warm_up": min(warm, periods - 1)}), WORLDS, record=["stocks.on_hand", "stocks.backlog"])
        chain.run()
    except CaseError:
        return "sentences"
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        return f"run raised {type(error).__name__} at {Path(last.filename).name}:{last.lineno}: {str(error)[:120]}"
    for name in ("stocks.on_hand", "stocks.backlog"):
        values = chain.history(name)
        if not np.isfinite(values).all() or (values < -1e-6).any():
            return f"run has impossible {name}"
    if asked and case.settings["periods"] <= LONGEST:
        key, *inputs = asked
        if fell := command("ask", key, str(path), *inputs, "--replications", "2")[1]:
            return fell
    if chain.case.settings["warm_up"]:
        return "ran"
    balance = chain.balance().abs()
    scale = max(1.0, float(np.abs(chain.history("stocks.on_hand")).max()), float(np.abs(chain.history("stocks.backlog")).max()))
    if not (balance.to_numpy() <= 1e-6 * scale).all():
        return f"run lost goods: {balance.to_numpy().max():g} of {scale:g}"
    return "ran"


def try_seed(seed: int) -> tuple[str, float]:
    """What comes of the mutation with a seed, and how long it took [s of computing]."""
    luck = random.Random(seed)
    place = Path(tempfile.mkdtemp(prefix="spoilt-"))
    name = luck.choice(("", "", "", "", *ASKED))
    try:
        rows = {table: [list(row) for row in page] for table, page in base(name).items()}
        mutate(rows, luck)
        path = write(rows, place, luck)
        start = time.process_time()
        return attempt(path, luck.choice(ASKED[name]) if name else ()), time.process_time() - start
    finally:
        shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    count, first = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0
    for compiled in range(-20, 0):
        try_seed(compiled)
    found, slowest, fell, slow = Counter(), (0.0, -1), 0, 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    peak = before
    for seed in range(first, first + count):
        end, took = try_seed(seed)
        good, high = end in ("ran", "sentences"), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found[end if good else "fell"] += 1
        fell, slow, slowest = fell + (not good), slow + (took > 2), max(slowest, (took, seed))
        if not good or took > 2 or high > peak + 100:
            print(f"{seed}: {end}; {took:.1f} s; {high - peak:.0f} MB more", flush=True)
        peak = max(peak, high)
        if (seed + 1 - first) % 100 == 0 or seed + 1 - first == count:
            print(f"{seed + 1 - first} mutations: {dict(found)}; {slow} above 2 s, slowest {slowest[0]:.2f} s (seed {slowest[1]}); {peak - before:.0f} MB more than before", flush=True)
    sys.exit(1 if fell else 0)
