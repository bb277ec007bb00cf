"""The leaders: learners that move first. They know T, |A| and |B|, not the payoffs or the noise.

Every ``confidence=c`` means the bonus sqrt(c log T / n) for n pulls. Ties go to the first action.

Examples
--------
>>> import stackedu as se
>>> se.leaders.ExploreThenUCB(wait=50)
ExploreThenUCB(wait=50, confidence=2.0)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stackedu import rules, validation
from stackedu.games import StackelbergGame
from stackedu.learners import Custom as _Custom
from stackedu.learners import Leader, Setting, parameter

__all__ = [
    "UCB",
    "Custom",
    "EpsilonGreedy",
    "ExploreThenCommit",
    "ExploreThenUCB",
    "Fixed",
    "LipschitzUCB",
    "MeanPhasedUCB",
    "PhasedUCB",
    "ThompsonSampling",
    "WaitThenCommit",
]


@dataclass(frozen=True)
class ExploreThenCommit(Leader):
    """Play each action ``explore`` times, all of the first action first; then the best mean for good.

    Parameters
    ----------
    explore : int, optional
        Pulls of each action. By default |B| E with E = ceil((T/(|A||B|))^(2/3) (log T)^(1/3)), which covers the
        exploration of a default `followers.ExploreThenCommit` exactly.

    Source: Lattimore and Szepesvári (2020), *Bandit Algorithms*, chapter 6; theory section 4.
    """

    explore: int | None = parameter(None, low=1, whole=True)
    plan = staticmethod(rules.commit_plan)
    observe = staticmethod(rules.commit_observe)

    def values(self, setting: Setting) -> Sequence[float]:
        return 0, self.explore or setting.n_follower_actions * setting.exploration


@dataclass(frozen=True)
class WaitThenCommit(Leader):
    """Modified ETC: ignore the first ``wait`` rewards of each action, learn from the next ``explore``, commit.

    Parameters
    ----------
    wait, explore : int, optional
        Pulls of each action. By default |B| E and E, with E as in `ExploreThenCommit`.

    Source: the paper's warm-up: against an ExploreThenCommit follower with the same E, and under the conditions of
    theory section 6, regret O(T^(2/3) (|A||B| log T)^(1/3)) against the γ-tolerant benchmark.
    """

    wait: int | None = parameter(None, low=0, whole=True)
    explore: int | None = parameter(None, low=1, whole=True)
    plan = staticmethod(rules.commit_plan)
    observe = staticmethod(rules.commit_observe)

    def values(self, setting: Setting) -> Sequence[float]:
        wait = setting.n_follower_actions * setting.exploration if self.wait is None else self.wait
        return wait, self.explore or setting.exploration


@dataclass(frozen=True)
class UCB(Leader):
    """Play the largest index mean + sqrt(confidence log T / n); each action once first.

    Source: Auer, Cesa-Bianchi and Fischer (2002), with a known horizon.
    """

    confidence: float = parameter(2.0, low=0)
    plan = staticmethod(rules.ucb_plan)
    observe = staticmethod(rules.ucb_observe)


@dataclass(frozen=True)
class ExploreThenUCB(Leader):
    """Play each action ``wait`` times, throw all of it away, then run `UCB` from scratch (Algorithm 2).

    Parameters
    ----------
    wait : int, optional
        Pulls of each action. By default |B| E with E as in `ExploreThenCommit`: about
        (T/|A|)^(2/3) (|B| log T)^(1/3), and never shorter than a default follower's exploration.
    confidence : float
        Of the `UCB` that follows.

    Source: Donahue et al. (2024), Algorithm 2; theory section 6.
    """

    wait: int | None = parameter(None, low=0, whole=True)
    confidence: float = parameter(2.0, low=0)
    plan = staticmethod(rules.wait_ucb_plan)
    observe = staticmethod(rules.wait_ucb_observe)

    def values(self, setting: Setting) -> Sequence[float]:
        wait = setting.n_follower_actions * setting.exploration if self.wait is None else self.wait
        return setting.width(self.confidence), wait

    def memory_shape(self, shape: tuple[int, int]) -> tuple[int, int]:
        return 1, 2 * shape[0]


@dataclass(frozen=True)
class LipschitzUCB(Leader):
    """`UCB` with the bonus (1 + L sqrt(|B|)) sqrt(confidence log T / n), for games with Lipschitz constant L.

    The wider bonus covers what the follower may still be losing. Source: section 5.1 of the paper; the bonus is a
    reconstruction (theory section 8).
    """

    lipschitz: float = parameter(low=1)
    confidence: float = parameter(2.0, low=0)
    plan = staticmethod(rules.ucb_plan)
    observe = staticmethod(rules.ucb_observe)

    def values(self, setting: Setting) -> Sequence[float]:
        widening = 1 + self.lipschitz * math.sqrt(setting.n_follower_actions)
        return (widening * setting.width(self.confidence),)


@dataclass(frozen=True)
class PhasedUCB(Leader):
    """Play whole phases of the follower's active arm elimination; trust the arms of the last one (Algorithm 3).

    The index of an action a is the largest mean + sqrt(confidence log T / n) over the pairs (a, b) that were played
    in a's last phase, each from all its samples. Sees the follower's action.
    Source: Algorithm 3 of the paper; its details are a reconstruction (theory section 9).
    """

    confidence: float = parameter(2.0, low=0)
    sees_response = True
    plan = staticmethod(rules.phased_plan)
    observe = staticmethod(rules.phased_observe)

    def memory_shape(self, shape: tuple[int, int]) -> tuple[int, int]:
        return shape[0], rules.LAST + shape[1]


@dataclass(frozen=True)
class MeanPhasedUCB(Leader):
    """The tempting shortcut that fails: index = mean reward of an action's last phase + bonus.

    It gives up an action whose average is low only because the follower has not finished. Source: theory section 9.
    """

    confidence: float = parameter(2.0, low=0)
    plan = staticmethod(rules.mean_phased_plan)
    observe = staticmethod(rules.mean_phased_observe)

    def memory_shape(self, shape: tuple[int, int]) -> tuple[int, int]:
        return shape[0], 1


@dataclass(frozen=True)
class EpsilonGreedy(Leader):
    """Play the best mean, but with probability epsilon a random action; each action once first.

    Parameters
    ----------
    epsilon : float, optional
        By default (K log n / n)^(1/3), at most 1, after n rounds with K actions: Slivkins (2019),
        *Introduction to Multi-Armed Bandits*, theorem 1.6.
    """

    epsilon: float | None = parameter(None, low=0, high=1)
    randomized = True
    plan = staticmethod(rules.greedy_plan)

    def values(self, setting: Setting) -> Sequence[float]:
        return (-1.0 if self.epsilon is None else self.epsilon,)


@dataclass(frozen=True)
class ThompsonSampling(Leader):
    """Draw a mean for each action from N(sum/(n+1), scale^2/(n+1)) and play the largest.

    Source: Agrawal and Goyal (2013), Gaussian priors; ``scale`` is the standard deviation that it believes in.
    """

    scale: float = parameter(1.0, low=0)
    randomized = True
    plan = staticmethod(rules.thompson_plan)

    def values(self, setting: Setting) -> Sequence[float]:
        return (self.scale,)


@dataclass(frozen=True)
class Fixed(Leader):
    """Play one action for good; no learning."""

    action: int = parameter(low=0, whole=True)
    plan = staticmethod(rules.fixed_plan)

    def values_in(self, game: StackelbergGame, horizon: int) -> Sequence[float]:
        return (validation.integer("action of leaders.Fixed", self.action, high=game.shape[0] - 1),)


@dataclass(frozen=True, repr=False)
class Custom(_Custom, Leader):
    """A rule of your own: two plain functions, compiled when numba can.

    Parameters
    ----------
    plan : function
        ``plan(context, state, params, rng) -> (action, hold)``, see `stackedu.rules`; ``context`` is 0.
    observe : function, optional
        By default it keeps ``state.pulls`` and ``state.sums``: shape (1, A), or (A, B) if it sees the response.
    parameters : tuple of float
        What the rule finds in ``params.values``.
    memory_columns : int
        Columns of ``state.memory``.
    sees_response : bool
        Whether ``observe`` is told the follower's action, block by block (weakly decentralized).

    Examples
    --------
    Try every action a hundred times, then the best average so far. (To remember more than pulls and sums, ask for
    ``memory_columns``, and write ``state.memory`` here or in an ``observe`` of your own.)

    >>> import stackedu as se
    >>> def greedy(context, state, params, rng):
    ...     best = 0
    ...     for action in range(params.n_leader_actions):
    ...         pulls, total = state.pulls[0, action], state.sums[0, action]
    ...         if pulls < 100:
    ...             return action, 1
    ...         if total / pulls > state.sums[0, best] / state.pulls[0, best]:
    ...             best = action
    ...     return best, 1
    >>> game = se.games.explore_trap()
    >>> run = se.simulate(game, se.leaders.Custom(greedy), se.followers.BestResponse(), 1000, n_runs=10)
    >>> run.leader
    leaders.Custom(greedy)
    """
