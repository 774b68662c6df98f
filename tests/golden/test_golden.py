"""The shipped cases give the figures that they gave before."""

from __future__ import annotations

import json

import pytest
from golden.update import FILE, figures


def test_figures_are_those_of_before():
    before, now = json.loads(FILE.read_text()), figures()
    assert set(before) == set(now)
    for case in before:
        assert now[case] == pytest.approx(before[case], rel=1e-9, nan_ok=True), f"{case}: run tests/golden/update.py"
