"""Lesson 06, by a reader who had nothing else. Its idea: averages taken while the other one still tries things
out are right about a player who will soon be gone, so more of them make you surer of the wrong action."""

import math

import stackedu as se

HINTS = {"06.1": 0, "06.2": 0, "06.3": 0}  # how many were needed


def wrong(n):
    """Of 2n coins let k favour small talk: it is ahead by 0.05 + (2k - 2n) / n, positive if 40 k > 39 n."""
    coins = 2 * n
    return sum(math.comb(coins, k) for k in range(coins + 1) if 40 * k > 39 * n) / 2**coins


# Exploring evenly: (0.8 + 0.2) / 2 and (0.6 + 0.5) / 2. With overlap f: 0.8 - 0.3 f and 0.6 - 0.05 f, equal at f = 0.8.
overlap = (0.8 - 0.6) / (0.3 - 0.05)

# She sees 0.45 and 0.55 while it explores; afterwards a1 is better by 0.4 for her, by 0.5 for the follower.
harsh = se.StackelbergGame([[0.9, 0.0], [0.5, 0.6]], [[0.9, 0.0], [0.4, 0.1]])

ANSWERS = {"06.1": [0.5, 0.55, overlap], "06.2": wrong, "06.3": harsh}
