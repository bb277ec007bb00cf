"""Exercises of lesson 04, Linear regret."""

from stackedu.benchmarks import stackelberg
from stackedu.exercises import Exercise
from stackedu.games import impossibility_pair


def _promises() -> list[float]:
    return [
        value for game in impossibility_pair(0.1) for value in (stackelberg(game).leader, stackelberg(game).follower)
    ]


def _even_share() -> float:
    """The p with R1(I) = R2(Ĩ) for (a1, b1) in a share p of the rounds and (a2, b1) in the others, as δ → 0."""
    game, twin = impossibility_pair(1e-12)
    per_leader = stackelberg(game).leader - game.leader[:, 0]
    per_follower = stackelberg(twin).follower - twin.follower[:, 0]
    return float(per_leader[1] / (per_leader[1] + per_follower[0]))


EXERCISES = {
    "04.1": Exercise(
        "δ = 0.1. What is promised to leader and follower in I, and to leader and follower in Ĩ?",
        _promises,
        (
            "Play each table backwards: first the follower's best answer in each row, then the leader's best row.",
            "Row a1 of Ĩ: the follower compares 0.1 with 2δ = 0.2. What does its choice leave to the leader?",
            "In I the outcome is (a1, b1). In Ĩ it is (a2, b1). Read both numbers of these two cells.",
        ),
        "One entry of one table moved by 0.2, and the plan for both players is turned over.",
        (
            (
                lambda: _promises()[:2] * 2,
                "In Ĩ the follower no longer answers a1 with b1: it earns 0.1 there, but 0.2 with b2.",
            ),
            (
                lambda: [_promises()[i] for i in (0, 2, 1, 3)],
                "The order: leader in I, follower in I, leader in Ĩ, follower in Ĩ.",
            ),
        ),
        labels=("leader in I", "follower in I", "leader in Ĩ", "follower in Ĩ"),
    ),
    "04.2": Exercise(
        "Write kl(pulls, delta, sigma): the information, if (a1, b2) is played `pulls` times on average.",
        lambda: lambda pulls, delta, sigma: pulls * (2 * delta) ** 2 / (2 * sigma**2),
        (
            "One look at (a1, b2) is a draw from a bell curve. The twins differ in its mean only: 0 or 2δ.",
            "One look carries (difference of means)² / (2σ²). Looks add up.",
            "The difference is 2δ, and (2δ)²/(2σ²) = 2δ²/σ². Multiply by pulls.",
        ),
        "Halving δ divides the information by four: that is why √T matters.",
        (
            (
                lambda: lambda pulls, delta, sigma: pulls * delta**2 / (2 * sigma**2),
                "The means differ by 2δ, not by δ.",
            ),
            (lambda: lambda pulls, delta, sigma: pulls * (2 * delta) ** 2 / sigma**2, "A factor 2: divide by 2σ²."),
            (lambda: lambda pulls, delta, sigma: 2 * pulls * delta**2 / sigma, "sigma must be squared."),
            (
                lambda: lambda pulls, delta, sigma: 2 * delta**2 / sigma**2,
                "That is one look. There are `pulls` of them.",
            ),
        ),
        calls=((1, 0.5, 1.0), (100, 0.05, 1.0), (3000, 0.01, 0.5)),
        tolerance=1e-6,
    ),
    "04.3": Exercise(
        "Which share of (a1, b1), the rest being (a2, b1), makes R1 in I and R2 in Ĩ equally large, for tiny δ?",
        _even_share,
        (
            "Call the share p. What does the leader lose at (a2, b1) in I? And the follower at (a1, b1) in Ĩ?",
            "The leader loses 0.6 − 0.5 in a share 1 − p of the rounds. The follower loses 0.6 − δ in a share p.",
            "Forget δ and solve 0.1 · (1 − p) = 0.6 · p.",
        ),
        "So both lose 0.6/7 a round, and by the theorem nobody does better on the worse twin. A tight bound!",
        (
            (lambda: 1 - _even_share(), "That is the share of (a2, b1). We ask for the other one."),
            (lambda: 0.6 / 7, "That is what each of them loses per round. We ask for the share p behind it."),
            (lambda: 1 / 6, "Close: the leader's loss is in a share 1 − p of the rounds, not in all of them."),
        ),
        tolerance=0.0005,
    ),
}
