"""Names that a file must show as text, whatever they hold, and a chain that bears them."""

from __future__ import annotations

from study.strikes import busy_shop

from twinkit.run.ensemble import ensemble
from twinkit.run.outcome import Outcome
from twinkit.run.scenario import Scenario
from twinkit.tables.case import Case

SCRIPT = "<script>alert(1)</script>"
FORMULA = "=cmd()|x"
PATH = "../../x"
ARABIC, HEBREW = "مورد الشمال", "ספק הצפון 12"
EMOJI = "🏭 plant 👩‍🔧 🇩🇪"
TURNED = "safe\u202egnp.exe"
LONG = "Ten thousand letters " * 500
CONTROL = "bell\x07 nul\x00 half\ud800 esc\x1b[31m"
QUOTES = "\"'` onload=alert(2) {{7*7}} ${7*7} </style> --> ]]> $\\frac{1}{2}$ %d {0} _x0041_"
ALL = (SCRIPT, FORMULA, PATH, ARABIC, HEBREW, EMOJI, TURNED, LONG, CONTROL, QUOTES, "", " ", "-1+1", "@sum", "'quoted")
"""All of them; no table of a case lets CONTROL in, but a title or the name of a scenario does."""


def hostile_case() -> Case:
    """The shop with a strike, where every name is hostile."""
    names = {"source": SCRIPT, "shop": LONG, "item": FORMULA, "town": ARABIC, "strike": EMOJI, "fire": QUOTES}
    shop = busy_shop()
    tables = {t: rows.replace(names) for t, rows in shop.tables.items() if len(rows)}
    return Case(PATH, tables, {**shop.settings, "title": f"{HEBREW} {SCRIPT}"})


def hostile_outcomes(worlds: int = 4) -> dict[str, Outcome]:
    """Two scenarios with hostile names, run."""
    one = Scenario(f"{SCRIPT} {CONTROL}", (EMOJI,))
    other = Scenario(f"{FORMULA} {TURNED} {LONG}", (EMOJI,), {"safety_days_tier_0": 2.0})
    return ensemble(hostile_case(), [one, other], worlds)
