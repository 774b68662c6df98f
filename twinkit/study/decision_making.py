"""From a recommendation to a decision record: the figures that are worth remembering."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from twinkit import __version__
from twinkit.study.decision import DecisionRecord, case_fingerprint, plain
from twinkit.study.outcome import Outcome
from twinkit.tables.problems import listed

if TYPE_CHECKING:
    from twinkit.study.recommendation import Recommendation

SPAN = (0.025, 0.975)
"""Quantiles of the worlds between which what happens is expected."""


def record_of(
    found: Recommendation, by: str, why: str = "", question: str = "",
    outcomes: Mapping[str, Outcome] | None = None, when: datetime | None = None,
) -> DecisionRecord:  # fmt: skip
    """The decision to do what a recommendation says.

    Parameters
    ----------
    found
        The recommendation.
    by, why, question
        Who decided, for what reason, and what was asked.
    outcomes
        Situation ("no event" or name of a risk) → outcome of the chosen scenario; by default run here.
    when
        By default now.
    """
    when = when or datetime.now(UTC)
    question = question or "What is to be done about " + listed([r.name for r in found.risks]) + "?"
    runs = outcomes if outcomes is not None else found.outlook()
    gain, saved = found.gain(found.best), found.table().iloc[-1]
    currency = found.currency
    year, effect = f"{currency}/year", []
    for what, three in (("gain", gain[:3]), *((k, saved[[k, f"{k}_low", f"{k}_high"]].tolist()) for k in ("cost", "saved"))):
        effect.append({"what": what, "unit": year, **dict(zip(("mean", "low", "high"), three, strict=True))})
    assumptions = {
        "risks": [r.to_dict() for r in found.risks], "budget": found.budget, "objectives": list(found.objectives),
        "prices": {k: _price(p) for k, p in found.prices.items()}, "replications": found.replications, "fresh": found.fresh,
    }  # fmt: skip
    options = found.front().to_dict("records")
    mark = hashlib.blake2b(repr((when, by, question, why, found.best.levers)).encode(), digest_size=4).hexdigest()
    return DecisionRecord(
        f"{when:%Y-%m-%d}-{_slug(question)}-{mark}", when.isoformat(timespec="seconds"), by, question, why,
        plain(options), plain(found.scenario.to_dict()), plain(effect),
        plain([row for name, run in runs.items() for row in _expected(name, run)]), plain(assumptions), __version__,
        found.seed, found.case.name, case_fingerprint(found.case),
    )  # fmt: skip


def _expected(situation: str, outcome: Outcome) -> list[dict[str, Any]]:
    rows = []
    for kpi, values in outcome.kpis.items():
        row = {"situation": situation, "kpi": kpi, "unit": outcome.unit_of(kpi)}
        if kpi == "time to recover":
            low, mean, high = outcome.recovery_quantiles((SPAN[0], 0.5, SPAN[1]))
        else:
            good = values[np.isfinite(values)]
            if not len(good):
                continue
            mean, (low, high) = float(good.mean()), np.quantile(good, SPAN)
        rows.append({**row, "mean": mean, "low": float(low), "high": float(high)})
    return rows


def _price(price: Any) -> dict[str, Any]:
    parts = {name: getattr(price, name) for name in ("per_year", "setup", "years", "note", "discount")}
    found = {k: "worked out by a function" if callable(v) else v for k, v in parts.items()}
    return found | ({} if price.given_up is None else {"given_up": _price(price.given_up)})


def _slug(text: str) -> str:
    """Words of a text as part of a file name."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "decision"
