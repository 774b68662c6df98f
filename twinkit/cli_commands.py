"""What each command of the command line does."""

from __future__ import annotations

import argparse
import filecmp
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from twinkit.content import content_dir, find_case
from twinkit.words import say


def version() -> str:
    """Version of the installed package."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("twinkit")
    except PackageNotFoundError:
        return "(not installed)"


def in_module(module: str, function: str) -> Callable[[argparse.Namespace], int | None]:
    """A command that stands in a module, which is imported when it runs."""
    return lambda args: getattr(import_module(module), function)(args)


run = in_module("twinkit.study.command", "run_command")
ask = in_module("twinkit.report.command", "ask_command")
report = in_module("twinkit.report.command", "report_command")
rerun = in_module("twinkit.report.command", "rerun_command")
intake = in_module("twinkit.capabilities.intake.command", "intake_command")
workshop = in_module("twinkit.workshop.start", "workshop_command")
bench = in_module("twinkit.bench.command", "bench_command")


def page_of_question(where: Path) -> tuple[Path, str]:
    """The notebook of all questions, and the address of one, where ``app_KEY.ipynb`` is asked for and KEY is a question beside it.

    What was a notebook of its own once is a page of that one; a command that names it opens the page.
    """
    beside, key = where.parent / "questions.ipynb", where.stem.removeprefix("app_")
    key = {"survival": "stress"}.get(key, key)  # what it was called then
    if where.exists() or not where.name.startswith("app_") or where.suffix != ".ipynb" or not beside.is_file():
        return where, ""
    from twinkit.question import questions

    return (beside, key) if key in questions() else (where, "")


def app(args: argparse.Namespace) -> None:
    """Serve the apps."""
    from twinkit.apps.serve import app_notebooks, serve
    from twinkit.chain.warm import is_warm, warm_up

    if not is_warm():
        _compile_rooms()
        warm_up(say)
    where, page = page_of_question(Path(args.notebook).expanduser() if args.notebook else content_dir("notebooks"))
    notebooks = app_notebooks(where)
    serve(
        notebooks,
        case=find_case(args.case) if args.case else None,
        host=args.host or ("0.0.0.0" if args.public else "127.0.0.1"),
        port=args.port,
        base_url=args.base_url,
        public=args.public,
        write=args.write,
        token=os.environ.get("TWINKIT_TOKEN", "") if args.public else "",
        pool=args.pool,
        visitors=args.visitors,
        idle_minutes=args.timeout,
        longest_minutes=args.longest,
        browser=not args.no_browser,
        debug=args.debug,
        page=page,
    )


def workbench(args: argparse.Namespace) -> None:
    """Serve the workbench."""
    args.notebook = args.notebook or content_dir("notebooks") / "workbench.ipynb"
    app(args)


def lab(args: argparse.Namespace) -> int:
    """JupyterLab on this computer only, with its token, and without news from outside."""
    folder = Path(args.folder).expanduser() if args.folder else Path.cwd()
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}; `twinkit init {folder}` makes one")
    options = [
        "--ServerApp.ip=127.0.0.1",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]
    if args.port is not None:
        options.append(f"--ServerApp.port={args.port}")
    if args.no_browser or os.environ.get("BROWSER", "").lower() == "none":
        options.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")
    command = [sys.executable, "-m", "jupyterlab", *options]
    if os.name != "posix":
        return subprocess.call(command, cwd=folder)
    os.chdir(folder)
    os.execv(sys.executable, command)  # this process becomes the server, and hears its signals


def init(args: argparse.Namespace) -> None:
    """Copy data/ and notebooks/; a file that differs is kept, and said so."""
    target = Path(args.folder).expanduser()
    copied, kept = 0, []
    for name in ("data", "notebooks"):
        source = content_dir(name)
        for file in sorted(p for p in source.rglob("*") if p.is_file() and not is_litter(p)):
            place = target / name / file.relative_to(source)
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, place)
                copied += 1
            elif not filecmp.cmp(file, place, shallow=False):
                kept.append(place)
    say(f"{counted(copied)} copied to {target}")
    if kept:
        say(f"{counted(len(kept))} there not as shipped, and kept as found:")
        say(*(f"  {place}" for place in kept))
        say("Delete or rename such a file and run the command again to get the shipped one.")


def counted(files: int) -> str:
    """``1 file``, ``2 files``."""
    return f"{files} file" if files == 1 else f"{files} files"


def is_litter(file: Path) -> bool:
    """True for what tools leave behind beside the shipped files."""
    return any(part in ("__pycache__", ".ipynb_checkpoints", ".DS_Store") for part in file.parts)


def check(args: argparse.Namespace) -> int:
    """Say every problem of a case, or what it holds."""
    from twinkit.tables import CaseError, check_case, notes_of, read_case

    path = find_case(args.case)
    try:
        case = read_case(path)
        problems = check_case(case)
    except CaseError as error:
        problems = error.problems
    if problems:
        from twinkit.cli import PROBLEMS, print_problems

        print_problems(problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        say(f"{count} in {path}", file=sys.stderr)
        return PROBLEMS
    say(f"{path}: no problem found. {case!r}")
    if told := notes_of(case):
        say("Legal, but perhaps not what is meant:")
        say(*(f"{number}. {note}" for number, note in enumerate(told, 1)))
    return 0


def allow(args: argparse.Namespace) -> int:
    """Show the rules of one's own beside a case, and allow them if their reader says yes."""
    from twinkit import rooms
    from twinkit.words import visible

    path = rooms.beside(find_case(args.case))
    if not path.is_file():
        raise FileNotFoundError(f"there is no {path}: rules of one's own stand there, see docs/architecture.md")
    content = path.read_bytes()
    say(f"{path} (SHA-256 {rooms.digest_of(content)}):", "", *map(visible, content.decode("utf-8", "replace").splitlines()), "")
    say("This is Python: it may do whatever you may do on this computer. A change of it has to be allowed anew.")
    if not args.yes and (not sys.stdin.isatty() or input("Run it whenever this case is read? [y/N] ").strip().casefold() not in ("y", "yes")):
        say("It is not run." if sys.stdin.isatty() else "It is not run: add --yes where nobody can be asked.")
        return 1
    try:
        rooms.allow(content)
    except rooms.RulesError as error:
        say(f"twinkit: {error}", file=sys.stderr)
        return 1
    say("It is run from now on, whenever this case is read here.")
    return 0


