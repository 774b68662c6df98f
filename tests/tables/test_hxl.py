"""A table of people in need as humanitarian organisations have it: hashtags say what its columns are."""

from __future__ import annotations

import shutil

import pytest

import twinkit
from twinkit.content import find_case
from twinkit.tables import CaseError
from twinkit.tables.hxl import named_by_tags, tag_row

SHEET = '''Needs of the coast,,,,
Province,District,District code,Women,All people
#adm1+name,#adm2+name,#adm2 +code,#inneed+f,#inneed
Coast,Harbour quarter,XX0101,"1,600",3200
Coast,Mangrove villages,XX0102,1000,2100
'''


def cyclone_with(tmp_path, text):
    folder = tmp_path / "cyclone"
    shutil.copytree(find_case("cyclone"), folder, dirs_exist_ok=True)
    (folder / "in_need.csv").write_text(text, encoding="utf-8")
    for name in ("roads.csv", "byroads.csv"):  # what leads to places that are not there any more
        head, *rows = (folder / name).read_text(encoding="utf-8").splitlines()
        others = ("Salt", "River", "Cape", "Station", "Lower", "Tea", "Old", "Plain")
        (folder / name).write_text("\n".join([head, *(r for r in rows if not any(o in r for o in others))]) + "\n", encoding="utf-8")
    return folder


def test_hashtags_name_the_columns(tmp_path):
    case = twinkit.read_case(cyclone_with(tmp_path, SHEET))
    assert case["in_need"][["place", "pcode", "people"]].to_numpy().tolist() == [["Harbour quarter", "XX0101", 3200.0], ["Mangrove villages", "XX0102", 2100.0]]
    told = " ".join(map(str, twinkit.notes_of(case)))
    assert "#adm2+name as place" in told and "#inneed as people" in told and "#inneed+f" in told, "what was not read is said"
    assert twinkit.who_gets_help_first(case, worlds=4).task.places == ["Harbour quarter", "Mangrove villages"]


def test_a_wrong_cell_is_named_by_its_row_in_the_file(tmp_path):
    with pytest.raises(CaseError, match="in_need row 5, people"):
        twinkit.read_case(cyclone_with(tmp_path, SHEET.replace("2100", "many")))
    with pytest.raises(CaseError, match="people: the column is missing"):
        twinkit.read_case(cyclone_with(tmp_path, SHEET.replace("#inneed+f,#inneed", "#inneed+f,#inneed+m")))


def test_a_row_of_tags_as_the_standard_has_it():
    """Half of the cells that are filled are tags, within 25 rows; the forms of libhxl's own test files (public domain)."""
    records = [["Qué?", "", "", "Quién?"], ["Registro", "Sector/Cluster", "Subsector", "Organización"], ["", "#sector+es", "#subsector+es", "#org+es"], ["001", "WASH", "Higiene", "ACNUR"]]
    assert tag_row(records) == 2
    assert tag_row([["", "#sector+es", "country", "adm1"]]) is None
    assert tag_row([["no tags"]] * 25 + [["#org"]]) is None
    assert named_by_tags(["#targeted+f", "#targeted+m", "#country", "#adm1"], {"place": ("#adm+name", "#adm"), "people": ("#inneed", "#targeted")}) == {3: "place"}, "women, or men, are not all people"
