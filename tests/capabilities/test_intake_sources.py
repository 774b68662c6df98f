"""What a case knows of its extracts, when there is much of it: rows that are joined, tables that are long, findings that are many."""

from __future__ import annotations

import pytest
from small_folder import FILES, MAPPING, put

import twinkit
from twinkit.capabilities.intake.assemble import difference, intake
from twinkit.capabilities.intake.quality import quality_of
from twinkit.cli import main
from twinkit.tables import CaseError, files


@pytest.fixture
def folder(tmp_path):
    return put(tmp_path)


def test_a_row_that_is_joined_of_two_extracts_knows_both_and_is_one_row_of_sources(folder):
    (folder / "Farben + Lacke.csv").write_text("Nr;Farbe\nNA;rot\n007;blau\n", encoding="utf-8")
    with_colours = MAPPING.replace('from = "Artikel"\n[products.columns]', 'from = "Artikel"\njoin = [{ with = "NAME", on = { Nummer = "Nr" } }]\n[products.columns]\nfamily = "Farbe"', 1)
    for name in ("Farben", "Farben + Lacke"):  # a name with what stands between names keeps rows of its own
        (folder / "Farben + Lacke.csv").replace(folder / "Farben.csv") if name == "Farben" else (folder / "Farben.csv").replace(folder / "Farben + Lacke.csv")
        (folder / "intake.toml").write_text(with_colours.replace("NAME", name), encoding="utf-8")
        case = intake(folder).require()
        assert [case.source("products", "007", c).sentence.partition(":")[0] for c in ("family", "mass")] == [f"{name}.csv row 3", "Artikel_20260105.csv row 2, taken on 2026-01-05"]
        rows = case["sources"][(case["sources"]["of_table"] == "products") & (case["sources"]["of_row"] == "007")]
        assert len(rows) == (1 if name == "Farben" else 2) and (rows["seal"] != "").sum() == 1


def test_a_table_that_could_not_be_read_again_is_not_written(folder, monkeypatch):
    case = intake(folder).require()
    monkeypatch.setattr(files, "MOST_ROWS", 4)
    with pytest.raises(CaseError, match=r"stocks: the table has 5 rows .* could not be read again"):
        twinkit.write_case(case, folder / "out")
    monkeypatch.setattr(files, "MOST_ROWS", 10)  # sources may have 4 times as many
    assert twinkit.read_case(twinkit.write_case(case, folder / "out")) == case


def test_of_many_numbers_out_of_line_the_farthest_are_told(folder):
    values = [f"{i:03};1,0;KG;{10 if i % 4 else 10**6 + i}\n" for i in range(100)]
    (folder / "Artikel_20260105.csv").write_text("Nummer;Gewicht;ME;Preis\n" + "".join(values), encoding="utf-8")
    (folder / "intake.toml").write_text(MAPPING.replace(', per = "je", currency_column = "Währung"', "").replace('[[lanes]]\nfrom = "Artikel"', '[[lanes]]\nfrom = "Lager"\nwhere = { Ort = "mill" }').replace('product = "Nummer"\nlead_time', 'product = "Artikel"\nlead_time'), encoding="utf-8")
    for name in ("Lager.csv", "Auftrag.csv"):
        (folder / name).write_bytes(FILES[name].replace(b"NA", b"008"))
    found = [f for f in quality_of(intake(folder)).findings if f.where == "products.value" and f.kind == "out of line"]
    assert len(found) == 21 and found[0].value == "1.0001e+06" and "5 more numbers far from the others" in found[-1].sentence


CHANGES = {
    "nothing": lambda folder: None,
    "an order": lambda folder: (folder / "Auftrag.csv").write_bytes(FILES["Auftrag.csv"].replace(b"\t6\t", b"\t9\t")),
    "a row and a setting": lambda folder: ((folder / "Lager.csv").write_bytes(FILES["Lager.csv"].replace(b"shop,NA,1,PD\n", b"shop,NA,1,PD\n\n")),
                                           (folder / "intake.toml").write_text(MAPPING.replace('currency = "EUR"', 'currency = "EUR"\nperiods = 90'), encoding="utf-8")),
    "a table more": lambda folder: (folder / "intake.toml").write_text(MAPPING + '[[conversions]]\nfrom = "Artikel"\n[conversions.columns]\nproduct = "Nummer"\nunit = { value = "box" }\nunits = { value = 12 }\n', encoding="utf-8"),
}


@pytest.mark.parametrize(("first", "then"), [("nothing", then) for then in CHANGES] + [(first, "nothing") for first in list(CHANGES)[1:]])
def test_a_night_leaves_the_bytes_of_a_first_run_and_tells_what_the_two_cases_differ_in(tmp_path, capsys, first, then):
    for name, change in (("night", first), ("fresh", then)):
        (tmp_path / name).mkdir()
        CHANGES[change](put(tmp_path / name))
        assert main(["intake", str(tmp_path / name), "--out", str(tmp_path / f"{name} case")]) == 0
    old, new = (twinkit.read_case(tmp_path / f"{name} case").replace("x") for name in ("night", "fresh"))
    capsys.readouterr()
    put(tmp_path / "night")
    CHANGES[then](tmp_path / "night")
    assert main(["intake", str(tmp_path / "night"), "--out", str(tmp_path / "night case")]) == 0
    said = capsys.readouterr().out
    assert all(sentence in said for sentence in difference(old, new)) and ("Nothing is other" in said) == (first == then)
    night, fresh = ({f.name: f.read_bytes() for f in (tmp_path / f"{name} case").iterdir()} for name in ("night", "fresh"))
    assert night == fresh
