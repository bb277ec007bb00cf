"""Lesson 06, by a second reader. Its idea: what you measure while the other one is still trying things
out tells you about a partner who will soon be gone, so more of it only makes you more sure of the wrong choice.
"""

import math

import stackedu as se

HINTS = {"06.1": 0, "06.2": 0, "06.3": 0}  # how many were needed


def wrong(n):
    # Turn her coins at a1 over: 2n fair coins decide. With k heads their sum is 2k - 2n, and small talk
    # is ahead by 0.05 n before the noise: it looks better if 2k - 2n > -n/20, that is 40k > 39n.
    good = sum(math.comb(2 * n, k) for k in range(2 * n + 1) if 40 * k > 39 * n)
    return good / 4**n


ANSWERS = {
    "06.1": [(0.8 + 0.2) / 2, (0.6 + 0.5) / 2, (0.8 - 0.6) / (0.3 - 0.05)],
    "06.2": wrong,
    "06.3": se.StackelbergGame([[0.9, 0.1], [0.6, 0.6]], [[0.7, 0.5], [0.3, 0.1]]),
}
