"""The habits of this repository that a machine can hold us to."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import networkx as nx

from twinkit.chain.compiled import sources

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "twinkit"
ORDER = [
    "lazy", "content", "columns", "words", "rooms", "rules", "inventory", "tables", "result", "chain", "levers", "run", "study", "events", "show",
    "capabilities", "answers", "code", "input", "question", "questions", "report", "bench", "apps",
    "workbench", "page", "workshop", "live", "cli",
]  # fmt: skip
"""Rooms from most fundamental to most complex: each imports only from earlier ones and itself."""

ADDRESS = re.compile(r"""https?://(?!localhost|127\.0\.0\.1|www\.w3\.org/)""")
LONGEST_FILE = 600
SUFFIXES = {".py", ".js", ".css", ".j2", ".html", ".md", ".toml", ".json", ".ipynb", ".csv", ".sh", ""}
SKIPPED = {".git", ".venv", ".venv-test", "build", "dist", "__pycache__"}


def project_files() -> list[Path]:
    """Every file of the repository that is not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        files = [ROOT / line for line in listed.splitlines()]
    except (OSError, subprocess.CalledProcessError):
        files = [f for f in ROOT.rglob("*") if not SKIPPED & set(f.relative_to(ROOT).parts)]
    return [f for f in files if f.is_file() and f.suffix in SUFFIXES]


FILES = project_files()
MODULES = [f for f in FILES if f.suffix == ".py" and PACKAGE in f.parents]
NOTEBOOKS = [f for f in FILES if f.suffix == ".ipynb"]


@cache
def tree(file: Path) -> ast.Module:
    """A module, parsed once."""
    return ast.parse(file.read_text(encoding="utf-8"))


def relative(file: Path) -> str:
    """Name of a file as it is said in a failure."""
    return str(file.relative_to(ROOT))


def room_of(dotted: str) -> str | None:
    """``twinkit.tables.case`` is in the room ``tables``; None for the package itself."""
    parts = dotted.split(".")
    if parts[0] != "twinkit" or len(parts) == 1:
        return None
    return "cli" if parts[1].startswith(("cli", "__main__")) else parts[1]


def imports(file: Path) -> Iterator[tuple[int, str]]:
    """Line and room of every import of this package, also inside functions."""
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            wanted = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            wanted = [node.module]
            if node.module == "twinkit":
                wanted = [f"twinkit.{alias.name}" for alias in node.names]
        else:
            wanted = []
        for dotted in wanted:
            room = room_of(dotted)
            if room in ORDER:
                yield node.lineno, room


def own_room(file: Path) -> str | None:
    """Room that a module belongs to."""
    return room_of(".".join(file.relative_to(ROOT).with_suffix("").parts))


def test_what_reaches_a_terminal_is_cleaned():
    """Only :func:`twinkit.words.say` prints (and the bar of a long run, which writes numbers, and the benches)."""
    free = {"twinkit/words.py", "twinkit/run/progress.py"}
    for module in MODULES:
        if relative(module) not in free and own_room(module) != "bench":
            for node in ast.walk(tree(module)):
                name = node.id if isinstance(node, ast.Name) else ""
                assert name != "print", f"{relative(module)}:{getattr(node, 'lineno', 0)} prints: use say"


def test_every_room_has_a_place_in_the_order():
    rooms = {own_room(f) for f in MODULES} - {"__init__", None}
    assert rooms <= set(ORDER), f"add to ORDER: {sorted(rooms - set(ORDER))}"


def test_imports_run_downward_only():
    upward = []
    for file in MODULES:
        room = own_room(file)
        if room in ORDER:
            high = [(line, other) for line, other in imports(file) if ORDER.index(other) > ORDER.index(room)]
            upward += [f"{relative(file)}:{line} imports {other}" for line, other in high]
    assert not upward, "\n".join(upward)


def module_name(file: Path) -> str:
    """``twinkit/tables/case.py`` is the module ``twinkit.tables.case``."""
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


NAMES = {module_name(f): f for f in MODULES}


def imported(file: Path) -> Iterator[tuple[int, str, bool]]:
    """Line, module and whether it stands inside a function, of every import."""

    def walk(node: ast.AST, inside: bool) -> Iterator[tuple[int, str, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from ((child.lineno, alias.name, inside) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                for alias in child.names:
                    full = f"{child.module}.{alias.name}"
                    yield child.lineno, full if full in NAMES else str(child.module), inside
            else:
                yield from walk(child, inside or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)))

    return walk(tree(file), False)


CIRCLES_LEFT = (
    {"report.book", "report.document", "report.found", "report.page", "report.pdf", "report.saving"},
    {"workshop.bots", "workshop.exercise", "workshop.game"},
)
"""Circles that are still to be opened, by annotations or imports inside functions; none is added here."""


def test_no_modules_import_each_other_in_a_circle():
    graph = nx.DiGraph()
    for name, file in NAMES.items():
        found = {module for _, module, _ in imported(file) if module in NAMES and module not in (name, "twinkit")}
        graph.add_edges_from((name, module) for module in found if name != "twinkit")
    circles = [{name.removeprefix("twinkit.") for name in c} for c in nx.strongly_connected_components(graph) if len(c) > 1]
    new = [sorted(circle) for circle in circles if not any(circle <= known for known in CIRCLES_LEFT)]
    assert not new, f"these import each other: {new}"


OPTIONAL = {
    "IPython", "cloudpickle", "dask", "distributed", "duckdb", "fontTools", "holidays", "ipywidgets", "jinja2", "jsonschema", "jupyter_client", "jupyterlab_server",
    "numba", "openpyxl", "optuna", "paho", "pg8000", "pint", "psutil", "pyvrp", "resource", "segno", "simpy", "sklearn", "statsmodels", "sqlalchemy", "stockpyl", "traitlets", "voila", "webbrowser", "xarray",
}  # fmt: skip
"""Packages that are slow to import, or not there everywhere: only they are imported inside functions."""
NEEDS_OPTIONAL = {"twinkit.run.card_day", "twinkit.show", "twinkit.show.decide", "twinkit.show.palette", "twinkit.questions.stress.figures", "twinkit.show.tiers"}
"""Modules of this package that need one of them, or matplotlib."""
QUICK_TO_OPEN = {"twinkit.cli", "twinkit.apps.serve"}
"""Doors that import what they open when they open it, so that ``twinkit --help`` is quick."""
INSIDE_LEFT = {
    "report.document", "report.pdf",
    "study.scorecard", "workbench",
}  # fmt: skip
"""Modules that still import others of this package inside functions; none is added here."""


def test_imports_stand_at_the_top():
    inside = [
        f"{relative(file)}:{line} imports {module} inside a function"
        for name, file in NAMES.items()
        if name not in QUICK_TO_OPEN and name.removeprefix("twinkit.") not in INSIDE_LEFT
        for line, module, deep in imported(file)
        if deep and module.split(".")[0] not in OPTIONAL and module not in NEEDS_OPTIONAL
    ]
    assert not inside, "\n".join(inside)


def test_compiled_code_is_kept_apart_by_all_that_it_is_made_of():
    """What compiled functions take from elsewhere stands in the sources that their folder is named after."""
    named = set(sources())
    strange = []
    for file in FILES:
        if file.parent == PACKAGE / "chain" and file.suffix == ".py" and file.read_bytes() in named:
            for node in tree(file).body:
                if isinstance(node, ast.FunctionDef) and "compiled" in [getattr(d, "id", "") for d in node.decorator_list]:
                    own = {a.arg for a in node.args.args} | {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
                    used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} - own
                    strange += [f"{relative(file)}: {name} of {home}" for name, home in origins(file).items()
                                if name in used and home.read_bytes() not in named]  # fmt: skip
    assert len(named) > 10 and not strange, strange


def origins(file: Path) -> dict[str, Path]:
    """Name → module of this package that it is imported from, for what a module imports at its top."""
    found = {}
    for node in tree(file).body:
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                home = NAMES.get(f"{node.module}.{alias.name}") or NAMES.get(str(node.module))
                if home is not None:
                    found[alias.asname or alias.name] = home
    return found


def test_imports_inside_the_package_name_it():
    dotted = [
        f"{relative(f)}:{node.lineno}"
        for f in MODULES
        for node in ast.walk(tree(f))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not dotted, f"write `from twinkit.… import`: {dotted}"


def test_no_source_file_is_long():
    sources = [f for f in FILES if f.suffix in (".py", ".js", ".css", ".j2", ".html", ".sh")]
    lengths = {relative(f): len(f.read_text(encoding="utf-8").splitlines()) for f in sources}
    long = {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE}
    assert not long, f"over {LONGEST_FILE} lines: {long}"


def test_pages_load_nothing_from_outside():
    served = [f for f in FILES if PACKAGE in f.parents and f.suffix in (".js", ".css", ".j2", ".html")]
    assert served
    found = [relative(f) for f in served if ADDRESS.search(f.read_text(encoding="utf-8"))]
    assert not found, f"address of another host in {found}"


def test_notebooks_are_stored_without_outputs():
    notebooks = {relative(f): json.loads(f.read_text(encoding="utf-8")) for f in NOTEBOOKS}
    run = {
        name
        for name, notebook in notebooks.items()
        for cell in notebook["cells"]
        if cell.get("outputs") or cell.get("execution_count") is not None
    }
    assert not run, f"clear the outputs of {sorted(run)}"
    assert not [name for name, notebook in notebooks.items() if "widgets" in notebook["metadata"]]


def test_an_app_notebook_is_short():
    apps = [f for f in NOTEBOOKS if f.name.startswith("app_")]
    cells = {relative(f): len(json.loads(f.read_text(encoding="utf-8"))["cells"]) for f in apps}
    assert all(count <= 4 for count in cells.values()), cells


def test_nothing_is_left_to_do():
    words = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
    texts = {relative(f): f.read_text(encoding="utf-8", errors="replace") for f in FILES}
    assert not [name for name, text in texts.items() if words.search(text)]


def test_the_wheel_carries_the_content_and_the_template():
    config = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '"data" = "twinkit/_content/data"' in config
    assert '"notebooks" = "twinkit/_content/notebooks"' in config
    template = PACKAGE / "apps" / "template" / "voila" / "templates" / "twinkit"
    assert {"conf.json", "index.html.j2", "page.html"} <= {f.name for f in template.iterdir()}
