"""The command line: ``twinkit app``, ``lab``, ``init``, ``check``, ``run`` and more.

Each command imports what it needs when it runs, so that ``twinkit --help`` answers
at once.  A person reads sentences; tracebacks go to the log file.
"""

from __future__ import annotations

import argparse
import filecmp
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from twinkit.content import allow as say_yes
from twinkit.content import content_dir, digest_of, find_case
from twinkit.words import counted, say, visible

CASE = "folder of tables, workbook, or name of a shipped case"
OK, FAILED, PROBLEMS, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: done; something broke; the input has problems, said in sentences; Ctrl-C."""
LITTER = {"__pycache__", ".ipynb_checkpoints", ".DS_Store"}
"""What tools leave behind beside the shipped files."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = build_parser()
    args = parser.parse_args(argv)
    if args.command is None:
        parser.print_help()
        return OK
    try:
        use_rooms(args.rooms)
        return args.command(args) or OK
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return OK
    except Exception as error:
        if args.debug:
            raise
        return explain(error)


def use_rooms(files: Sequence[str]) -> None:
    """Python files of one's own, for this process and those that it starts.

    Raises
    ------
    FileNotFoundError
        If one is not there.
    """
    if not files:
        return
    from twinkit import rooms

    rooms.load()
    paths = [Path(file).expanduser().resolve() for file in files]
    for path in paths:
        rooms.load_file(path)
    os.environ[rooms.FILES] = os.pathsep.join([*filter(None, [os.environ.get(rooms.FILES, "")]), *map(str, paths)])


def explain(error: Exception) -> int:
    """Print an error as sentences on standard error; returns the exit code."""
    if problems := getattr(error, "problems", None):
        print_problems(problems)
        return PROBLEMS
    if type(error).__name__ == "CannotServeError" or isinstance(error, (FileNotFoundError, FileExistsError)):
        say(f"twinkit: {error}", file=sys.stderr)
        return PROBLEMS
    if isinstance(error, OSError) and error.filename:
        say(f"twinkit: {error.filename} cannot be read or written: {error.strerror}", file=sys.stderr)
        return PROBLEMS
    from twinkit.apps.kit.log import write_error

    path = write_error(error)
    said = (str(error).splitlines() or [""])[0][:300]
    say(f"twinkit: this failed: {type(error).__name__}: {said}", file=sys.stderr)
    say(f"What led to it is in {path}; --debug shows it here.", file=sys.stderr)
    return FAILED


def print_problems(problems: Sequence[object]) -> None:
    """Numbered sentences on standard error."""
    for number, problem in enumerate(problems, start=1):
        say(f"{number}. {problem}", file=sys.stderr)


def names(text: str) -> list[str]:
    """Comma-separated words."""
    return [word.strip() for word in text.split(",") if word.strip()]


