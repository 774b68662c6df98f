"""Which form a published file has: every case of it, with what is to be run.

A file has one case at its top level, or several under `cases` or `rows`; what is said for
all of them stands in `parameters`, and what a case says itself goes before it.  The form
is known by the keys of the case, never by the name of the file alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.truth import (
    form_boards,
    form_demand,
    form_intake,
    form_ledger,
    form_live,
    form_long_run,
    form_optima,
    form_order_first,
    form_rooms,
    form_shape,
    form_stress,
    form_trace,
)
from tests.truth.compared import Compared, only

Form = Callable[[Mapping, Mapping, Mapping], list[Compared]]
HERE = Path(__file__).parent / "cases"
SHARED = ("parameters_common", "parameters", "inputs")


@dataclass(frozen=True)
class Published:
    """A published case: its file, its label in it and what is done; and how ours is put beside it."""

    file: str
    label: str
    what: str
    about: Mapping[str, Any]
    form: Form | None = None
    given: Mapping[str, Any] = field(default_factory=dict)
    expected: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the case among all of a folder."""
        return " ".join(filter(None, (":".join(filter(None, (self.file, self.label))), self.what)))

    def rows(self) -> list[Compared]:
        """Every published quantity and ours; a key that the form does not read is refused."""
        must = next((keys for keys, forms in FORMS if self.form in forms.values() and keys <= set(self.given)), set())
        if self.form.__module__ not in {module.__name__ for module in OWN_CHECK}:
            apart = not must & set(self.expected)  # else the case is a row that holds what goes in and what comes out
            only(self.given, must.union(MAY_HAVE, self.expected if apart else ()), self.name)
        given = _Read(self.given)
        rows = self.form(given, self.expected, self.about)
        left = {k: v for k, v in self.given.items() if k not in given.read and isinstance(v, int | float) and not isinstance(v, bool)}
        if self.form.__module__ in (form_rooms.__name__, form_live.__name__, form_ledger.__name__):  # its forms look for what they know: a number that none of them asked for is refused
            only(left, (), self.name)
        return rows


