"""Lesson 10, by a second reader.

Its idea: two players may want opposite things and still both learn fast, as long as no difference that is large for
one is tiny for the other; the largest such ratio, L, is what a leader must be patient for.
"""

import stackedu as se

HINTS = {"10.1": 0, "10.2": 0, "10.3": 0}  # how many were needed


def premium(L, B):
    """The bonus is a factor times 1/sqrt(n): a factor c wider takes c^2 as many plays to shrink to the same size."""
    factor = 1 + L * B**0.5
    return factor**2


same_order = se.StackelbergGame(
    [[0.9, 0.6], [0.4, 0.1]],
    [[0.9, 0.899], [0.4, 0.1]],  # a1: she cares which answer it is (0.3), it hardly does (0.001)
)

ANSWERS = {
    "10.1": 0.3 / 0.1,  # (a1, b2) against (a2, b2): 0.3 for her, 0.1 for it
    "10.2": premium,
    "10.3": same_order,
}
