"""The page of truth: published results and ours, as docs/truth.md.

``PYTHONPATH=tests:. python tests/truth/page.py`` writes it and its figures anew.  The tests
check every line of the page against the case that it tells of.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tests.truth.compared import EXACT, Compared
from tests.truth.forms import HERE, Published, cases_in

PAGE = Path(__file__).parents[2] / "docs" / "truth.md"
INTRODUCTION = """# Published results and ours

Every case here comes from outside: from a book, a paper or another program. It is turned
into tables, run by the ordinary chain in one of its built-in orders of events, and compared
with what was published; optima and formulas come from `twinkit.inventory`. The files of the cases, with all that went
in, are in `tests/truth/cases`. `pytest tests/truth` runs them, `pytest tests/truth --truth DIR`
runs a folder of other files of the same forms, and `python tests/truth/page.py` writes this page.
The tests compare every row of it with a run.

*Numbers* is how many published numbers a case compares: quantities of every node or stage in
every period. *Largest difference* is over all of them; *0* means less than 10⁻⁹, which is
rounding of the computer. After ± stands half the 95 % interval of ours, where it is simulated;
other values of ours are computed. *Allowed* is the tolerance that the file of the case states.
"""
SECTIONS = {
    "S01": ("Beer game", "Sterman (1989), Management Science 35(3), benchmark costs; the weekly records were "
            "computed by a loop over the board, written from the rules."),
    "S02": ("One stage", "stockpyl 1.0.2, in the order of events of Snyder & Shen (2019)."),
    "S03": ("Three stages in series", "stockpyl 1.0.2; the network of Snyder & Shen (2019), example 6.1."),
    "S04": ("Orders and receipts paused by a disruption", "stockpyl 1.0.2, disruptions as explicit states."),
    "stockpyl": ("Networks: distribution, assembly, disruptions", "stockpyl 1.0.2, run for this page: rationing by "
                 "index, assembly with components that wait, orders, shipments, transit and receipts paused."),
    "S05": ("Orders before demand", "OR-Gym (Hubbs et al. 2020), environments InvManagement-v0 and -v1, run with "
            "given demand."),
    "orgym": ("Orders before demand, with stockouts", "Rules of OR-Gym (Hubbs et al. 2020); the numbers are those of "
              "an independent simulation in plain loops, written from its source."),
    "S06": ("A shop, AnyLogistix", "AnyLogistix, as published with the validation of SupplyNetPy."),
    "anylogistix": ("A shop, AnyLogistix, (s, S)", "AnyLogistix, as published with the validation of SupplyNetPy; "
                    "start and lead time are those that give its numbers."),
    "S07": ("A shop, SupplyNetPy", "SupplyNetPy, the end state in its own tests."),
    "S08": ("Serial system", "Snyder & Shen (2019), example 6.1 (Clark & Scarf 1960), cost to two decimals."),
    "S09": ("(s, S) under Poisson demand", "Snyder & Shen (2019), example 4.7 and problem 4.31."),
    "S10": ("Formulas for one stage", "Snyder & Shen (2019), chapters 3 to 5; numbers of stockpyl's tests."),
    "S11": ("Lost sales", "Zipkin (2008), Operations Research 56(5), table 3(a), to two decimals."),
    "S12": ("Supplier that goes down", "Snyder & Shen (2019), example 9.3."),
    "S13": ("Guaranteed service", "Graves & Willems (2000), digital camera, rounded as published; *recomputed* is "
            "the optimum of a tree programme of the file's author."),
    "S14": ("Bullwhip effect", "Chen, Drezner, Ryan & Simchi-Levi (2000), Management Science 46(3)."),
    "S17": ("Which places to open", "OR-Library, pmed1 (Beasley 1990): the p-median of a graph."),
    "T_data": ("Identifiers, units and structures of products", "GS1 General Specifications and ISO 6346 (check digits), NIST (units), the Harmonized "
               "System of 2022, and the assembly AS1 of the CAx-IF as two systems export it."),
    "S18": ("Accuracy of simple forecasts", "Hyndman & Athanasopoulos, Forecasting: principles and practice (1st ed.), section 2/5; the series "
            "(Australian beer production) is that of pmdarima (MIT)."),
    "T_demand": ("Forecasts", "Hyndman & Athanasopoulos, Forecasting: principles and practice (smoothing); Croston (1972), Syntetos & Boylan (2005), "
                 "statsforecast 2.1.1; Tashman (2000) on series W1 of the M4 competition (rolling origins)."),
    "T_decent": ("How many plants, and where", "Chopra & Meindl, Supply Chain Management, the SunOil network (figures 5-3 to 5-7); the "
                 "continuous approximation of Geoffrion (1976), Daganzo and Newell."),
    "T_bto": ("Before or after the order", "The kanban formula of Monden; Buzacott & Shanthikumar (1993), ch. 4; Song (1998), "
              "Operations Research 46(6): every sum exact, and by simulation of single orders."),
    "T_border": ("Across a border", "Rules of the EU's Union Customs Code and of the United States; USMCA, article 4.5, by arithmetic."),
    "S16": ("Stress test", "the linear programmes of Simchi-Levi et al. (2015), Interfaces 45(5), on the network of "
            "Databricks' supply-chain stress test (seed 777), solved with its code (Pyomo and HiGHS)."),
    "T_tom": ("Roadmap: investments, learning and diffusion, the order of steps", "numpy-financial; Wright (1936) and Bass (1969) in closed "
              "form; an instance of six steps with all its orders enumerated (Smith 1956 for the rule of thumb)."),
    "T_hum": ("Relief: waiting, prepositioning, sharing", "Holguín-Veras et al. (2013, 2016), coefficients as quoted there, tours "
              "enumerated; a two-stage programme in the form of Rawls & Turnquist (2010); definitions of coverage and Gini."),
    "T_line": ("Lines: laws, buffers, bottlenecks, OEE", "Hopp & Spearman, Factory Physics, ch. 7; Li & Meerkov (2009); Roser, Nakano & "
               "Tanaka (2002); ISO 22400-2."),
    "T_trace": ("Traces, proofs and contracts", "Definitions of EPCIS and of batch dispersion (Dupuy et al. 2005); RFC 6962 and the roots of Certificate "
                "Transparency; RFC 8785 and PyPI rfc8785; Cachon (2003), closed form."),
    "T_roles": ("One run, several readers", "Identities: one number, one run, sums (states of machines after ISO 22400-2), and what a role may not "
                "see; on the car maker. Words are compared, not figures."),
    "T_maint": ("Upkeep: policies of a wearing machine, lives and replacement", "Tijms (2003), example 6.1.1; Lieblein & Zelen (1956) and "
                "reliawiki, maximum likelihood."),
    "T_live": ("Live twin: charts, local level, running out, lead times", "Montgomery, Statistical Quality Control, ch. 9 (run lengths of Brook & "
               "Evans and of Lucas & Saccucci); Durbin & Koopman, ch. 2 (the Nile; Cobb 1978); Poisson first passage; maximum likelihood."),
}  # fmt: skip
"""Beginning of a file's name → heading and source."""
FIGURES = {
    "S01": ("beer_game", "Orders and net inventory of the four roles in 36 weeks. The published records, drawn as "
            "markers, lie on our lines in every week."),
    "S04": ("receipts_paused", "Net inventory of three stages in series in 48 periods, three outages shaded. "
            "Published markers lie on our lines; the middle stage falls below zero in the two longer outages."),
    "S05": ("orders_first", "Inventory at the end of 30 periods at three stages of OR-Gym's default chain. "
            "Published markers lie on our lines."),
}  # fmt: skip
"""Beginning of a file's name → figure and the text for those who do not see it."""
KEY = ("total", "total_cost", "total_profit", "profit", "holding_cost")
"""The figure of a trace that is shown, the first that there is."""
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
TRACES = ("| case | numbers | largest difference | allowed | figure | published | ours |\n"
          "|---|--:|--:|--:|---|--:|--:|")  # fmt: skip