class _Read(dict):
    """What goes into a case, which knows what was asked of it."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        super().__init__(given)
        self.read: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        self.read.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self.read.add(key)
        return super().get(key, default)


FORMS: tuple[tuple[set[str], dict[str, Form]], ...] = (
    ({"D", "T", "X", "C"}, {"": form_shape.kanban}),
    ({"demand", "service", "S"}, {"formula": form_shape.made_to_stock, "simulation": form_shape.made_to_stock_simulated}),
    ({"order_systems"}, {"formula": form_shape.order_fill, "simulation": form_shape.order_fill_simulated}),
    ({"regions", "low", "high"}, {"": form_shape.plants}),
    ({"n", "p", "edges"}, {"": form_shape.p_median}),
    ({"fixed_cost", "area_km2", "demand_per_km2", "freight_per_unit_km"}, {"": form_shape.plants_in_area}),
    *(({key}, {"": form_shape.landed_cost}) for key in ("eu", "us", "freight_split", "tariff")),
    *(({key}, {"": form_shape.origin}) for key in ("decision",)),
    *form_rooms.FORMS,
    *form_live.FORMS,
    *form_intake.FORMS,
    *form_demand.FORMS,
    ({"S_prime", "customer_demand"}, {"": form_boards.beer_game}),
    ({"capacity_of_supplier", "initial_on_hand"}, {"": form_order_first.order_first}),
    ({"demand_quantity_interval", "policy"}, {"": form_boards.anylogistix}),
    ({"demand_per_day", "policy"}, {"": form_boards.supplynetpy}),
    ({"nodes", "demand"}, {"": form_trace.trace}),
    ({"local_holding", "lead_time", "stockout_at_stage_1"},
     {"optimum": form_optima.serial, "simulation": form_long_run.serial}),
    ({"disruption_prob", "recovery_prob"},
     {"optimum": form_optima.disrupted_supply, "simulation": form_long_run.disrupted_supply}),
    ({"network", "formulation"}, {"optimum": form_stress.knock_outs}),
    ({"stages", "holding_rate"}, {"optimum": form_optima.service_times}),
    ({"p", "rho"}, {"formula": form_optima.bullwhip, "simulation": form_long_run.bullwhip}),
    ({"h", "p", "K", "s", "S"}, {"optimum": form_optima.min_max, "simulation": form_long_run.min_max}),
    ({"lost_sales_levels"}, {"optimum": form_optima.lost_sales, "simulation": form_long_run.lost_sales}),
    ({"h", "p", "K", "lead_time", "r", "Q"}, {"": form_optima.reorder_point}),
    ({"breakpoints", "unit_costs"}, {"": form_optima.discount}),
    ({"K", "h", "D", "production_rate"}, {"": form_optima.production_lot}),
    ({"K", "h", "D", "p"}, {"": form_optima.lot_with_backorders}),
    ({"K", "h", "D"}, {"": form_optima.lot}),
    ({"h", "p", "demand", "lead_time"}, {"": form_optima.base_stock}),
    ({"h", "p", "demand"}, {"": form_optima.newsvendor}),
    *form_ledger.FORMS,
)  # fmt: skip
"""Keys that a case must have → what is done with it, by name; the first that fits."""

MAY_HAVE = (
    "demand", "lead_time", "stages_downstream_first", "echelon_holding", "optimal", "policy", "h", "p", "L", "D", "K", "i", "cost", "ratio",
    "stockout_fraction", "S", "s", "Q", "r", "cost_at_S40",
)  # fmt: skip
"""Keys that a case of one of the short forms may have besides: further numbers, and what is published."""
OWN_CHECK = (form_boards, form_demand, form_intake, form_order_first, form_trace, form_stress, form_rooms, form_shape, form_live, form_ledger)
"""Forms that look at all their keys themselves."""


def cases_of(path: Path) -> Iterator[Published]:
    """Every case of a file; without a form where none fits."""
    data = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(data.get("inputs"), Mapping) and "expected" in data and not {"cases", "rows"} & set(data["inputs"]):  # what goes in stands apart from what is said of it
        data = {**data.pop("inputs"), **data}
    for label, given, expected in _variants(data):
        about = {**{k: v for k, v in data.items() if k not in ("cases", "rows")}, "case": label, "file": path.stem, "folder": path.parent}
        about["tolerance"] = given.get("tolerance", data.get("tolerance", "1e-6"))
        for what, form in _forms(given, expected).items():
            yield Published(path.stem, label, what, about, form, given, expected)


def _forms(given: Mapping[str, Any], expected: Mapping[str, Any]) -> Mapping[str, Form | None]:
    known = next((forms for keys, forms in FORMS if keys <= set(given)), None)
    return known or form_rooms.shape_of(given, expected) or form_demand.shape_of(given, expected) or form_live.shape_of(given, expected) or {"": None}


def _variants(data: Mapping[str, Any]) -> Iterator[tuple[str, dict, Mapping]]:
    """(label, what goes in, what is published) of each case of a file."""
    shared = {k: v for key in SHARED if isinstance(data.get(key), Mapping) for k, v in data[key].items()}
    cases = data.get("cases") or data.get("rows") or {"": {}}
    if not isinstance(cases, Mapping):
        cases = {_label(i, case): case for i, case in enumerate(cases, start=1)}
    for label, case in cases.items():
        own = case if label or case else {k: v for k, v in data.items() if k not in SHARED}
        own = {**{k: v for k, v in own.items() if k != "parameters"}, **(case.get("parameters") or {})}
        expected = case.get("expected") or (case if case else data.get("expected")) or {}
        given = {**shared, **{k: v for k, v in own.items() if k not in ("expected", "cases", "rows")}}
        if expected and all(isinstance(v, Mapping) and {"rates", "base_stock", "lead_time"} <= set(v) for v in expected.values()):
            given["order_systems"] = expected
        if _has_levels_by_lead_time(given, expected):
            given["lost_sales_levels"] = expected
        yield label, given, expected


def _has_levels_by_lead_time(given: Mapping, expected: Mapping) -> bool:
    """Whether this is the form of lost sales: `expected` holds, for L1, L2 …, a best level and its cost."""
    rows = [v for k, v in expected.items() if k[:1] == "L" and isinstance(v, Mapping)]
    return {"h", "p", "demand"} <= set(given) and bool(rows) and all("cost" in v for v in rows)


def _label(i: int, case: Mapping[str, Any]) -> str:
    """A row of a table by its numbers."""
    short = {k: v for k, v in case.items() if k in ("s", "S", "L", "p", "rho", "K") and not isinstance(v, dict)}
    return case.get("name") or case.get("id") or " ".join(f"{k}={v}" for k, v in short.items()) or str(i)


def cases_in(folder: Path) -> list[Published]:
    """Every case of every file of a folder."""
    return [case for path in sorted(folder.glob("*.json")) for case in cases_of(path)]
