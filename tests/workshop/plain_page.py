"""What stands on a page: its sentences, its tables, and every number of them as it is written."""

from __future__ import annotations

import math
import re
from html.parser import HTMLParser

NUMBER = re.compile(r"(?<![\w.])[-−]?\d[\d,]*(?:\.\d+)?%?")
BLOCKS = ("p", "li", "dt", "dd", "h1", "h2", "h3", "figcaption")


class Page(HTMLParser):
    """The text of a page: sentences (words of pictures among them), and rows of tables by their caption."""

    def __init__(self, text):
        super().__init__()
        self.sentences, self.tables, self.text = [], {}, ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag in (*BLOCKS, "caption", "th", "td"):
            self.text = ""
        elif tag == "tr":
            self.row = []
        elif tag == "table":
            self.rows = []
        elif tag == "img":
            self.sentences.append(dict(attrs).get("alt") or "")

    def handle_data(self, data):
        self.text += data

    def handle_endtag(self, tag):
        text = " ".join(self.text.split())
        if tag in ("th", "td"):
            self.row.append(text)
        elif tag == "tr":
            self.rows.append(self.row)
        elif tag == "caption":
            self.caption = text
        elif tag == "table":
            self.tables[self.caption] = self.rows
        elif tag in BLOCKS:
            self.sentences.append(text)


def agrees(written, value):
    """Whether a number as it is written ("3,516", "0.62", "67%") is a value, to its last digit; a dash stands for none."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return written in ("–", "")
    digits = written.replace(",", "").replace("−", "-")
    share = digits.endswith("%")
    places = len(digits.rstrip("%").partition(".")[2])
    return abs(float(digits.rstrip("%")) - value * (100 if share else 1)) <= 0.5 * 10**-places + 1e-6


def wrong_numbers(sentences, expected):
    """Numbers of sentences that are not what they should be, and those that nobody has recomputed.

    Parameters
    ----------
    expected
        Begin of a sentence -> its numbers, in their order, those of the begin included.
    """
    wrong = []
    for sentence in sentences:
        found = NUMBER.findall(sentence)
        if not found:
            continue
        keys = [key for key in expected if sentence.startswith(key)]
        if not keys:
            wrong.append(f"nobody recomputes: {sentence}")
            continue
        right = expected[max(keys, key=len)]
        if len(right) != len(found) or not all(agrees(a, b) for a, b in zip(found, right, strict=True)):
            wrong.append(f"{sentence}: {found} should be {right}")
    return wrong


def wrong_cells(rows, expected):
    """Cells of a table that are not what they should be; `expected`: column -> values of its rows, None where a dash stands."""
    head, wrong = rows[0], []
    for number, row in enumerate(rows[1:]):
        for column, cell in zip(head, row, strict=True):
            if column not in expected:
                wrong.append(f"nobody recomputes column {column}")
            elif isinstance(right := expected[column][number], str):
                wrong += [f"{column}, row {number + 1}: {cell!r} should be {right!r}"] * (cell != right)
            elif not agrees(NUMBER.findall(cell)[0] if NUMBER.findall(cell) else cell, right):
                wrong.append(f"{column}, row {number + 1}: {cell!r} should be {right!r}")
    return sorted(set(wrong))
