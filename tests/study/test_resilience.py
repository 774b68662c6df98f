"""Resilience of curves that can be read off."""

from __future__ import annotations

import numpy as np
import pytest

from twinkit.run.resilience import depth, resilience_index, resilience_loss, service_level, time_to_recover


def curve(text: str) -> np.ndarray:
    """A service curve of one world: one digit is a tenth, X is all."""
    return np.array([[1.0 if c == "X" else int(c) / 10] for c in text])


FULL = curve("X" * 12)


@pytest.mark.parametrize(
    ("text", "periods", "failed", "censored", "below", "dips"),
    [
        ("XXXXXXXXXXXX", 0, False, False, 0, 0),
        ("XX555XXXXXXX", 3, True, False, 3, 1),  # a duration, not the number of the period
        ("XX5X5XXXXXXX", 3, True, False, 2, 1),  # one good period between does not count for a hold of 3
        ("XX5XXX5XXXXX", 5, True, False, 2, 2),  # a small dip first does not stop the clock: back for good
        ("XX5XXX5XXX55", 10, True, True, 4, 3),
        ("XX5XX5XX5XXX", 7, True, False, 3, 1),
        ("XX5555555555", 10, True, True, 10, 1),
        ("XX55555555XX", 10, True, True, 8, 1),  # two good periods at the end are no hold of 3
    ],
)
def test_time_to_recover(text, periods, failed, censored, below, dips):
    found = time_to_recover(curve(text), FULL, 0.95, 0.95, hold=3)
    assert (found.periods[0], found.failed[0], found.censored[0]) == (periods, failed, censored)
    assert (found.below[0], found.dips[0]) == (below, dips)


def test_two_thresholds():
    found = time_to_recover(curve("XX5788XXXXXX"), FULL, failure_level=0.6, recovery_level=0.75, hold=2)
    assert found.periods[0] == 2


def test_depth_loss_and_index_are_relative_to_the_same_world():
    q, q0 = curve("88448888"), curve("88888888")
    assert depth(q, q0)[0] == pytest.approx(0.5)
    assert resilience_loss(q, q0)[0] == pytest.approx(0.8)
    assert resilience_index(q, q0)[0] == pytest.approx(1 - 0.8 / 6.4)
    assert depth(q0, q0)[0] == 1
    assert time_to_recover(q0, q0).failed[0] == False  # noqa: E712 (a numpy bool)


def test_service_level_where_nothing_is_asked():
    np.testing.assert_array_equal(service_level(np.array([0.0, 2.0]), np.array([0.0, 4.0])), [1.0, 0.5])
