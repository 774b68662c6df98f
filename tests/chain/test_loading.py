"""Files that are no saved run, or a damaged one, or one of another version: what cannot be opened says why."""

from __future__ import annotations

import io
import json
import random
import zipfile

import numpy as np
import pytest
from study.small import shop

import twinkit
from twinkit.chain.chain import Chain
from twinkit.chain.saving import MANIFEST
from twinkit.tables import CaseError

RECORD = ("stocks.on_hand", "stocks.ordered", "claims.sent", "lanes.in_transit", "recipes.in_work")


def everything(chain):
    """All that a run has come to, as bytes."""
    kept = chain.snapshot()
    return {name: a.tobytes() for name, a in kept["arrays"].items()}, chain.balance().to_numpy().tobytes()


@pytest.fixture
def saved(tmp_path):
    chain = Chain(shop(), 2, record=RECORD).run(2)
    return chain.save(tmp_path / "run")


def rewritten(path, change=None, members=None, without=()):
    """The file with a changed manifest, or other members."""
    with zipfile.ZipFile(path) as file:
        content = {name: file.read(name) for name in file.namelist() if name not in without}
    manifest = json.loads(content[MANIFEST])
    if change is not None:
        change(manifest)
    content[MANIFEST] = json.dumps(manifest).encode()
    content |= members or {}
    new = path.with_name("changed")
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in content.items():
            file.writestr(name, data)
    return new


def npy(array):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def sentences(path):
    with pytest.raises(CaseError) as error:
        twinkit.load_chain(path)
    return str(error.value)


def test_what_is_no_saved_run_is_refused(saved, tmp_path):
    assert "does not exist" in sentences(tmp_path / "nothing")
    assert "is a folder" in sentences(tmp_path)
    (tmp_path / "text").write_text("hello")
    assert "is not a saved run" in sentences(tmp_path / "text")
    (tmp_path / "half").write_bytes(saved.read_bytes()[:3000])
    assert "is not a saved run" in sentences(tmp_path / "half")
    with zipfile.ZipFile(tmp_path / "zip", "w") as file:
        file.writestr("hello.txt", "hello")
    assert "it has no manifest.json" in sentences(tmp_path / "zip")
    assert "newer" not in sentences(rewritten(saved, lambda m: m.update(format="cake")))
    newer = sentences(rewritten(saved, lambda m: m.update(version=2, twinkit="9.0")))
    assert "reads up to version 1" in newer
    assert "saved with 9.0" in newer


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda m: m.update(period=-1, seed="x"), "period: is missing or is not a whole number"),
        (lambda m: m.update(period=4000), "is beyond the 4 periods"),
        (lambda m: m.update(replications=10**12), "the manifest and the case ask for"),
        (lambda m: m["columns"]["stock"].append("mood"), "columns: are not the columns of this version: mood"),
        (
            lambda m: m["rows"]["stocks"][0].__setitem__(0, "moon"),
            "rows: are not the rows of the case in the file: moon | item",
        ),
        (lambda m: m["series"][0].update(column="mood"), "stocks.mood is no column that this version records"),
        (lambda m: m["series"][0].update(rows=[0, 9]), "its rows, lines and weights do not fit"),
        (lambda m: m["holds"].append({"table": "lanes"}), "hold 1: cannot be held"),
        (lambda m: m.update(random=[3, [1, 2], None]), "is no state of a generator"),
        (lambda m: m.update(events=["storm"]), "are not the events of the case"),
        (lambda m: m.update(own=["../etc/passwd"]), "names no column"),
        (lambda m: m.update(day=[["dawn"], ["sleep"]]), "has steps that this version does not know: sleep"),
        (lambda m: m.update(extra_columns=["moon.mood"]), "is no column of a table"),
    ],
)
def test_a_wrong_manifest_says_what_is_wrong(saved, change, says):
    assert says in sentences(rewritten(saved, change))


