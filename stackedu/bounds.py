"""Regret that no pair of algorithms can stay below (sections 3 and 7 of the theory).

Total expected regret over the horizon of the worse player on the worst game of a family, for Gaussian rewards
and algorithms that do not know the utilities (so not the oracle ``BestResponse``). Single runs may lie below.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .validation import horizon as rounds
from .validation import integer, number


def linear_regret_floor(horizon: int, delta: float, noise_sd: float = 1.0, *, rewards: str = "gaussian") -> float:
    """Return the floor for ``impossibility_pair`` against the Stackelberg benchmark (Theorem 1), in reward.

    Relative accuracy is about 1e-12.

    Parameters
    ----------
    horizon : int
        Number of rounds.
    delta : float
        Half the difference of the two games, 0 < δ ≤ 0.3.
    noise_sd : float
        Without noise the floor is 0.
    rewards : {"gaussian"}

    Raises
    ------
    ValueError, TypeError
        If an argument is out of range, or rewards are not Gaussian.

    Examples
    --------
    >>> round(linear_regret_floor(10**6, 0.5e-3) / 10**6, 3)
    0.068
    """
    total, delta, rate = _arguments(horizon, delta, 0.3, noise_sd, rewards)
    information = 5 * total * rate
    return total * _root(lambda x: (0.6 - delta) * (_overlap(information * x) - 10 * x) - x, 0.1)


def tolerant_regret_floor(
    horizon: int,
    delta: float,
    n_follower_actions: int = 2,
    noise_sd: float = 1.0,
    *,
    rewards: str = "gaussian",
) -> float:
    """Return the floor for ``lower_bound_family`` against the γ-tolerant benchmark, any γ (Theorem 3).

    Parameters, result and errors as in ``linear_regret_floor``, but 0 < δ ≤ 1/3 and n_follower_actions ≥ 2.

    Examples
    --------
    >>> round(tolerant_regret_floor(10**6, 0.01) / 10**4, 3)
    0.222
    """
    total, delta, rate = _arguments(horizon, delta, 1 / 3, noise_sd, rewards)
    information = 4 * rate / (integer("n_follower_actions", n_follower_actions, low=2) - 1)
    most = 2 * delta * total
    return _root(lambda x: most * _overlap(information * x) - 3 * x, most)


def _arguments(horizon: Any, delta: Any, largest: float, noise_sd: Any, rewards: Any) -> tuple[int, float, float]:
    """Check what both floors share; return (T, δ, δ²/σ²)."""
    if rewards != "gaussian":
        raise ValueError(
            f"rewards must be 'gaussian', got {rewards!r}: with Bernoulli rewards the floor is false, "
            "because a mean of 0 is told from 2δ after about 1/(2δ) rounds"
        )
    delta = number("delta", delta, low=0, high=largest, above=True)
    noise_sd = number("noise_sd", noise_sd, low=0)
    ratio = delta / noise_sd if noise_sd > 0 else math.inf
    return rounds(horizon), delta, ratio * ratio


def _overlap(kl: float) -> float:
    """1 - tv(KL) by Pinsker and Bretagnolle-Huber (which implies 1 - e^(-KL)/2), without cancellation."""
    return max(1 - math.sqrt(kl / 2), math.exp(-kl) / (1 + math.sqrt(-math.expm1(-kl))))


def _root(excess: Callable[[float], float], high: float) -> float:
    """Root in [0, high] of a decreasing function, bisected down to neighbouring floats."""
    low = 0.0
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return low
