"""A hidden game, played round by round by a person against a learner, and what there is to say afterwards."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stackedu import benchmarks, followers, games, leaders, validation
from stackedu.benchmarks import Benchmark
from stackedu.catalogue import FOLLOWERS, LEADERS
from stackedu.simulation import as_learner, simulate

STORIES = {
    ("chatbot", "leader"): "You ask a chatbot. Choose how to ask; it learns from its ratings, you see how it helped.",
    ("chatbot", "follower"): "You are a chatbot. A user asks and learns; choose how to answer, you see your rating.",
    ("recommender", "leader"): "You run a feed. Choose what comes first; a reader learns what to open, you get paid.",
    ("recommender", "follower"): "You read a feed that learns. You see what comes first; choose what to open.",
}


class YourTurn(Exception):
    """The engine asks for a choice that the person has not made yet."""


class _Hand:
    """The person, as a learner: plays the choices made so far, and keeps what was seen."""

    sees_response = True  # for the record; the person is shown only their own reward

    def __init__(self, choices: list[int]) -> None:
        self.choices, self.seen = choices, []  # type: ignore[var-annotated]
        self.asked: int | None = None

    def __deepcopy__(self, memo: Any) -> _Hand:
        return self  # what it has seen is wanted back

    def choose(self, asked: int | None = None) -> int:
        self.asked = asked
        if len(self.seen) == len(self.choices):
            raise YourTurn
        return self.choices[len(self.seen)]

    def observe(self, *seen: Any) -> None:
        self.seen.append(seen)
        self.asked = None


@dataclass
class Match:
    """A person (in ``role``) plays a game that nobody has shown them.

    The payoffs of `games.chatbot` or `games.recommender` are shuffled by the seed, so that the labels give nothing
    away. Each round replays the match in the engine with one more choice: the same choices give the same game.

    Attributes
    ----------
    history : list of (int, int, float)
        Of each round the leader's action, the follower's, and the person's reward.
    asked : int or None
        The leader's action that waits for the person's answer.

    Raises
    ------
    ValueError, TypeError
        If a setting is wrong.

    Examples
    --------
    >>> match = Match("chatbot", "leader", "UCB", rounds=2, seed=1)
    >>> match.choose(0), match.choose(0), match.over
    (None, None, True)
    """

    story: str = "chatbot"
    role: str = "leader"
    opponent: Any = "UCB"
    rounds: Any = 30
    seed: Any = 0
    noise_sd: float = 0.2

    def __post_init__(self) -> None:
        tale = getattr(games, validation.one_of("story", self.story, ("chatbot", "recommender")))()
        self.leads = validation.one_of("role", self.role, ("leader", "follower")) == "leader"
        self.rounds = validation.integer("rounds", self.rounds, low=1, high=1000)
        self.seed = validation.integer("seed", self.seed)
        places = np.ix_(*map(np.random.default_rng([self.seed, 1]).permutation, tale.shape))
        shuffled = {"leader": tale.leader[places], "follower": tale.follower[places]}
        self.game = replace(tale, **shuffled, noise_sd=self.noise_sd)
        self.labels = self.game.leader_actions if self.leads else self.game.follower_actions
        if isinstance(self.opponent, str):
            known = FOLLOWERS if self.leads else LEADERS
            self.opponent = known[validation.one_of("opponent", self.opponent, list(known))]
        self.opponent = as_learner(self.opponent, "follower" if self.leads else "leader")
        self._replay([])

    @property
    def over(self) -> bool:
        return len(self.history) == self.rounds

    def choose(self, action: int) -> None:
        """Play one round."""
        if self.over:
            raise ValueError(f"the game is over after {self.rounds} rounds; start again")
        mine = validation.integer("action", action, high=len(self.labels) - 1)
        self._replay([*(row[0 if self.leads else 1] for row in self.history), mine])

    def _replay(self, choices: list[int]) -> None:
        hand = _Hand(choices)
        with contextlib.suppress(YourTurn):
            simulate(self.game, *self._pair(hand), self.rounds, n_runs=1, seed=self.seed)
        self.history, self.asked = hand.seen, hand.asked

    def _pair(self, player: Any) -> tuple[Any, Any]:
        return (player, self.opponent) if self.leads else (self.opponent, player)

    def regrets(self, level: Benchmark) -> np.ndarray:
        """Return the regret of leader and follower after each round, shape (2, rounds played)."""
        a, b, _ = np.array(self.history or np.empty((0, 3))).T.astype(int)
        losses = [level.leader - self.game.leader[a, b], level.follower - self.game.follower[a, b]]
        return np.cumsum(losses, axis=1)

    def best(self) -> str:
        """Return what one would do who knew the game and had time to wait: the Stackelberg action, or best answers."""
        responses = benchmarks.follower_responses(self.game).argmax(axis=1)
        asks, answers = self.game.leader_actions, [self.game.follower_actions[b] for b in responses]
        if self.leads:
            a = int(self.game.leader[np.arange(len(responses)), responses].argmax())
            return f"always {asks[a]}, which teaches {answers[a]}"
        return "; ".join(f"to {ask}: {answer}" for ask, answer in zip(asks, answers, strict=True))

    def scores(self, level: Benchmark) -> list[tuple[str, float, float]]:
        """Return (name, leader's regret, follower's regret), best first for the person, with the same seed and rounds.

        "you", each learner of the library in the person's place, and whoever never changes their mind.
        """
        players = {name: each for name, each in (LEADERS if self.leads else FOLLOWERS).items() if name != "Fixed"}
        for action, label in enumerate(self.labels):
            same = [action] * self.game.shape[0]
            players[f"always {label}"] = leaders.Fixed(action) if self.leads else followers.Fixed(same)
        rows = [("you", *self.regrets(level)[:, -1].tolist())]
        for name, player in players.items():
            options = {"n_runs": 1, "seed": self.seed, "checkpoints": [len(self.history)]}
            run = simulate(self.game, *self._pair(player), self.rounds, **options)
            rows.append((name, *run.regret(level)[:, 0, -1].tolist()))
        return sorted(rows, key=lambda row: row[1 if self.leads else 2])
