"""Numbers that name things, units, and structures out of STEP files, against what is published and against what must hold."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinkit.capabilities.intake import derive, identifiers, measures, step
from twinkit.capabilities.intake.drawn import Making
from twinkit.capabilities.intake.extracts import Folder
from twinkit.capabilities.intake.mapping import Part
from twinkit.tables import CaseError

STEP = """ISO-10303-21;
HEADER; FILE_DESCRIPTION(('a; bicycle /* no comment */'),'2;1'); ENDSEC;
DATA;
#1=PRODUCT('B-1','Bicycle; 28"','',(#9)); #2=PRODUCT_DEFINITION_FORMATION('','',#1); #3=PRODUCT_DEFINITION('d','',#2,#9);
/* #4=PRODUCT('ghost','ghost','',(#9)); */
#5=PRODUCT('W-1','R\\X2\\00E4\\X0\\der','',(#9)); #6=PRODUCT_DEFINITION_FORMATION_WITH_SPECIFIED_SOURCE('','',#5,.MADE.);
#7=PRODUCT_DEFINITION('d','',#6,#9);
#10=PRODUCT('S-1','Spoke','',(#9)); #11=PRODUCT_DEFINITION_FORMATION('','',#10); #12=PRODUCT_DEFINITION('d','',#11,#9);
#20=NEXT_ASSEMBLY_USAGE_OCCURRENCE('1','front','',#3,#7,$); #21=NEXT_ASSEMBLY_USAGE_OCCURRENCE('2','back','',#3,#7,'ref');
#30=MEASURE_WITH_UNIT(COUNT_MEASURE(32.),#9);
#31=(ASSEMBLY_COMPONENT_USAGE('r')NEXT_ASSEMBLY_USAGE_OCCURRENCE()PRODUCT_DEFINITION_RELATIONSHIP('3','spokes','',#7,#12)PRODUCT_DEFINITION_USAGE()QUANTIFIED_ASSEMBLY_COMPONENT_USAGE(#30));
ENDSEC; END-ISO-10303-21;
"""


def read(tmp_path, text):
    path = tmp_path / "bicycle.stp"
    path.write_text(text, encoding="latin-1")
    return step.read_step(path)


@given(st.text("0123456789", min_size=7, max_size=17), st.data())
@settings(max_examples=60, deadline=None)
def test_a_gs1_number_with_one_digit_changed_is_never_right(digits, data):
    whole = digits + identifiers.gs1_digit(digits)
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != whole[at]]))
    changed = whole[:at] + other + whole[at + 1 :]
    assert identifiers.gs1_digit(changed[:-1]) != changed[-1]


@pytest.mark.parametrize(("text", "kind", "said"), [
    ("CSQU3054383", "", ""), ("CSQU3054384", "", "it is 3"), ("629104150021", "GTIN-13", "has 12 digits"), ("00614141123452", "GTIN-14", ""),
    ("106141411928374657", "SSCC", ""), ("0614141000012", "GLN", ""), ("061414100001²", "GLN", "no digit"), ("ABCX1234567", "", "U, J, Z or R"),
    ("106141411928374657", "GTIN", "8 or 12 or 13 or 14"), ("96385074", "GTIN", ""),
])  # fmt: skip
def test_numbers_of_the_standards_are_right_and_others_are_told_of(text, kind, said):
    found = identifiers.wrong_number(text, kind)
    assert said in found and bool(said) == bool(found)
    with pytest.raises(ValueError, match="Did you mean 'GTIN-13'"):
        identifiers.wrong_number(text, "GTIN13")


def test_headings_and_places_that_are_none_are_told_of():
    hs = identifiers.harmonized_system()
    assert hs.wrong("8712.00") == "" and hs.wrong("87120030") == "" and "there is no 879999" in hs.wrong("8799.99") and "2 to 12" in hs.wrong("bike")
    assert identifiers.wrong_locode("nl rtm") == "" and "no country XX" in identifiers.wrong_locode("XXRTM") and "no UN/LOCODE" in identifiers.wrong_locode("Rotterdam")


@pytest.mark.parametrize(("value", "unit", "to", "is_"), [
    (1, "in", "mm", 25.4), (1, "gal", "l", 3.785411784), (1, "oz", "g", 28.349523125), (1, "yd", "m", 0.9144), (1, "nmi", "km", 1.852),
    (1, "TO", "KG", 1000), (3, "DZ", "ST", 36), (2, "STD", "min", 120), (1, "LTN", "kg", 1016.0469088), (-40, "°F", "°C", -40),
    (1, "UK gal", "l", 4.54609), (1, "yd^3", "m3", 0.764554857984), (1, "km2", "ha", 100), (1, "fl oz", "ml", 29.5735295625), (1, "MWh", "kWh", 1000),
])  # fmt: skip
def test_units_are_as_nist_and_the_unece_define_them(value, unit, to, is_):
    assert measures.converted(value, unit, to) == pytest.approx(is_, rel=1e-9)


@pytest.mark.parametrize(("unit", "to", "said"), [("kg", "m", "different things"), ("ST", "kg", "counts pieces"), ("PAL", "ST", "'PAL' is no unit"), ("__import__('os')", "kg", "no unit")])
def test_what_cannot_be_converted_is_said(unit, to, said):
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        measures.converted(1, unit, to)


def test_packs_that_go_round_in_a_circle_are_said():
    with pytest.raises(ValueError, match="circle"):
        measures.converted(1, "A", "ST", {"A": (2, "B"), "B": (2, "A")})


def test_structure_with_quantities_texts_and_comments(tmp_path):
    found = read(tmp_path, STEP)
    assert found.products == {"B-1": 'Bicycle; 28"', "W-1": "Räder", "S-1": "Spoke"}
    assert found.lines == {"B-1": {"W-1": 2}, "W-1": {"S-1": 32}} and found.top == ["B-1"] and found.flat() == {"S-1": 64}
    assert found.mass({"s-1": 0.01}) == pytest.approx(0.64)
    with pytest.raises(KeyError, match="no mass is known of S-1"):
        found.mass({})


@pytest.mark.parametrize(("text", "said"), [
    ("hello", "does not begin with"), ("ISO-10303-21;DATA;ENDSEC;", "holds no product"),
    (STEP.replace("ENDSEC; END", "#40=NEXT_ASSEMBLY_USAGE_OCCURRENCE('9','','',#12,#3,$); ENDSEC; END"), "goes into itself: B-1 → W-1 → S-1 → B-1"),
])  # fmt: skip
def test_what_is_no_structure_is_a_sentence(tmp_path, text, said):
    with pytest.raises(CaseError, match=said):
        read(tmp_path, text)


def test_bills_that_agree_differ_in_nothing_and_the_others_are_told():
    assert not step.compare_boms({"L-Bracket": 2}, {"l_bracket": 2.0})
    assert not step.compare_boms([("nut", 4), ("Nut", 2)], {"NUT": 6}) and not step.compare_boms({"nut": 6}, [("nut", 4), ("NUT", 2)])  # lines add up
    found = step.compare_boms({"nut": 8, "rod": 1}, {"NUT": 6, "washer": 6})
    assert found.sentences("as1") == ["as1: engineering has 8 of 'nut', production 6.", "as1: only engineering has 'rod'.", "as1: only production has 'washer'."]


MASSES = STEP.replace("ENDSEC; END", """#50=PRODUCT_DEFINITION_SHAPE('','',#12); #51=PROPERTY_DEFINITION('geometric validation property','volume',#50);
#52=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT(.MILLI.,.METRE.)); #53=DERIVED_UNIT_ELEMENT(#52,3.); #54=DERIVED_UNIT((#53));
#55=MEASURE_REPRESENTATION_ITEM('volume measure',VOLUME_MEASURE(2000.),#54); #56=REPRESENTATION('volume',(#55),#9); #57=PROPERTY_DEFINITION_REPRESENTATION(#51,#56);
#60=PROPERTY_DEFINITION('general property','mass',#3); #61=(MASS_UNIT()NAMED_UNIT(*)SI_UNIT($,.GRAM.)); #62=MEASURE_REPRESENTATION_ITEM('mass',MASS_MEASURE(9.5E3),#61);
#63=REPRESENTATION('mass',(#62),#9); #64=PROPERTY_DEFINITION_REPRESENTATION(#60,#63); ENDSEC; END""")