def template(args: argparse.Namespace) -> None:
    """Write empty tables with their headers."""
    from twinkit.tables import write_template

    path = Path(args.path).expanduser()
    if path.exists():
        raise FileExistsError(f"{path} exists already; name a new folder or workbook")
    write_template(path)
    say(f"Fill in {path}, then run `twinkit check {path}`.")


def tables(args: argparse.Namespace) -> None:
    """Print the page about the tables."""
    from twinkit.tables import tables_page

    say(*tables_page().splitlines())


def live(args: argparse.Namespace) -> int | None:
    """Serve a live twin."""
    from twinkit.chain.warm import is_warm, warm_up
    from twinkit.live.command import live_command

    if not (args.case or args.demo):
        say("twinkit: which case? Name one, or start the demonstration: twinkit live --demo", file=sys.stderr)
        return 2
    if not is_warm():
        warm_up(say)
    return live_command(args)


def warm(args: argparse.Namespace) -> int:
    """Compile ahead of the first run: the day, for rules in Python too, and beside it the lines and the forecasts."""
    from twinkit.chain.warm import warm_up

    beside = _compile_rooms()
    warm_up(say, rules=True)
    return beside.wait()


def _compile_rooms() -> subprocess.Popen:
    """Compile on another core what rooms run on: nobody who asks the first question about a line waits for it."""
    rooms = ("line.simulate", "demand.backtest")
    code = "; ".join(f"from twinkit.capabilities.{room} import warm_up; warm_up()" for room in rooms)
    return subprocess.Popen([sys.executable, "-c", code])
