"""The followers: learners that see the leader's action and answer it, with one bandit per leader action.

They know T, |A| and |B|, not the payoffs or the noise, except for the oracle `BestResponse`. Every ``confidence=c``
means the bonus sqrt(c log T / n) for n pulls of a pair. Ties go to the first action.

Examples
--------
>>> import stackedu as se
>>> se.followers.ActiveArmElimination()
ActiveArmElimination(confidence=2.0)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from stackedu import rules, validation
from stackedu.games import StackelbergGame
from stackedu.learners import Custom as _Custom
from stackedu.learners import Follower, Setting, parameter

__all__ = [
    "UCB",
    "ActiveArmElimination",
    "BestResponse",
    "Custom",
    "EpsilonGreedy",
    "ExploreThenCommit",
    "Fixed",
    "ThompsonSampling",
]


@dataclass(frozen=True)
class ExploreThenCommit(Follower):
    """For each leader action: play each response ``explore`` times, all of the first one first; then the best mean.

    Parameters
    ----------
    explore : int, optional
        Pulls of each pair. By default E = ceil((T/(|A||B|))^(2/3) (log T)^(1/3)).

    Source: Lattimore and Szepesvári (2020), *Bandit Algorithms*, chapter 6; theory section 6.
    """

    explore: int | None = parameter(None, low=1, whole=True)
    plan = staticmethod(rules.commit_plan)
    observe = staticmethod(rules.commit_observe)

    def values(self, setting: Setting) -> Sequence[float]:
        return 0, self.explore or setting.exploration


@dataclass(frozen=True)
class UCB(Follower):
    """For each leader action: play the largest mean + sqrt(confidence log T / n); each response once first.

    Source: Auer, Cesa-Bianchi and Fischer (2002), with a known horizon. Keeps an anytime promise (theory section 5).
    """

    confidence: float = parameter(2.0, low=0)
    plan = staticmethod(rules.ucb_plan)
    observe = staticmethod(rules.ucb_observe)


@dataclass(frozen=True)
class ActiveArmElimination(Follower):
    """For each leader action: play the active responses evenly, in phases; drop those significantly worse.

    Phase s = 1, 2, … lasts |B| 2^s pulls, in several rotations. At its end response i is dropped if
    mean_i + r_i < max_j (mean_j - r_j), r = sqrt(confidence log T / n), from all samples so far.
    Source: Even-Dar, Mannor and Mansour (2006); keeps an instantaneous promise (theory sections 5 and 9).
    """

    confidence: float = parameter(2.0, low=0)
    plan = staticmethod(rules.elimination_plan)

    def memory_shape(self, shape: tuple[int, int]) -> tuple[int, int]:
        return shape[0], rules.DROPPED + shape[1]


@dataclass(frozen=True)
class EpsilonGreedy(Follower):
    """For each leader action: play the best mean, but with probability epsilon a random response.

    Parameters
    ----------
    epsilon : float, optional
        By default (K log n / n)^(1/3), at most 1, after n pulls with K responses: Slivkins (2019),
        *Introduction to Multi-Armed Bandits*, theorem 1.6.
    """

    epsilon: float | None = parameter(None, low=0, high=1)
    randomized = True
    plan = staticmethod(rules.greedy_plan)

    def values(self, setting: Setting) -> Sequence[float]:
        return (-1.0 if self.epsilon is None else self.epsilon,)


@dataclass(frozen=True)
class ThompsonSampling(Follower):
    """For each leader action: draw means from N(sum/(n+1), scale^2/(n+1)) and play the largest.

    Source: Agrawal and Goyal (2013), Gaussian priors; ``scale`` is the standard deviation that it believes in.
    """

    scale: float = parameter(1.0, low=0)
    randomized = True
    plan = staticmethod(rules.thompson_plan)

    def values(self, setting: Setting) -> Sequence[float]:
        return (self.scale,)


@dataclass(frozen=True)
class BestResponse(Follower):
    """An oracle: knows u2 and plays the first best response. The floors of `stackedu.bounds` exclude it."""

    plan = staticmethod(rules.fixed_plan)

    def values_in(self, game: StackelbergGame, horizon: int) -> Sequence[float]:
        return tuple(game.follower.argmax(axis=1))


@dataclass(frozen=True)
class Fixed(Follower):
    """Answer leader action a with ``responses[a]`` for good; no learning."""

    responses: Sequence[int]
    plan = staticmethod(rules.fixed_plan)

    def __post_init__(self) -> None:
        try:
            answers: list[Any] = list(self.responses)
        except TypeError:
            raise TypeError(
                f"responses of followers.Fixed must hold one response per leader action, got {self.responses!r}"
            ) from None
        checked = tuple(validation.integer(f"responses[{a}]", answer) for a, answer in enumerate(answers))
        object.__setattr__(self, "responses", checked)

    def values_in(self, game: StackelbergGame, horizon: int) -> Sequence[float]:
        if len(self.responses) != game.shape[0]:
            raise ValueError(
                f"responses of followers.Fixed must hold one response for each of the {game.shape[0]} "
                f"leader actions, got {self.responses!r}"
            )
        last = game.shape[1] - 1
        return tuple(validation.integer(f"responses[{a}]", b, high=last) for a, b in enumerate(self.responses))


@dataclass(frozen=True, repr=False)
class Custom(_Custom, Follower):
    """A rule of your own: two plain functions, compiled when numba can.

    Parameters
    ----------
    plan : function
        ``plan(context, state, params, rng) -> (action, hold)``, see `stackedu.rules`; ``context`` is the
        leader's action.
    observe : function, optional
        By default it keeps ``state.pulls`` and ``state.sums``, of shape (A, B).
    parameters : tuple of float
        What the rule finds in ``params.values``.
    memory_columns : int
        Columns of ``state.memory``, which has one row per leader action.

    Examples
    --------
    >>> def copycat(context, state, params, rng):
    ...     return context, 1
    >>> Custom(copycat)
    followers.Custom(copycat)
    """