def test_masses_that_a_step_file_states_and_those_of_its_volumes(tmp_path):
    found = read(tmp_path, MASSES)
    assert found.stated["B-1"] == {"mass": 9.5} and found.stated["S-1"] == {"volume": pytest.approx(2e-6)} and set(found.stated) == {"B-1", "S-1"}
    assert not read(tmp_path, MASSES.replace(".MILLI.,.METRE.", ".MILLI.,.AMPERE.")).stated.get("S-1") and found.flat() == {"S-1": 64}
    making = Making(Folder(structures={"bicycle.stp": found}))
    told = {"what": "structure", "file": "bicycle.stp"}
    plain = derive.structure_rows(Part("products", 1, derive=told), making)
    assert dict(zip(plain.frame["product"], plain.frame["mass"], strict=True)) == {"B-1": 9.5} and not plain.said["mass"][2]
    assert "states no mass of W-1, S-1; it states volumes" in making.notes[0]
    dense = derive.structure_rows(Part("products", 1, derive=told | {"density": 7850}), making)
    spoke = 2e-6 * 7850
    assert dict(zip(dense.frame["product"], dense.frame["mass"], strict=True)) == pytest.approx({"B-1": 9.5, "S-1": spoke, "W-1": 32 * spoke}) and dense.said["mass"][2]
    assert derive.structure_rows(Part("products", 1, derive=told | {"density": -1}), making) is None and "is no density" in making.problems[0].sentence
