"""What is kept of an outcome, and what is said about the rest."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from study.small import shop

from twinkit.run.ensemble import CURVES, MARKETS, Dropped, NotKept, ensemble, reduced
from twinkit.run.scenario import Scenario
from twinkit.study.command import write_results

FIRE = Scenario("fire", ("fire",))


@pytest.fixture(scope="module")
def kept():
    return {detail: ensemble(shop(), FIRE, 100, detail=detail)["fire"] for detail in ("full", "curves", "kpis")}


def test_what_is_kept_is_the_same(kept):
    full = kept["full"]
    for detail in ("curves", "kpis"):
        assert kept[detail].table().equals(full.table())
        assert kept[detail].cost_table().equals(full.cost_table())
        assert kept[detail].replications == 100
    assert kept["curves"].curve("service").equals(full.curve("service"))
    assert kept["curves"].maps.keys() == full.maps.keys()


@pytest.mark.parametrize("name", [*MARKETS, *CURVES])
def test_what_is_not_kept_says_so_however_it_is_asked(kept, name):
    gone = getattr(kept["kpis"], name)
    says = "full" if name in MARKETS else "curves"
    for ask in (lambda: gone.mean(axis=1), lambda: gone["demand"], lambda: gone[3], lambda: len(gone), lambda: list(gone),
                lambda: gone - 1, lambda: gone > 1, lambda: np.asarray(gone), lambda: np.quantile(gone, 0.5, axis=1),
                lambda: "demand" in gone, lambda: gone.shape):  # fmt: skip
        with pytest.raises(NotKept, match=f"'{name}' were not kept: .*detail='kpis'; run it with detail='{says}'"):
            ask()


def test_files_of_a_study_without_curves_are_refused_in_a_sentence(kept, tmp_path):
    with pytest.raises(NotKept, match="'service' were not kept"):
        write_results(tmp_path, {"fire": kept["kpis"]}, [FIRE])


def test_it_can_be_copied_pickled_and_printed(kept):
    small = pickle.loads(pickle.dumps(kept["kpis"]))
    assert (small.service.name, small.service.detail) == ("service", "kpis")
    assert isinstance(copy.deepcopy(kept["kpis"]).markets, Dropped)
    assert repr(kept["curves"].markets) == "Dropped(name='markets', detail='curves')"
    assert isinstance(reduced(kept["curves"], "kpis").service, Dropped)


def test_a_detail_that_is_none():
    with pytest.raises(
        ValueError, match=r"'curvs' is no detail .*: choose full, curves, kpis\. Did you mean 'curves'\?"
    ):
        ensemble(shop(), FIRE, 2, detail="curvs")
