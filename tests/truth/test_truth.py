"""Every published case of a folder, through the tables and the ordinary chain.

``pytest tests/truth --truth DIR`` runs another folder of files of the same forms.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.truth import form_boards, form_trace

HERE = Path(__file__).parent / "cases"


def cases_of(path: Path) -> Iterator[tuple[str, Callable[[], dict[str, float]] | None, float]]:
    """(name, differences, tolerance) of every case in a file; None where the form is not built."""
    data = json.loads(path.read_text())
    words = str(data.get("tolerance", "1e-6"))
    tolerance = 1e-5 if words.startswith("1e-6") else 1e-9 if words == "exact" else 0.01
    shared = data.get("parameters") or {}
    if "weeks" in shared:
        yield path.stem, lambda: form_boards.beer_game(shared, data["expected"], data.get("weekly", {})), tolerance
    elif "capacity_of_supplier" in shared:
        for name, case in data["cases"].items():
            lost = "lost" in name
            yield f"{path.stem}:{name}", lambda c=case, x=lost: form_boards.orgym(shared, c, x), tolerance
    elif "parameters_common" in data:
        common = data["parameters_common"]
        for name, case in data["cases"].items():
            yield f"{path.stem}:{name}", lambda c=case: form_boards.anylogistix(common, c), tolerance
    elif "demand_per_day" in shared:
        yield path.stem, lambda: form_boards.supplynetpy(shared, data["expected"]), tolerance
    elif "nodes" in shared:
        yield path.stem, lambda: form_trace.differences(shared, data["expected"]), tolerance
    elif all("nodes" in c.get("parameters", {}) for c in (data.get("cases") or {"": {}}).values()):
        for name, case in data["cases"].items():
            do = lambda c=case: form_trace.differences(c["parameters"], c["expected"])  # noqa: E731
            yield f"{path.stem}:{name}", do, tolerance
    else:
        yield path.stem, None, tolerance


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    folder = Path(metafunc.config.getoption("--truth") or HERE)
    found = [(c, d, t) for path in sorted(folder.glob("*.json")) for c, d, t in cases_of(path)]
    metafunc.parametrize("name, differences, tolerance", found, ids=[f[0] for f in found])


def test_published_case(name, differences, tolerance, request):
    if differences is None:
        if not request.config.getoption("--truth"):
            pytest.fail(f"{name}: a case of the project's own folder has a form that no test reads")
        pytest.skip(f"{name}: this form of case is not built yet")
    gaps = differences()
    assert gaps, f"{name}: nothing was compared"
    worst = {key: gap for key, gap in gaps.items() if not gap <= tolerance}
    assert not worst, f"{name}: published and ours differ by {worst}"
