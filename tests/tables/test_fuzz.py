"""Spoilt cases by the hundred: sentences or a run, and nothing else."""

from __future__ import annotations

import pytest
from tables.fuzz import try_seed

TRIES = 80
"""Mutations that the suite tries; ``python tests/tables/fuzz.py 10000`` tries others."""


@pytest.mark.parametrize("first", range(0, TRIES, 40))
def test_a_spoilt_case_gives_sentences_or_runs(first):
    ends = {seed: try_seed(seed)[0] for seed in range(first, first + 40)}
    assert not {seed: end for seed, end in ends.items() if end not in ("ran", "sentences")}
