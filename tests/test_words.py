"""Numbers in words: one form for one number, wherever it stands."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinkit.words import amount, between, rounded


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (-0.3, "0"), (1234.4, "1,234"), (-5.6, "-6"), (999_400, "999,400"), (999_600, "1 M"), (-3.14e6, "-3.14 M"),
     (7.0571e9, "7.06 bn"), (999.6e6, "1 bn"), (2.5e12, "2.5 T"), (math.nan, "not defined")],
)  # fmt: skip
def test_rounded_numbers_have_separators_and_names_of_millions(value, text):
    assert rounded(value) == text


@given(st.floats(1_000, 1e15))
def test_sentences_and_pictures_write_a_number_alike(value):
    """What a sentence rounds to whole units and what a picture cuts to three figures read the same from a thousand on."""
    assert amount(value) == rounded(value) == amount(value, "EUR").removesuffix(" EUR")


def test_an_interval_says_its_millions_once():
    assert between(3.61e8, 3.7e8) == "361–370 M"
    assert between(1.2e9, 3.4e9) == "1.2–3.4 bn"
    assert between(9e8, 1.1e9) == "900 M–1.1 bn"
    assert between(-2e6, 4e6) == "-2 to 4 M"