def test_wrong_arrays_are_all_named(saved):
    shape = (10, 2, 2)
    found = sentences(rewritten(saved, without=["arrays/lane.npy"], members={
        "arrays/stock.npy": npy(np.full(shape, np.nan)),
        "arrays/pipe.npy": npy(np.array([{}, None], dtype=object)),
        "arrays/clock.npy": npy(np.full((1, 2), 99)),
        "arrays/site.npy": b"not an array",
        "arrays/mail_at.npy": npy(np.array([[0, -5]])),
        "arrays/before.npy": npy(np.zeros((2, 2)))[:-8],
    }))  # fmt: skip
    assert "'arrays/lane.npy' is missing" in found
    assert "'arrays/stock.npy' has the shape (10, 2, 2)" in found or "no number (NaN" in found
    assert "'arrays/pipe.npy' has the shape" in found
    assert "'clock.npy' holds a period that the run has not reached" in found
    assert "'arrays/site.npy' is damaged" in found
    assert "'mail_at.npy' holds a length that no ring has" in found
    assert "'arrays/before.npy'" in found
    stock = np.load(io.BytesIO(zipfile.ZipFile(saved).read("arrays/stock.npy")))
    assert "is no number (NaN" in sentences(rewritten(saved, members={"arrays/stock.npy": npy(stock * np.nan)}))


def test_a_table_that_does_not_check_is_told(saved):
    found = sentences(rewritten(saved, members={"case/sites.csv": b"site,kind\nsource,volcano\nshop,retailer\n"}))
    assert "sites row 2, kind: 'volcano'" in found


def test_a_bomb_is_not_opened(saved):
    bomb = rewritten(saved, members={"arrays/stock.npy": bytes(400 * 2**20)})
    assert "which no run does; it is not opened" in sentences(bomb)


@pytest.mark.parametrize("change", [
    lambda m: m["columns"]["stock"].pop(3), lambda m: m["columns"]["stock"].reverse(), lambda m: m["rows"]["stocks"].reverse(),
    lambda m: m["columns"].pop("claim"), lambda m: m["rows"].pop("lanes"), lambda m: m["events"].append("storm"),
])  # fmt: skip
def test_a_file_of_another_form_is_refused(saved, change):
    """As if columns had been added since, or rows were in another order: arrays are never laid over others."""
    found = sentences(rewritten(saved, change))
    assert "are not the " in found and "run the case again" in found


def test_damage_anywhere_is_told_in_sentences(saved):
    content, luck = saved.read_bytes(), random.Random(1)
    told = 0
    for _ in range(150):
        spoilt = bytearray(content)
        for _ in range(luck.choice([1, 1, 5])):
            spoilt[luck.randrange(len(spoilt))] ^= 1 << luck.randrange(8)
        bad = saved.with_name("spoilt")
        bad.write_bytes(spoilt[: luck.choice([None, None, luck.randrange(len(spoilt))])])
        try:
            twinkit.load_chain(bad).run()
        except CaseError as error:
            told += len(error.problems) > 0
    assert told > 100


def test_numbers_that_fit_but_are_not_those_that_were_saved_are_told(saved):
    stock = np.load(io.BytesIO(zipfile.ZipFile(saved).read("arrays/stock.npy")))
    stock[0, 0, 0] += 1.0
    assert "'arrays/stock.npy' is not as it was saved" in sentences(rewritten(saved, members={"arrays/stock.npy": npy(stock)}))
    assert "'manifest.json' is not as it was saved" in sentences(rewritten(saved, lambda m: m.update(seed=m["seed"] + 1)))
    assert "'sums.json' is missing" in sentences(rewritten(saved, without=["sums.json"]))


def test_a_table_that_fits_but_was_altered_is_told(saved):
    sites = zipfile.ZipFile(saved).read("case/stocks.csv")
    assert "not as it was saved" in sentences(rewritten(saved, members={"case/stocks.csv": sites + b"\n"}))
