"""What if something happens, and what do measures change about it? The main page.

In reading order: `refine` (the study: first a picture at once, then a better one), `tells` (sentences,
figures and cards), `ask` (the question).
"""

from twinkit.questions.disruption.ask import Disruption
from twinkit.questions.disruption.refine import what_if

__all__ = ["Disruption", "what_if"]
