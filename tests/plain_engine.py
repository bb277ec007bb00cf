"""A second engine, one round at a time, written from the theory and the docstrings: slow and obvious.

It shares no code with the library. A bandit chooses, then sees (own action, other's action or -1, own reward).
"""

from __future__ import annotations

import math


class Bandit:
    """Learns about n actions; a follower has one per leader action."""

    def __init__(self, n):
        self.n, self.pulls, self.sums = n, [0] * n, [0.0] * n

    def see(self, action, other, reward):
        self.pulls[action] += 1
        self.sums[action] += reward

    def mean(self, action):
        return self.sums[action] / self.pulls[action]

    def first_best(self, score):
        return max(range(self.n), key=score)  # the first of several

    def unplayed(self):
        return self.pulls.index(0) if 0 in self.pulls else None


class Fixed(Bandit):
    def __init__(self, n, action):
        super().__init__(n)
        self.action = action

    def choose(self):
        return self.action


class Commit(Bandit):
    """Explore then commit; the first ``wait`` rewards of each action are ignored."""

    def __init__(self, n, explore, wait=0):
        super().__init__(n)
        self.seen, self.explore, self.wait, self.choice = [0] * n, explore, wait, None

    def choose(self):
        if self.choice is None:
            for action in range(self.n):
                if self.seen[action] < self.wait + self.explore:
                    return action
            self.choice = self.first_best(self.mean)
        return self.choice

    def see(self, action, other, reward):
        self.seen[action] += 1
        if self.seen[action] > self.wait:
            super().see(action, other, reward)


class UCB(Bandit):
    """mean + widening sqrt(c log T / n), after ``wait`` plays of each action that teach nothing."""

    def __init__(self, n, horizon, confidence, widening=1.0, wait=0):
        super().__init__(n)
        self.log, self.widening, self.wait, self.seen = confidence * math.log(horizon), widening, wait, [0] * n

    def choose(self):
        for action in range(self.n):
            if self.seen[action] < self.wait:
                return action
        if (first := self.unplayed()) is not None:
            return first
        return self.first_best(lambda i: self.mean(i) + self.widening * math.sqrt(self.log / self.pulls[i]))

    def see(self, action, other, reward):
        self.seen[action] += 1
        if self.seen[action] > self.wait:
            super().see(action, other, reward)


class EpsilonGreedy(Bandit):
    def __init__(self, n, rng, epsilon=None):
        super().__init__(n)
        self.rng, self.epsilon = rng, epsilon

    def choose(self):
        if (first := self.unplayed()) is not None:
            return first
        rounds = sum(self.pulls)
        epsilon = (self.n * math.log(rounds) / rounds) ** (1 / 3) if self.epsilon is None else self.epsilon
        return int(self.n * self.rng.random()) if self.rng.random() < epsilon else self.first_best(self.mean)


class Thompson(Bandit):
    def __init__(self, n, rng, scale=1.0):
        super().__init__(n)
        self.rng, self.scale = rng, scale

    def choose(self):
        weights = [pulls + 1 for pulls in self.pulls]
        draws = [s / w + self.scale * self.rng.standard_normal() / w**0.5 for s, w in zip(self.sums, weights)]  # noqa: B905
        return draws.index(max(draws))


