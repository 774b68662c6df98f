"""Spoilt cases by the hundred: sentences or a run, and nothing else."""

from __future__ import annotations

import shutil

import pytest
from tables.fuzz import try_seed

from twinkit.content import content_dir
from twinkit.tables import CaseError, read_case

TRIES = 80
"""Mutations that the suite tries; ``python tests/tables/fuzz.py 10000`` tries others."""


@pytest.mark.parametrize("first", range(0, TRIES, 40))
def test_a_spoilt_case_gives_sentences_or_runs(first):
    ends = {seed: try_seed(seed)[0] for seed in range(first, first + 40)}
    assert not {seed: end for seed, end in ends.items() if end not in ("ran", "sentences")}


def test_what_a_room_works_out_of_the_chain_waits_until_it_is_sound(tmp_path):
    """The plan of steps asks which objective an effect moves, and which levers there are."""
    folder = tmp_path / "aurora"
    shutil.copytree(content_dir("data") / "aurora", folder)
    lines = (folder / "strategy.csv").read_text(encoding="utf-8").splitlines()
    (folder / "strategy.csv").write_text("\n".join([*lines, *lines[1:]]) + "\n", encoding="utf-8")  # every objective twice
    with pytest.raises(CaseError, match="objective"):
        read_case(folder)
    assert try_seed(811041)[0] == "sentences"  # the plan of a chain whose sheets were mixed up
    assert try_seed(820759)[0] == "sentences"  # the steps of a chain of which a cell could not be read
