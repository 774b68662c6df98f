"""Remaining useful life from sensors: against machines whose end is known, and the decision against sums by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import twinkit
from twinkit.capabilities.intake.assemble import intake
from twinkit.capabilities.intake.extracts import read_extracts
from twinkit.capabilities.intake.propose import propose
from twinkit.capabilities.upkeep.ageing import best_age, fit_weibull
from twinkit.capabilities.upkeep.sensors import FOLDS, _features, read_histories
from twinkit.tables import CaseError


def histories(machines, seed, tells=True, first=0):
    """Machines that wear evenly until they fail at 1: a sensor reads the wear with noise, another one noise alone, a third never changes."""
    luck, rows = np.random.default_rng(seed), []
    for m in range(machines):
        end = int(luck.integers(40, 120))
        wear = np.arange(1, end + 1) / end
        rows.append(pd.DataFrame({"machine": first + m, "time": np.arange(1, end + 1), "wear": (wear if tells else 0.0) + luck.normal(0, 0.03, end), "noise": luck.normal(size=end), "still": 5.0}))
    return pd.concat(rows, ignore_index=True)


def test_the_state_is_read_from_the_last_records():
    own = histories(1, 3)
    x = _features(own)
    for i in (0, 1, 7, len(own) - 1):
        window = own.iloc[max(0, i - 29) : i + 1]
        assert x[i, 0] == own["time"].iat[i] and x[i, 1] == pytest.approx(window["wear"].mean()) and x[i, 7] == own["wear"].iat[i]
        if i:
            assert x[i, 4] == pytest.approx(np.polyfit(range(len(window)), window["wear"], 1)[0], abs=1e-9)


def test_what_is_left_is_told_of_machines_that_were_not_seen():
    failed, later = histories(40, 1), histories(30, 2, first=100)
    luck = np.random.default_rng(5)
    cut = {m: luck.integers(10, len(own)) for m, own in later.groupby("machine")}
    working = pd.concat([own.iloc[: cut[m]] for m, own in later.groupby("machine")])
    truth = np.array([len(own) - cut[m] for m, own in later.groupby("machine")])
    found = twinkit.remaining_life(failed, working, known=1e6)
    told = found.machines.sort_values("machine")
    off = told["remaining"].to_numpy() - truth
    plain = np.sqrt(((truth - truth.mean()) ** 2).mean())
    assert np.sqrt((off**2).mean()) < 0.5 * plain and found.error().low < np.sqrt((off**2).mean()) * 1.5
    inside = ((told["low"] <= truth) & (truth <= told["high"])).sum()
    assert inside >= 23, "of 30 intervals that are made to hold 90 %, fewer do in one of a thousand times"
    assert found.coverage().high > 0.8 and "The soonest to fail is 1" in found.sentences()[2]


def test_a_sensor_is_worth_what_it_saves_on_the_same_machines():
    failed = histories(40, 1)
    found = twinkit.what_sensors_are_worth(failed, 100.0, 1000.0, known=1e6)
    ends = failed.groupby("machine")["time"].max().to_numpy(float)
    run = found.rates["run to failure"]
    assert run[0].tolist() == [1000.0] * 40 and sorted(run[1]) == sorted(ends)
    known = found.rates["as if all were known"]
    assert known[0].sum() / known[1].sum() == pytest.approx(4000 / (ends - 1).sum())
    age = found.rates["by age"]
    assert len(np.unique(age[1][age[0] == 100.0])) <= FOLDS, "an age for each fold"
    at = best_age(fit_weibull(ends.tolist()), 100.0, 1000.0).age
    assert np.median(age[1][age[0] == 100.0]) == pytest.approx(at, rel=0.2)
    assert (found.rates["by the sensor"][1] <= run[1]).all()
    failed = found.table().set_index("way")["failed"]
    assert failed["run to failure"] == 1 and failed["as if all were known"] == 0 and failed["by age"] == (age[0] == 1000.0).mean()
    got = found.worth()
    assert got[1] > 0 and got[0] < found.worth("as if all were known")[0]
    assert "Replacing by the sensor saves" in found.sentences()[0]


def test_a_sensor_that_tells_nothing_is_worth_nothing():
    found = twinkit.what_sensors_are_worth(histories(40, 1, tells=False).assign(time=1.0 * histories(40, 1)["time"]), 100.0, 1000.0, known=1e6)
    assert not found.worth()[1] > 0 and "saves" not in found.sentences()[0]


def test_files_as_they_come(tmp_path):
    plain, named = tmp_path / "train.txt", tmp_path / "named.csv"
    plain.write_text("2 1 0.5 100.0 \n1 1 0.1  7 \n1 2 0.2  7 \n")
    frame = read_histories(plain)
    assert frame.to_numpy().tolist() == [[1, 1, 0.1, 7], [1, 2, 0.2, 7], [2, 1, 0.5, 100]] and list(frame)[:2] == ["machine", "time"]
    named.write_text("\ufeffUnit;Cycle;Vibration\npump A;1;0.5\npump A;2;0.7\n", encoding="utf-8")
    assert read_histories(named)["vibration"].tolist() == [0.5, 0.7]
    for text, says in (("", "is empty"), ("1 2 3\n1 2\n", "2 cells in record 2"), ("a,time,x\n1,2,3\n", "machine: .* has no such column"), ("machine,time,x\n1,2,hot\n", "x: 'hot' is no number"),
                       ("machine,time,x\n1,2,1e308\n", "x: '1e308' is no number, or far too large"), ("1 1 3\n1 inf 3\n", "time: 'inf' is no number"),
                       ("machine,time,x,x\n1,2,3,4\n", "x: .* has a column of this name twice")):
        plain.write_text(text)
        with pytest.raises(CaseError, match=says):
            read_histories(plain)
    plain.write_bytes(b"machine,time,\xe9\n1,2,3\n")
    for place, says in ((plain, "cannot be read"), (tmp_path, "is no file of up to 500 MB"), (tmp_path / "none", "is no file")):
        with pytest.raises(CaseError, match=says):
            read_histories(place)
    with pytest.raises(CaseError, match="machines that failed are too few"):
        twinkit.remaining_life(histories(4, 1))
    with pytest.raises(CaseError, match="preventive: '0' must be a number from 1e-09") as caught:
        twinkit.what_sensors_are_worth(histories(12, 1), 0.0, float("nan"))
    assert len(caught.value.problems) == 2
    with pytest.raises(CaseError, match="no sensor ever changes"):
        twinkit.remaining_life(histories(12, 1)[["machine", "time", "still"]])


def test_lives_out_of_records_of_machines(tmp_path):
    """Engines that ran to failure, engines that still work, and a tool that is new where its wear falls; in the layouts of C-MAPSS and AI4I."""

    def records(lives, blank):
        rest = " ".join(["0.5", "-0.0003", *(["100.0"] * 22)]).split()
        return "".join(blank.join([str(unit), str(cycle), *rest]) + " \n" for unit, age in lives.items() for cycle in range(1, age + 1))

    (tmp_path / "CMAPSSData__train_FD002.txt").write_text(records({1: 5, 2: 3}, " "))
    (tmp_path / "test_FD001.txt").write_text(records({1: 2, 2: 4}, "\t"))
    wear = [(0, 0), (60, 0), (150, 1), (0, 0), (90, 0), (3, 0), (45, 0)]
    (tmp_path / "ai4i2020.csv").write_text("\ufeffUID,Torque,Tool wear,Machine failure,TWF\n" + "".join(f"{i},40.1,{w},{f},{f}\n" for i, (w, f) in enumerate(wear)), encoding="utf-8")
    proposal = propose(read_extracts(tmp_path))
    assert set(proposal.systems) == {"C-MAPSS", "AI4I"} and not proposal.unused
    result = intake(tmp_path, proposal.data)
    lives = pd.concat([m.frame for m in result.made if m.part.into == "lives"])
    told = {(r.machine, r.part): (round(r.age * (1440 if "tool" in r.part else 1)), r.failed) for r in lives.itertuples()}
    assert told == {
        ("engine", "engine 1"): (5, True), ("engine", "engine 2"): (3, True), ("engine", "engine 1 of the test"): (2, False), ("engine", "engine 2 of the test"): (4, False),
        ("milling machine", "tool 1"): (150, True), ("milling machine", "tool 2"): (90, False), ("milling machine", "tool 3"): (45, False),
    }  # fmt: skip