FIGURES_OF = "| case | figure | published | ours | difference | allowed |\n|---|---|--:|--:|--:|--:|"


def section_of(case: Published) -> str:
    """Section of the page that a case belongs to."""
    return "_".join(case.file.split("_")[: 2 if case.file.startswith("T_") else 1])


def is_trace(case: Published) -> bool:
    """Whether a case is shown in one line: what is published of it is no chance and no optimum."""
    return str(case.about.get("kind", "")).startswith("deterministic") or case.file.startswith("T_")


def title(case: Published) -> str:
    """A case in the first column."""
    rest = case.file.removeprefix(section_of(case)).strip("_")
    topic = "" if case.file[0] == "S" else rest
    return ", ".join(filter(None, (topic, case.label, case.what))).replace("_", " ") or "all"


def lines_of(case: Published, rows: list[Compared]) -> list[str]:
    """The lines of the page that tell of a case."""
    if is_trace(case):
        named = [row for name in KEY for row in rows if row.name == name]
        key = next((row for row in (*named, *rows) if not np.ndim(row.published) and row.tolerance), rows[0])
        worst = max(rows, key=lambda row: row.difference / max(row.tolerance, EXACT))
        cells = [sum(row.values for row in rows), gap(worst.difference, max(1.0, float(np.max(np.abs(worst.published))))),
                 allowed(min(row.tolerance for row in rows)), key.name.replace("_", " "),
                 number(key.published), number(key.ours)]  # fmt: skip
        return [line(title(case), *cells)]
    return [
        line(title(case), row.name.replace("_", " "), number(row.published), _ours(row),
             gap(row.difference, max(1.0, float(np.max(np.abs(row.published))))), allowed(row.tolerance))
        for row in rows
    ]  # fmt: skip


