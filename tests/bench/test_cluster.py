"""What is worked out for a large cluster, by figures that can be followed by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from twinkit.bench.cluster import NETWORK, Figures, worked_out

FOUND = Figures(
    start=2.0, first=0.5, batch=0.4, planning=0.001, overhead=0.0005, overhead_few=0.002, round_trip=0.01, case=1000,
    plan=125_000, results={"kpis": (25_000, 25_000), "curves": (5_000_000, 2_500_000)},
)  # fmt: skip


def test_one_worker_is_busy_with_batches():
    parts = worked_out(FOUND, 1, 10, 1024)
    assert parts["batches"] == pytest.approx(160 * (0.4 + 125_000 / NETWORK))
    assert parts["total"] == pytest.approx(0.5 + 10 * 0.002 + parts["batches"])
    assert 0.98 < parts["gain"] < 1


def test_a_thousand_workers():
    parts = worked_out(FOUND, 1_000, 1_000, 1_024)
    assert parts["plans"] == pytest.approx(2.0)
    assert parts["batches"] == pytest.approx(16 * 0.401)
    assert parts["scheduler"] == pytest.approx(8.0)
    assert parts["network"] == pytest.approx(16_000 * 25_000 / NETWORK) == pytest.approx(3.2)
    assert parts["total"] == pytest.approx(0.5 + 2 + 8)
    assert parts["gain"] == pytest.approx(6400 / 10.5)


def test_curves_fill_the_network_and_a_worse_scheduler_is_felt():
    curves = worked_out(FOUND, 1_000, 1_000, 1_024, "curves")
    assert curves["network"] == pytest.approx(1_000 * (5e6 + 15 * 2.5e6) / NETWORK)
    assert curves["total"] == pytest.approx(2.5 + curves["network"])
    slower = worked_out(replace(FOUND, overhead=0.01), 1_000, 1_000, 1_024)
    assert slower["total"] == pytest.approx(2.5 + 160)
