"""``twinkit intake FOLDER``: every night, dry run first; nothing is written unless the case is sound."""

from __future__ import annotations

import argparse
import csv
import filecmp
import gc
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from twinkit import rooms
from twinkit.capabilities.intake.assemble import Intake, difference, made_of
from twinkit.capabilities.intake.extracts import CORRECTED, CORRECTIONS, MAPPING, read_extracts
from twinkit.capabilities.intake.mapping import read_mapping
from twinkit.capabilities.intake.propose import SURE, propose
from twinkit.capabilities.intake.quality import quality_of
from twinkit.capabilities.intake.written import toml_of
from twinkit.tables.case import Case
from twinkit.tables.cells import escape
from twinkit.tables.problems import CaseError, listed
from twinkit.tables.read import read_case, read_some
from twinkit.tables.replace import replaced_file
from twinkit.tables.schema import TABLES
from twinkit.tables.write import put_folder, writable_path, write_case, write_workbook
from twinkit.words import counted, say

OK, PROBLEMS = 0, 2
CASE = "twinkit-case"
"""Folder of the case, in that of the extracts, where no other is named."""
PAUSE = 5.0
"""Time between two looks at a folder that is watched [seconds]."""


def intake_command(args: argparse.Namespace) -> int:
    """Make a case of a folder of extracts, or propose the mapping for it."""
    rooms.load()
    folder = Path(args.folder).expanduser()
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}")
    mapping = Path(args.mapping).expanduser() if args.mapping else folder / MAPPING
    if args.propose or not mapping.is_file():
        return _propose(folder, mapping, args)
    gc.disable()  # millions of texts, and no loops among them: looking for loops would take a tenth of the time
    if not args.watch:
        return _once(folder, mapping, args)
    seen = None
    while True:
        now = _look(folder, mapping)
        if now != seen:
            try:
                _once(folder, mapping, args)
            except CaseError as error:
                _tell(error.problems)
            gc.collect()
            seen = _look(folder, mapping)
            say(f"Watching {folder}; Ctrl-C ends it.")
        time.sleep(PAUSE)


def _look(folder: Path, mapping: Path) -> list[tuple[str, int, int]]:
    """What tells whether something has changed: names, sizes and times of the files."""
    files = [p for p in folder.rglob("*") if p.is_file() and CASE not in p.parts and not p.name.startswith(".")]
    return sorted((str(p), p.stat().st_size, p.stat().st_mtime_ns) for p in {*files, mapping} if p.exists())


def _propose(folder: Path, mapping: Path, args: argparse.Namespace) -> int:
    found = read_extracts(folder)
    _tell(found.problems)
    if not (found.tables or found.structures):
        say(*found.notes, f"No table was found in {folder}.")
        return PROBLEMS
    proposal = propose(found)
    for system, tables in proposal.systems.items():
        say(f"Recognised {system}: {listed([f'{t} ({name})' if t != name else t for t, name in tables.items()], 40)}.")
    doubtful = [f"{table} no. {n}, {column}: {sure:.2f}, {why}" for (table, n, column), (sure, why) in proposal.confidence.items() if sure < 0.8]
    if doubtful:
        say(f"{len(doubtful)} lines to look at first:", *(f"  {line}" for line in doubtful))
    if proposal.unused:
        say(f"Nothing was recognised in {listed(proposal.unused, 40)}.")
    if proposal.left:
        say("Left out:", *(f"  {sentence}" for sentence in proposal.left))
    if proposal.missing:
        say("Missing for a case:", *(f"  {sentence}" for sentence in proposal.missing))
    _say(found.notes)
    if args.check or (mapping.exists() and not args.propose):
        return PROBLEMS
    if mapping.exists():
        say(f"{mapping} exists already and was left as it is; rename it to have a new one.")
        return PROBLEMS
    mapping.write_text(toml_of(proposal, folder.resolve().name), encoding="utf-8", newline="\n")
    say(f"The proposal is in {mapping}. Look at it, write accepted = true, and run the command again. Lines below {SURE} were left out.")
    return PROBLEMS


