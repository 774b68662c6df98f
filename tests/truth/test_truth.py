"""Every published case of a folder, through the tables and the ordinary chain.

``pytest tests/truth --truth DIR`` runs another folder of files of the same forms.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.truth import page
from tests.truth.forms import HERE, Published, cases_in

AGAIN = "write docs/truth.md again: PYTHONPATH=tests:. python tests/truth/page.py"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "published" in metafunc.fixturenames:
        found = cases_in(Path(metafunc.config.getoption("--truth") or HERE))
        metafunc.parametrize("published", found, ids=[case.name for case in found])


@cache
def lines_of_page() -> dict[tuple[str, str], list[str]]:
    """Lines of the page by heading of the section and first column."""
    found, heading = {}, ""
    for line in page.PAGE.read_text(encoding="utf-8").splitlines():
        heading = line.removeprefix("## ") if line.startswith("## ") else heading
        if line.startswith("| "):
            found.setdefault((heading, line.split(" | ")[0].removeprefix("| ")), []).append(line)
    return found


def told(case: Published) -> list[str]:
    """What the page says of a case."""
    return lines_of_page().get((page.SECTIONS[page.section_of(case)][0], page.title(case)), [])


def test_published_case(published: Published, request):
    own = not request.config.getoption("--truth")
    if published.form is None:
        if own:
            pytest.fail(f"{published.name}: a case of the project's own folder has a form that no test reads")
        pytest.skip(f"{published.name}: this form of case is not built yet")
    rows = published.rows()
    assert rows, f"{published.name}: nothing was compared"
    worst = {
        row.name: f"{row.difference:g} (at most {row.tolerance:g}, known within {row.half_width:g})"
        for row in rows if not row.agrees
    }  # fmt: skip
    assert not worst, f"{published.name}: published and ours differ by {worst}"
    if own:
        assert told(published) == page.lines_of(published, rows), AGAIN


def test_the_page_tells_of_every_case_and_of_nothing_else():
    cases = cases_in(HERE)
    assert page.text({case.name: told(case) for case in cases}, cases) == page.PAGE.read_text(encoding="utf-8"), AGAIN


def test_figures_are_small_and_described():
    text = page.PAGE.read_text(encoding="utf-8")
    for file, said in page.FIGURES.values():
        assert f"![{said}](truth/{file}.svg)" in text
        assert (page.PAGE.parent / "truth" / f"{file}.svg").stat().st_size < 60_000
