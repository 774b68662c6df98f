"""Reading cells: what is understood, and what becomes a sentence."""

from __future__ import annotations

import pytest

from twinkit.columns import Column
from twinkit.tables import POLICY_PARAMETERS, Parameters, notes_of, read_case


def only(problems):
    """The one problem's sentence."""
    assert len(problems) == 1, [p.sentence for p in problems]
    return problems[0].sentence


UNDERSTOOD = {
    "weeks": ("lanes", 3, "lead_time", "2 weeks", 14),
    "hours": ("lanes", 3, "lead_time", "36 hours", 1.5),
    "month": ("lanes", 3, "lead_time", "1 Month", 30),
    "periods": ("lanes", 3, "lead_time", "2 periods", 2),
    "short": ("lanes", 3, "lead_time", "4d", 4),
    "exponent": ("lanes", 3, "lead_time", "1e1", 10),
    "minus sign": ("markets", 2, "trend", "\u22120.5", -0.5),
    "per cent": ("recipes", 2, "yield_rate", "97 %", 0.97),
    "per cent a year": ("markets", 2, "trend", "5%", 0.05),
    "per week": ("recipes", 2, "capacity", "70 units/week", 10),
    "own unit": ("lanes", 3, "distance", "120 km", 120),
    "money": ("lanes", 3, "transport_cost", "3 EUR/unit", 3),
    "degree": ("sites", 2, "latitude", "53.1°", 53.1),
    "yes": ("stocks", 4, "reroute", "Yes", True),
    "true": ("stocks", 4, "reroute", "TRUE", True),
    "one": ("stocks", 4, "reroute", "1", True),
    "word": ("events", 3, "kind", "Transit-Pausing", "transit_pausing"),
    "word with space": ("stocks", 3, "policy", "S s".replace(" ", "_"), "s_S"),
    "date": ("events", 3, "date", "2021-03-23 00:00:00", "2021-03-23"),
    "spaces": ("sites", 3, "city", "  Bremen ", "Bremen"),
    "apostrophe": ("sites", 3, "city", "'=1+1", "=1+1"),
    "plain apostrophe": ("sites", 3, "city", "'s-Hertogenbosch", "'s-Hertogenbosch"),
    "not available": ("sites", 3, "country", "NA", "NA"),
}


@pytest.mark.parametrize("name", UNDERSTOOD)
def test_understands(name, edit):
    table, row, column, text, value = UNDERSTOOD[name]
    assert read_case(edit(table, row, column, text))[table][column][row - 2] == value


def test_the_length_of_a_period_gives_weeks_their_meaning(edit, folder):
    (folder / "settings.csv").write_text("setting,value\nperiods,104 weeks\nperiod days,1 week\nhold,3\n")
    case = read_case(edit("lanes", 3, "lead_time", "3 weeks"))
    assert case["lanes"]["lead_time"][1] == 3
    assert case.settings["period_days"] == 7


def test_the_header_may_name_the_unit(folder):
    file = folder / "lanes.csv"
    file.write_text(file.read_text().replace("lead_time", "Lead time [weeks]"))
    assert read_case(folder)["lanes"]["lead_time"].tolist() == [14, 7, 7, 14, 7, 7]


NOT_UNDERSTOOD = {
    "moons": ("lanes", 3, "lead_time", "3 moons", "has a unit, 'moons', that lead_time cannot be in; allowed: periods"),
    "months": ("lanes", 3, "lead_time", "3 mnths", "Did you mean months?"),
    "kg": ("lanes", 3, "lead_time", "5 kg", "lanes row 3, lead_time: '5 kg' has a unit, 'kg'"),
    "miles": ("lanes", 3, "distance", "5 miles", "allowed: km. A number without a unit is in km."),
    "dollars": ("lanes", 3, "transport_cost", "5 USD", "has a unit, 'USD'"),
    "decimal comma": ("lanes", 3, "lead_time", "1,5", "has a decimal comma; numbers have a decimal point. Write 1.5."),
    "either comma": ("lanes", 3, "lead_time", "1,500", "Write 1.500, or 1500 if the comma separates thousands."),
    "thousands": ("lanes", 3, "lead_time", "1 000", "has a separator of thousands, which may be misread. Write 1000."),
    "both": ("lanes", 3, "lead_time", "1.000,5", "has more than one point or comma"),
    "word": ("lanes", 3, "lead_time", "soon", "'soon' is not a number; allowed is a number of 0 or more"),
    "nan": ("lanes", 3, "lead_time", "nan", "'nan' is not a number"),
    "inf": ("lanes", 3, "capacity", "inf", "'inf' is not a number; allowed is a number of 0 or more. Leave the cell"),
    "underscore": ("lanes", 3, "lead_time", "1_0", "'1_0' is not a number"),
    "too large": ("lanes", 3, "lead_time", "1e999", "'1e999' is too large a number"),
    "whole": ("lanes", 3, "information_delay", "36 hours", "'36 hours' is 1.5 periods; allowed is a whole number"),
    "flag": ("stocks", 4, "reroute", "maybe", "'maybe' is neither yes nor no"),
    "date": ("events", 3, "date", "3/4/2021", "'3/4/2021' is not a date as year-month-day. Write it like"),
    "no date": ("events", 3, "date", "2021-02-29", "'2021-02-29' is a date that no calendar has"),
    "choice": ("sites", 3, "kind", "Plnt", "'Plnt' is not one of supplier, plant, warehouse, retailer, port. Did you"),
    "empty": ("sites", 3, "kind", " ", "sites row 3, kind: the cell is empty; it must hold one of supplier"),
    "long": ("sites", 3, "kind", "x" * 10_000, "xxx…' is not one of"),
    "right to left": ("sites", 3, "kind", "\u202eabc", "'\\u202eabc' is not one of"),
}