def line(*cells: Any) -> str:
    """A line of a table."""
    return "| " + " | ".join(str(c) for c in cells) + " |"


def number(value: Any, digits: int = 7) -> str:
    """A number, or several, as printed; trailing digits that a computer may round otherwise are left out."""
    if np.ndim(value):
        return ", ".join(number(v, min(digits, 4)) for v in value)
    return "0" if value == 0 else f"{float(value):.{digits}g}"


def gap(difference: float, size: float) -> str:
    """A difference; 0 where it is the rounding of a computer."""
    if difference <= EXACT * size:
        return "0"
    return "< 10⁻⁶" if difference <= 1e-6 else f"{float(f'{difference:.2g}'):g}"


def allowed(tolerance: float) -> str:
    """A tolerance; a bound for rounding is called exact."""
    if tolerance <= 1e-8:
        return "exact"
    digits, _, power = f"{tolerance:.2g}".partition("e")
    if not power:
        return f"{float(digits):g}"
    return ("" if digits == "1" else f"{digits} × ") + "10" + str(int(power)).translate(RAISED)


def _ours(row: Compared) -> str:
    """Ours with its interval: two digits of the half width, and as many decimals of the mean."""
    if not row.half_width:
        return number(row.ours)
    decimals = max(0, 1 - math.floor(math.log10(row.half_width)))
    return f"{row.ours:.{decimals}f} ± {row.half_width:.{decimals}f}"


def text(lines: Mapping[str, list[str]], cases: list[Published]) -> str:
    """The page, of the lines of every case."""
    parts = [INTRODUCTION]
    for start, (heading, source) in SECTIONS.items():
        here = [case for case in cases if section_of(case) == start]
        table = TRACES if is_trace(here[0]) else FIGURES_OF
        body = "\n".join([table, *(each for case in here for each in lines[case.name])])
        parts.append(f"## {heading}\n\nSource: {source}\n\n{body}\n")
        if start in FIGURES:
            file, said = FIGURES[start]
            parts.append(f"![{said}](truth/{file}.svg)\n")
    return "\n".join(parts)


if __name__ == "__main__":
    from tests.truth import page_figures

    found = cases_in(HERE)
    PAGE.write_text(text({case.name: lines_of(case, case.rows()) for case in found}, found), encoding="utf-8")
    page_figures.draw_all(PAGE.with_suffix(""), {section_of(case): case for case in found})
