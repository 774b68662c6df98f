"""What a question asks for: an input is a column of its form, its command line, its link and its panel."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from typing import Any

from twinkit.columns import Column
from twinkit.tables.problems import is_number, listed, shown
from twinkit.words import percent

BY_NAME = ("numbers", "ranges", "records")
"""Kinds of inputs that hold a number, a range or several values for each of some of the names that the case offers."""
SEVERAL = ("names", "levers", *BY_NAME)
"""Kinds of inputs that hold some of the names that the case offers, or something for each of some."""
LONGEST_TEXT = 500
"""Longest text that a link may hold for an input [characters]."""


class Input(Column):
    """Something that a question asks for.

    Parameters
    ----------
    unit, meaning, start, low, high, choices, kind
        As of a :class:`~twinkit.columns.Column`; further kinds are "name" (one of the names that
        :meth:`Question.options` offers, typed with suggestions instead of chosen of a list), "names" (a list
        of some of them), "numbers" and "ranges" (a dict of a number, or of a low and a high end, for each of
        some of them), "records" (a dict of a dict of several values for each), "levers" (a dict of a number,
        or of yes and no, for each lever that is moved) and "events" (a list of what happens: names, or fields
        of a :class:`~twinkit.events.form.Happening`).  With ``start=None`` nothing need be given.
    title
        What a form calls it; by default its name in words.
    group, folded
        Heading that it stands under, and whether that is folded away at first.
    words
        Value of a choice → what it is called.
    step
        Step of a slider from `low` to `high`; without one a number is typed.
    parts
        Name → input: what a record holds for a name.  The first one may be given alone, as a number.
    """

    def __init__(
        self, unit: str, meaning: str, *, title: str = "", group: str = "", folded: bool = False, kind: str = "number",
        words: Mapping[str, str] | None = None, step: float | None = None, parts: Mapping[str, Input] | None = None, **more: Any,
    ) -> None:  # fmt: skip
        own = kind in (*SEVERAL, "name", "events")
        super().__init__(unit, meaning, kind="text" if own else kind, choices=tuple(words or ()), **more)
        self.kind, self.step = kind, step
        self.title, self.group, self.folded, self.words = title, group, folded, dict(words or {})
        self.parts = dict(parts or {})
        for name, part in self.parts.items():
            part.__set_name__(type(self), name)
        if self.required:
            raise ValueError(f"an input needs a start: {meaning}")

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        self.title = self.title or self.label.split(" [")[0].capitalize()

    @property
    def numeric(self) -> bool:
        """Whether it is one number, or a number for each name."""
        return self.kind in ("number", "whole", "numbers", "ranges")

    def but(self, **changed: Any) -> Input:
        """The same input with another title, meaning, range, unit … as things stand."""
        other = copy.copy(self)
        vars(other).update(changed)
        return other

    def fits(self, value: Any) -> bool:
        """Whether a value is of the form that it holds, as plain data may have it."""
        if value is None:
            return self.start is None
        if self.kind in ("numbers", "ranges"):
            return isinstance(value, Mapping) and all(isinstance(k, str) for k in value) and all(
                is_number(v) if self.kind == "numbers" else isinstance(v, (list, tuple)) and all(map(is_number, v)) for v in value.values()
            )  # fmt: skip
        if self.kind == "records":
            return isinstance(value, Mapping) and all(isinstance(k, str) and (is_number(v) or isinstance(v, Mapping)) for k, v in value.items())
        if self.kind == "levers":
            return isinstance(value, Mapping) and all(isinstance(k, str) and (isinstance(v, bool) or is_number(v)) for k, v in value.items())
        if self.kind in ("names", "events"):
            return isinstance(value, (list, tuple)) and all(isinstance(v, str if self.kind == "names" else (str, Mapping)) for v in value)
        if self.kind == "flag":
            return isinstance(value, bool)
        return is_number(value) if self.numeric else isinstance(value, str) and len(value) <= LONGEST_TEXT

    def wrong(self, value: Any) -> str:
        """Why a value cannot be, as the end of a sentence; "" if it can."""
        if value is None:
            return "" if self.start is None else f"must be {self.allowed}"
        if self.kind == "numbers":
            said = [self.wrong_number(v) for v in value.values()]
            return next((s for s in said if s), "")
        if self.kind == "ranges":
            rise = all(len(v) == 2 and not any(map(self.wrong_number, v)) and v[0] < v[1] for v in value.values())
            return "" if rise else "must rise: a low end below its high end for each"
        if self.kind == "records":
            return self._wrong_record(value)
        if self.kind in ("names", "levers", "events"):
            return ""
        if self.choices:
            return "" if value in self.choices else f"must be {self.allowed}"
        if self.kind == "flag":
            return "" if isinstance(value, bool) else "must be yes or no"
        return self.wrong_number(value) if self.numeric else ""

    def record(self, value: Any) -> dict[str, Any]:
        """What a record holds for a name, every part with its start where nothing was said."""
        given = dict(value) if isinstance(value, Mapping) else {next(iter(self.parts)): value}
        return {**{name: part.start for name, part in self.parts.items()}, **{k: v for k, v in given.items() if v is not None}}

    def _wrong_record(self, value: Mapping[str, Any]) -> str:
        for name, given in value.items():
            record = self.record(given)
            if unknown := [k for k in record if k not in self.parts]:
                return f"must hold {listed(list(self.parts))} for each, and no {shown(unknown[0])}"
            for key, part in self.parts.items():
                if record[key] is not None and (says := part.wrong(record[key]) if part.fits(record[key]) else f"must be {part.allowed}"):
                    return f"holds for {shown(name)} a wrong “{part.title.lower()}”: {shown(record[key])} {says}"
        return ""

    def wrong_number(self, value: Any) -> str:
        """Why a number cannot be."""
        fits = is_number(value) and (self.kind != "whole" or value == int(value))
        low, high = self.low, self.high
        if fits and (low is None or value >= low) and (high is None or value <= high):
            return ""
        parts = f" ({percent(low)} to {percent(high)})" if self.unit == "share" and None not in (low, high) else ""
        return f"must be {self.allowed}{parts}{' for each' if self.kind in SEVERAL else ''}"

    def read_text(self, text: str) -> Any:
        """The value that a text on the command line stands for.

        Raises
        ------
        ValueError
            If it stands for none; the message is a sentence.
        """
        if self.kind in ("names", "events"):
            return [part.strip() for part in text.split(",") if part.strip()]
        if self.kind in (*BY_NAME, "levers"):
            form = {"numbers": "NAME=NUMBER", "levers": "NAME=NUMBER (or yes, or no)", "ranges": "NAME=LOW..HIGH", "records": "NAME=" + "/".join(f"{k}:…" for k in self.parts)}[self.kind]
            pairs = [part.rsplit("=", 1) for part in text.split(",") if part.strip()]
            if any(len(pair) != 2 or (self.kind == "ranges" and pair[1].count("..") != 1) for pair in pairs):
                raise ValueError(f"{self.title}: write {form}, separated by commas.")
            if self.kind == "records":
                return {name.strip(): self._read_record(said, form) for name, said in pairs}
            if self.kind == "levers":
                return {name.strip(): said.strip() == "yes" if said.strip() in ("yes", "no") else _number(self.title, said) for name, said in pairs}
            if self.kind == "numbers":
                return {name.strip(): _number(self.title, number) for name, number in pairs}
            return {name.strip(): [_number(self.title, n) for n in ends.split("..")] for name, ends in pairs}
        if self.kind == "flag":
            if text.lower() not in ("yes", "no"):
                raise ValueError(f"{self.title}: write yes or no, not {text!r}.")
            return text.lower() == "yes"
        if not self.numeric:
            return text
        number = _number(self.title, text)
        return int(number) if self.kind == "whole" and number == int(number) else number


    def _read_record(self, text: str, form: str) -> dict[str, Any]:
        """Parts of a record: the first alone, or each as NAME:VALUE."""
        found, first = {}, next(iter(self.parts))
        for said in text.split("/"):
            key, colon, value = said.strip().partition(":")
            if colon and key not in self.parts:
                raise ValueError(f"{self.title}: {key!r} is nothing that is asked for. Write {form}, separated by commas.")
            found[key if colon else first] = self.parts[key if colon else first].read_text(value if colon else key)
        return found


def _number(title: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise ValueError(f"{title}: {text!r} is no number.") from None
    if not math.isfinite(number):
        raise ValueError(f"{title}: {text!r} is no number that can be used.")
    return number
