"""How the strategies of random chains draw."""

from __future__ import annotations

from hypothesis import strategies as st


def one_of(*values):
    return st.sampled_from(values)


def seldom(strategy, otherwise=None, times=3):
    """A value of the strategy once in so many times, else the other value."""
    return st.integers(0, times - 1).flatmap(lambda n: strategy if n == times - 1 else st.just(otherwise))


class Draw:
    """Draws numbers that fit the units of the case: whole ones, or hundredths."""

    def __init__(self, draw, whole, measures=False):
        self.draw, self.whole, self.measures = draw, whole, measures

    def __call__(self, strategy):
        return self.draw(strategy)

    def number(self, low, high):
        """A number of units."""
        return self.draw(st.integers(low, high) if self.whole else hundredths(low, high))

    def maybe(self, low, high, times=3):
        """A number of units once in so many times, else an empty cell."""
        return self.number(low, high) if self.draw(st.integers(0, times - 1)) == 0 else None

    def chance(self, times):
        """True once in so many times."""
        return self.draw(st.integers(0, times - 1)) == times - 1


def hundredths(low, high):
    """A number with two decimal places."""
    return st.integers(100 * low, 100 * high).map(lambda n: n / 100)