def positive(text: str) -> int:
    """A whole number of at least 1."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(prog="twinkit", description="Digital twins of supply chains.")
    parser.add_argument("--version", action="version", version=f"twinkit {version()}")
    parser.set_defaults(command=None, debug=False, rooms=[])
    sub = parser.add_subparsers(title="commands", metavar="")

    def add(name: str, command: Callable, summary: str) -> argparse.ArgumentParser:
        one = sub.add_parser(name, help=summary, description=summary)
        one.add_argument("--debug", action="store_true", help="show tracebacks")
        own = "Python file of your own that adds questions, tables, levers …; may be given more than once"
        one.add_argument("--with", dest="rooms", action="append", default=[], metavar="FILE", help=own)
        one.set_defaults(command=command)
        return one

    add_app(add("app", app, "open the apps in the browser"))
    add_app(add("workbench", workbench, "open the workbench for analysts in the browser"))
    one = add("lab", lab, "open the notebooks in JupyterLab")
    one.add_argument("folder", metavar="DIR", nargs="?", help="folder to open (default: this one)")
    one.add_argument("--port", type=int, help="port to listen on")
    one.add_argument("--no-browser", action="store_true", help="only print the address")
    one = add("init", init, "copy the cases and the notebooks into a folder of your own")
    one.add_argument("folder", metavar="DIR")
    one = add("check", check, "check the tables of a case")
    one.add_argument("case", metavar="CASE", help=CASE)
    one = add("allow", allow, "show the rules of one's own beside a case, and let them be run as they are")
    one.add_argument("case", metavar="CASE", help=CASE)
    one.add_argument("--yes", action="store_true", help="say yes without being asked")
    add_run(add("run", run, "run a case and write its key figures"))
    add_ask(add("ask", ask, "ask a question of a case, and print the answer or write its report"))
    add_ask(add("forecast", ask, "forecast what will be asked for, from the history of a case"), "forecast")
    add_report(add("report", report, "run a case and write a report to hand on"))
    one = add("rerun", rerun, "run a report again from its file, and say whether the numbers are the same")
    one.add_argument("file", metavar="FILE", help="a report: .html, .pdf, .xlsx or .zip")
    one.add_argument("--out", metavar="FILE", help="also write the report of what came of it this time")
    add_intake(add("intake", intake, "make a case of the extracts of a company's own systems"))
    one = add("template", template, "write empty tables to fill in")
    one.add_argument("path", metavar="PATH", help="a new folder, or a new .xlsx workbook")
    add("tables", tables, "print what every table and column means")
    add_workshop(add("workshop", workshop, "a game for 20 to 60 people, on phones and laptops"))
    add_live(add("live", live, "a twin that follows a running chain: what is happening, where it is heading, what still helps"))
    one = add("bench", bench, "measure the speed on this computer")
    one.add_argument("--out", metavar="FILE", help="also write the figures to a file")
    add("warm", warm, "compile the fast parts once, ahead of the first run")
    return parser


def add_app(app: argparse.ArgumentParser) -> None:
    """Arguments of ``twinkit app``."""
    add = app.add_argument
    add("case", metavar="CASE", nargs="?", help=CASE)
    add("--notebook", metavar="PATH", help="serve this notebook, or the apps of this folder")
    add("--port", type=int, help="port to listen on (default: the first free one from 8866)")
    add("--no-browser", action="store_true", help="only print the address")
    add("--base-url", default="/", metavar="PATH", help="path in front of every address, for a proxy")
    add("--host", metavar="ADDRESS", help="address to listen on (default: only this computer)")
    add("--public", action="store_true", help="let other computers in; needs TWINKIT_TOKEN")
    add("--write", action="store_true", help="with --public: visitors may change the case itself, not only a copy each")
    add("--pool", type=int, metavar="N", help="kernels kept warm for the next visitors of an app")
    add("--visitors", type=positive, metavar="N", help="most visitors at a time (default: by memory)")
    add("--timeout", type=float, default=20, metavar="MINUTES", help="idle time of a kernel (default: 20)")
    add("--longest", type=float, metavar="MINUTES", help="time that a visitor may compute without a pause (default: no limit; with --public 30)")


def add_workshop(workshop: argparse.ArgumentParser) -> None:
    """Arguments of ``twinkit workshop``."""
    add = workshop.add_argument
    add("exercise", nargs="?", metavar="EXERCISE", help="a shipped exercise or a folder (default: beer_game)")
    add("--list", action="store_true", help="list the shipped exercises")
    add("--copy", metavar="DIR", help="copy the exercise into a new folder, to make your own of it")
    add("--guide", action="store_true", help="print the facilitator's guide of the exercise")
    add(
        "--file",
        default="workshop.sqlite",
        metavar="FILE",
        help="file that keeps every move; one that is there goes on",
    )
    add("--seed", type=int, metavar="N", help="seed of all chance")
    add("--port", type=int, help="port to listen on (default: the first free one from 8900)")
    add("--public", action="store_true", help="let other computers and phones in")
    add("--no-browser", action="store_true", help="only print the addresses")


def add_live(live: argparse.ArgumentParser) -> None:
    """Arguments of ``twinkit live``."""
    add = live.add_argument
    add("case", metavar="CASE", nargs="?", help=CASE)
    add("--demo", action="store_true", help="feed the twin from a shadow company: other luck, noisy late readings, and something that nobody tells")
    add("--feed", action="append", default=[], metavar="FEED", help="folder of CSV or JSON lines, file.sqlite:table, postgresql://… or mqtt://…; may be given more than once")
    add("--file", metavar="FILE", help="file that keeps every reading (default: CASE.live.sqlite); one that is there goes on")
    add("--horizon", type=positive, default=90, metavar="N", help="periods to look ahead (default: 90)")
    add("--notices", type=int, choices=range(61), metavar="N", help="periods that notices of shipments may take: until then a lane nobody has told of sends what the model sends (default: as the file of readings has it, else 0)")
    add("--worlds", type=positive, metavar="N", help="worlds of the twin (default: those of the case)")
    add("--alerts", metavar="FILE", help="file that gets a line of JSON for every alert")
    add("--webhook", metavar="URL", help="address that gets every alert with POST")
    add("--days-a-minute", type=positive, default=30, metavar="N", help="pace of the shadow company (default: 30)")
    add("--seed", type=int, metavar="N", help="luck of the shadow company")
    add("--accept", nargs="?", const="", metavar="NUMBER", help="list the numbers of the tables that do not fit what was read, or accept one of them")
    add("--by", metavar="NAME", help="who accepts it")
    add("--port", type=int, help="port to listen on (default: the first free one from 8900)")
    add("--public", action="store_true", help="let other computers and phones in, with a link that has a key")
    add("--no-browser", action="store_true", help="only print the addresses")


def add_run(run: argparse.ArgumentParser) -> None:
    """Arguments of ``twinkit run``."""
    run.add_argument("case", metavar="CASE", help=CASE)
    run.add_argument("--events", type=names, default=[], metavar="A,B", help="events of the case that happen")
    run.add_argument("--scenario", metavar="FILE", help="a saved scenario")
    run.add_argument("--replications", type=positive, metavar="N", help="number of worlds")
    run.add_argument("--periods", type=positive, metavar="N", help="number of periods")
    run.add_argument("--seed", type=int, metavar="N", help="seed of all chance")
    run.add_argument("--out", metavar="DIR", help="folder for the results")


def add_intake(intake: argparse.ArgumentParser) -> None:
    """Arguments of ``twinkit intake``."""
    add = intake.add_argument
    add("folder", metavar="FOLDER", help="folder of the extracts, with the mapping intake.toml if there is one")
    add("--mapping", metavar="FILE", help="the mapping (default: intake.toml in the folder)")
    add("--out", metavar="DIR", help="folder for the case (default: twinkit-case in the folder)")
    add("--check", action="store_true", help="dry run: say what would come of it, and write nothing")
    add("--propose", action="store_true", help="propose a mapping by what the extracts look like")
    add("--accept", action="store_true", help="take a proposed mapping as it is")
    add("--corrections", metavar="FILE", help="also write the cells that something is wrong with (.csv or .xlsx), to be filled in and put beside the extracts")
    add("--watch", action="store_true", help="do it again whenever a file changes")


def add_ask(ask: argparse.ArgumentParser, question: str = "") -> None:
    """Arguments of ``twinkit ask``, or of a command of its own that asks one question."""
    add = ask.add_argument
    if question:
        ask.set_defaults(question=question)
    else:
        add("question", metavar="QUESTION", nargs="?", help="its name; without it the questions are listed")
    add("case", metavar="CASE", nargs="?", help=f"{CASE}; without it, what the question asks for")
    add("inputs", metavar="NAME=VALUE", nargs="*", help="what the question asks for")
    add("--events", type=names, default=[], metavar="A,B", help="events of the case that happen")
    add("--scenario", action="append", default=[], metavar="FILE", help="a saved scenario; may be given more than once")
    add("--replications", type=positive, metavar="N", help="number of worlds")
    add("--seed", type=int, metavar="N", help="seed of all chance")
    add("--out", metavar="FILE", help="write a report instead: .html, .pdf, .pptx, .xlsx or .zip")


def add_report(report: argparse.ArgumentParser) -> None:
    """Arguments of ``twinkit report``."""
    add = report.add_argument
    add("case", metavar="CASE", help=CASE)
    add("--events", type=names, default=[], metavar="A,B", help="events of the case that happen")
    add("--scenario", action="append", default=[], metavar="FILE", help="a saved scenario; may be given more than once")
    add("--replications", type=positive, metavar="N", help="number of worlds")
    add("--periods", type=positive, metavar="N", help="number of periods")
    add("--seed", type=int, metavar="N", help="seed of all chance")
    add("--title", metavar="TEXT", help="title of the report")
    add("--note", default="", metavar="TEXT", help="a remark")
    add("--date", metavar="YYYY-MM-DD", help="date that it bears (default: today)")
    add("--out", metavar="FILE", required=True, help="what to write: .html, .pdf, .pptx, .xlsx or .zip")


# --- what each command does


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

    where, page = page_of_question(Path(args.notebook).expanduser() if args.notebook else content_dir("notebooks"))
    notebooks, case = app_notebooks(where), find_case(args.case) if args.case else None
    if not is_warm():
        with _compile_rooms():  # both at once; a server that is stopped meanwhile leaves nothing running
            warm_up(say)
    serve(
        notebooks,
        case=case,
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
        for file in sorted(p for p in source.rglob("*") if p.is_file() and not LITTER & set(p.parts)):
            place = target / name / file.relative_to(source)
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, place)
                copied += 1
            elif not filecmp.cmp(file, place, shallow=False):
                kept.append(place)
    say(f"{counted(copied, 'file')} copied to {target}")
    if kept:
        say(f"{counted(len(kept), 'file')} there not as shipped, and kept as found:")
        say(*(f"  {place}" for place in kept))
        say("Delete or rename such a file and run the command again to get the shipped one.")


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
        print_problems(problems)
        say(f"{counted(len(problems), 'problem')} in {path}", file=sys.stderr)
        return PROBLEMS
    say(f"{path}: no problem found. {case!r}")
    if told := notes_of(case):
        say("Legal, but perhaps not what is meant:")
        say(*(f"{number}. {note}" for number, note in enumerate(told, 1)))
    return 0


def allow(args: argparse.Namespace) -> int:
    """Show the rules of one's own beside a case, and allow them if their reader says yes."""
    from twinkit import rooms

    path = rooms.beside(find_case(args.case))
    if not path.is_file():
        raise FileNotFoundError(f"there is no {path}: rules of one's own stand there, see docs/architecture.md")
    content = path.read_bytes()
    say(f"{path} (SHA-256 {digest_of(content)}):", "", *map(visible, content.decode("utf-8", "replace").splitlines()), "")
    say("This is Python: it may do whatever you may do on this computer. A change of it has to be allowed anew.")
    if not args.yes and (not sys.stdin.isatty() or input("Run it whenever this case is read? [y/N] ").strip().casefold() not in ("y", "yes")):
        say("It is not run." if sys.stdin.isatty() else "It is not run: add --yes where nobody can be asked.")
        return 1
    say_yes(content)
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
