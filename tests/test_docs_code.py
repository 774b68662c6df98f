"""The text of a page is run as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.mark.parametrize("page", ["time_travel.md", "calendars.md"])
def test_code_of_a_page(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    code = [line[4:] for line in lines if re.match(r" {4} *\S", line)]
    assert len(code) > 10
    exec(compile("\n".join(code), page, "exec"), {})