@pytest.mark.parametrize("name", NOT_UNDERSTOOD)
def test_does_not_understand(name, edit, problems_of):
    table, row, column, text, words = NOT_UNDERSTOOD[name]
    sentence = only(problems_of(edit(table, row, column, text)))
    assert sentence.startswith(f"{table} row {row}, {column}: ")
    assert words in sentence
    assert len(sentence) < 500


def test_extra_columns(edit, problems_of):
    folder = edit("stocks", 4, "kept_back", "5")
    [unread] = [n.sentence for n in notes_of(read_case(folder)) if "kept_back" in n.sentence]
    assert unread.startswith("stocks: 'kept_back' is no column of a case and was not read") and "kept_back" not in read_case(folder)["stocks"]
    assert read_case(folder, extra_columns=["kept_back"])["stocks"]["kept_back"][2] == 5
    column = Column("periods", "kept back for", start=1, high=10)
    column.name = "kept_back"
    assert read_case(folder, extra_columns={"kept_back": column})["stocks"]["kept_back"].tolist()[:3] == [
        1,
        1,
        5,
    ]
    edit("stocks", 4, "kept_back", "2 weeks")
    assert "'2 weeks' is out of range" in only(problems_of(folder, extra_columns={"kept_back": column}))
    policies = {**POLICY_PARAMETERS, "mine": Parameters(("kept_back",))}
    edit("stocks", 4, "kept_back", "5")
    edit("stocks", 4, "order_up_to", "")
    assert read_case(edit("stocks", 4, "policy", "Mine"), policies=policies)["stocks"]["policy"][2] == "mine"


def test_an_extra_column_may_hold_texts(edit, problems_of):
    folder = edit("sites", 3, "colour", "red")
    assert read_case(folder, extra_columns=["sites.colour"])["sites"]["colour"].tolist()[:2] == ["", "red"]
    sentence = only(problems_of(edit("sites", 4, "colour", "5"), extra_columns=["sites.colour"]))
    assert "'red' is not a number" in sentence


SETTINGS = {
    "unknown": ("peroids,9", "settings row 2, setting: 'peroids' is no setting. Did you mean 'periods'?"),
    "number": ("periods,many", "settings row 2, periods: 'many' is not a number"),
    "range": ("periods,0", "settings row 2, periods: '0' is out of range"),
    "twice": ("seed,1\nseed,2", "settings row 3, seed: '2' is given again; row 2 has it. Keep one."),
    "nameless": (",2", "settings row 2, setting: the cell is empty"),
    "word": ("day,night", "settings row 2, day: 'night' is not one of order_after_demand"),
    "period": ("period_days,0", "settings row 2, period_days: '0' is out of range"),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_wrong_setting(name, folder, problems_of):
    rows, words = SETTINGS[name]
    (folder / "settings.csv").write_text(f"setting,value\n{rows}\n")
    assert words in only(problems_of(folder))


def test_wrong_header_of_settings(folder, problems_of):
    (folder / "settings.csv").write_text("name,value\nperiods,3\n")
    told = [p.sentence for p in problems_of(folder)]
    assert told[0].startswith("settings row 1: 'name' is no column of settings")
    assert told[1].startswith("settings row 1, setting: the column is missing")