class Elimination(Bandit):
    """Active arm elimination: at the start of each phase the whole phase is written down."""

    def __init__(self, n, horizon, confidence):
        super().__init__(n)
        self.log, self.active, self.phase, self.script = confidence * math.log(horizon), list(range(n)), 0, []

    def choose(self):
        if not self.script:
            self.phase += 1
            if self.phase > 1:
                radius = {i: math.sqrt(self.log / self.pulls[i]) for i in self.active}
                floor = max(self.mean(i) - radius[i] for i in self.active)
                self.active = [i for i in self.active if not self.mean(i) + radius[i] < floor]
            length = self.n * 2**self.phase
            share, more = divmod(length, len(self.active))
            for quarter in range(4):
                for place, arm in enumerate(self.active):
                    mine = share + (place < more)
                    self.script += [arm] * (mine * (quarter + 1) // 4 - mine * quarter // 4)
            self.script.reverse()
        return self.script[-1]

    def see(self, action, other, reward):
        self.script.pop()
        super().see(action, other, reward)


class Phased:
    """PhasedUCB: its decisions stand until the phase of the action is over."""

    def __init__(self, n, n_responses, horizon, confidence):
        self.n, self.n_responses, self.log = n, n_responses, confidence * math.log(horizon)
        self.samples, self.phase, self.last, self.left = {}, [0] * n, [set() for _ in range(n)], 0

    def bound(self, a, b):
        rewards, pulls = self.samples[a, b]
        return rewards / pulls + math.sqrt(self.log / pulls)

    def index(self, a):
        return max(self.bound(a, b) for b in self.last[a]) if self.phase[a] else math.inf

    def choose(self):
        if self.left == 0:
            self.action = max(range(self.n), key=self.index)
            self.phase[self.action] += 1
            self.left = self.n_responses * 2 ** self.phase[self.action]
            self.forget(self.action)
        return self.action

    def forget(self, a):
        self.last[a] = set()

    def see(self, action, other, reward):
        rewards, pulls = self.samples.get((action, other), (0.0, 0))
        self.samples[action, other] = rewards + reward, pulls + 1
        self.last[action].add(other)
        self.left -= 1


class MeanPhased(Phased):
    """The shortcut: the mean of the last phase instead of the best pair's bound."""

    def index(self, a):
        return self.bound(a, -1) if self.phase[a] else math.inf

    def forget(self, a):
        self.samples.pop((a, -1), None)


def exploration(horizon, shape):
    """E of theory section 6."""
    pairs = shape[0] * shape[1]
    return max(1, math.ceil((horizon / pairs) ** (2 / 3) * math.log(horizon) ** (1 / 3)))


def leader(name, shape, horizon, rng, **given):
    """Build a leader from its public name and parameters."""
    (n, m), confidence, often = shape, given.get("confidence", 2.0), exploration(horizon, shape)
    build = {
        "ExploreThenCommit": lambda: Commit(n, given.get("explore", m * often)),
        "WaitThenCommit": lambda: Commit(n, given.get("explore", often), given.get("wait", m * often)),
        "UCB": lambda: UCB(n, horizon, confidence),
        "ExploreThenUCB": lambda: UCB(n, horizon, confidence, wait=given.get("wait", m * often)),
        "LipschitzUCB": lambda: UCB(n, horizon, confidence, 1 + given["lipschitz"] * math.sqrt(m)),
        "PhasedUCB": lambda: Phased(n, m, horizon, confidence),
        "MeanPhasedUCB": lambda: MeanPhased(n, m, horizon, confidence),
        "EpsilonGreedy": lambda: EpsilonGreedy(n, rng, given.get("epsilon")),
        "ThompsonSampling": lambda: Thompson(n, rng, given.get("scale", 1.0)),
        "Fixed": lambda: Fixed(n, given["action"]),
    }
    return build[name]()


def followers(name, game, horizon, rng, **given):
    """Build a follower, one bandit per leader action."""
    (n, m), confidence = game.shape, given.get("confidence", 2.0)
    build = {
        "ExploreThenCommit": lambda a: Commit(m, given.get("explore", exploration(horizon, (n, m)))),
        "UCB": lambda a: UCB(m, horizon, confidence),
        "ActiveArmElimination": lambda a: Elimination(m, horizon, confidence),
        "EpsilonGreedy": lambda a: EpsilonGreedy(m, rng, given.get("epsilon")),
        "ThompsonSampling": lambda a: Thompson(m, rng, given.get("scale", 1.0)),
        "BestResponse": lambda a: Fixed(m, list(game.follower[a]).index(max(game.follower[a]))),
        "Fixed": lambda a: Fixed(m, given["responses"][a]),
    }
    return [build[name](a) for a in range(n)]


def play(game, leader_name, follower_name, horizon, rngs, leader_given=None, follower_given=None):
    """Play one run; return its sequence of pairs (a, b). ``rngs`` are of rewards, leader and follower."""
    rewards, *own = rngs
    first = leader(leader_name, game.shape, horizon, own[0], **(leader_given or {}))
    second = followers(follower_name, game, horizon, own[1], **(follower_given or {}))
    tables, sees, played = (game.leader.tolist(), game.follower.tolist()), leader_name == "PhasedUCB", []
    for _ in range(horizon):
        a = first.choose()
        b = second[a].choose()
        if game.rewards == "gaussian":
            x, y = (table[a][b] + game.noise_sd * rewards.standard_normal() for table in tables)
        else:
            x, y = (float(rewards.binomial(1, table[a][b])) for table in tables)
        first.see(a, b if sees else -1, x)
        second[a].see(b, a, y)
        played.append((a, b))
    return played