def _once(folder: Path, mapping: Path, args: argparse.Namespace) -> int:
    mapped = read_mapping(mapping)
    result = made_of(read_extracts(folder, mapped.sources), mapped)
    out = Path(args.out).expanduser() if args.out else folder / CASE
    _say(result.notes)
    if result.assumed:
        say("Assumed, not known:", *(f"  {table}.{column} = {value}, {counted(rows, 'row')}{f': {why}' if why else ''}" for table, column, value, why, rows in result.assumed))
    if args.corrections:
        _list_to_correct(result, Path(args.corrections).expanduser())
    if result.case is None:
        _tell(result.problems)
        kept = f"; the case in {out} is as it was" if out.exists() else ""
        say(f"{counted(len(result.problems), 'problem')}; nothing was written{kept}.")
        return PROBLEMS
    _say([f"Quality: {finding.sentence}" for finding in quality_of(result).findings if finding.kind != "assumed"])
    with TemporaryDirectory() as made:
        return _written(result.case, write_case(result.case, Path(made) / "case"), out, mapping, mapped.accepted or args.accept, args.check)


def _written(case: Case, made: Path, out: Path, mapping: Path, accepted: bool, check: bool) -> int:
    """Tell how a case differs from the last one, and put it in its place if that is wanted; what is the same in it byte for byte is not read again."""
    told = difference(_last(made, out, case), case)
    say(repr(case), *(told or ["Nothing is other than in the last case."]))
    if not accepted:
        say(f"The mapping was proposed and nobody has accepted it: look at {mapping} and write accepted = true. Nothing was written.")
        return PROBLEMS
    if check:
        say("This was a dry run; nothing was written.")
        return OK
    if writable_path(out)[1]:
        write_case(case, out)
    else:
        put_folder(made, out)
    say(f"The case is in {out}.")
    return OK


def _list_to_correct(result: Intake, path: Path) -> None:
    """Write the cells of extracts that something is wrong with, to be filled in and put beside the extracts."""
    files = {file: e for e in result.folder.tables.values() for file in e.files}
    wrong = [(p.table, p.row, p.column, p.value, p.says) for p in result.problems if p.table in files and p.row is not None]
    wrong += [(f.file, f.row, f.column, f.value, f.says) for f in quality_of(result).findings if f.file]
    rows = list(dict.fromkeys(wrong))
    columns = [[r[i] for r in rows] for i in range(4)]
    page = [*CORRECTED, "finding"], [*columns, [None] * len(rows), [r[4] for r in rows]]
    if path.suffix.casefold() == ".xlsx":
        write_workbook({"corrections": page}, path)
    else:
        with replaced_file(path) as new, new.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([page[0], *([escape(v) if isinstance(v, str) else v for v in row] for row in zip(*page[1], strict=True))])
    say(f"{counted(len(rows), 'cell')} to look at in {path}: fill in should_be, and put it beside the extracts as {' or '.join(CORRECTIONS)}.")


def _last(made: Path, out: Path, case: Case) -> Case | None:
    """The last case, but for its sources, which no difference is told of; None where there is none that can be read."""
    if not out.exists():
        return None
    try:
        if not out.is_dir():
            return read_case(out)
        same = {f.stem for f in made.iterdir() if (out / f.name).is_file() and filecmp.cmp(f, out / f.name, shallow=False)}
        tables, settings = read_some(out, {*same, "sources"})
        empty = {t: case[t].iloc[:0] for t in TABLES if t not in {*same, *tables, "sources"}}
        return case.replace(settings=None if "settings" in same else settings, **empty, **tables)
    except CaseError:
        say(f"The case in {out} cannot be read any more, so nothing is compared with it.")
        return None


def _tell(problems: list) -> None:
    _say([f"{number}. {problem}" for number, problem in enumerate(problems, 1)])


def _say(lines: list[str]) -> None:
    if lines:
        say(*lines)


