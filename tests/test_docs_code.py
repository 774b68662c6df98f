"""The code of pages, and the examples of docstrings, are run as they stand."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
WITH_EXAMPLES = sorted(p for p in (ROOT / "twinkit").rglob("*.py") if ">>> " in p.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", ["time_travel.md", "calendars.md"])
def test_code_of_a_page(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    code = [line[4:] for line in lines if re.match(r" {4} *\S", line)]
    assert len(code) > 10
    exec(compile("\n".join(code), page, "exec"), {})


@pytest.mark.parametrize(
    "path", WITH_EXAMPLES, ids=lambda path: path.relative_to(ROOT / "twinkit").with_suffix("").as_posix()
)
def test_examples_are_true(path):
    found = doctest.testmod(
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    )
    assert found.attempted and not found.failed
