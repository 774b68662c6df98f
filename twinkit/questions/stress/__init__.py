"""What does it cost to lose each site, lane or country, and how long can it be survived?

In reading order: `network` (the linear programmes of an outage), `result` (tables and
sentences), `figures`, `ask` (the study, the question and what the answer is made of), `loss` (one of
them, looked at closely).
"""

from twinkit.questions.stress.ask import StressQuestion, stress_test
from twinkit.questions.stress.loss import LossQuestion, loss_of

__all__ = ["LossQuestion", "StressQuestion", "loss_of", "stress_test"]
