"""Exercises of lesson 04, Linear regret."""

from stackedu.benchmarks import stackelberg
from stackedu.exercises import Exercise
from stackedu.games import StackelbergGame, impossibility_pair


def _twins(delta: float, *, straight: float = 0.6, waffle: float = 0.2) -> list[StackelbergGame]:
    """The twins of Theorem 1, but with these payoffs of the leader at a1."""
    return [
        StackelbergGame([[straight, waffle], game.leader[1]], game.follower, name=game.name)
        for game in impossibility_pair(delta)
    ]


def _promises(waffle: float = 0.55) -> list[float]:
    outcomes = [stackelberg(game) for game in _twins(0.1, waffle=waffle)]
    return [value for outcome in outcomes for value in (outcome.leader, outcome.follower)]


def _even_share(straight: float = 0.8) -> float:
    """The p with R1(I) = R2(Ĩ) for (a1, b1) in a share p of the rounds and (a2, b1) in the others, as δ → 0."""
    game, twin = _twins(1e-12, straight=straight)
    per_leader = stackelberg(game).leader - game.leader[:, 0]
    per_follower = stackelberg(twin).follower - twin.follower[:, 0]
    return float(per_leader[1] / (per_leader[1] + per_follower[0]))


EXERCISES = {
    "04.1": Exercise(
        "δ = 0.1, and waffle at a1 pays the leader 0.55. What is promised to both players in I, and in Ĩ?",
        _promises,
        (
            "Play each table backwards: first the follower's best answer in each row, then the leader's best row.",
            "Row a1 of Ĩ: the follower compares 0.1 with 2δ = 0.2. What does its choice leave to the leader?",
            "In I the outcome is (a1, b1). In Ĩ it is (a1, b2). Read both numbers of these two cells.",
        ),
        "Now both twins ask for the hard question, and a wrong answer to it costs either player 0.1 or less.",
        (
            (
                lambda: _promises(0.2),
                "In Ĩ a hard question gets waffle, but that is now worth 0.55 to her. Small talk is worth less.",
            ),
            (
                lambda: [*_promises(0.2)[:2], 0.2, 0.2],
                "You have read the leader's old 0.2 at (a1, b2). It is 0.55 now.",
            ),
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
        "Write kl(pulls, delta, sigma): the information, if (a1, b2) is worth 0 or 3δ and is played `pulls` times.",
        lambda: lambda pulls, delta, sigma: pulls * (3 * delta) ** 2 / (2 * sigma**2),
        (
            "One look at (a1, b2) is a draw from a bell curve. These twins differ in its mean only: 0 or 3δ.",
            "One look carries (difference of means)² / (2σ²). Looks add up.",
            "The difference is 3δ, and (3δ)²/(2σ²) = 4.5 δ²/σ². Multiply by pulls.",
        ),
        "Halving δ divides the information by four: that is why √T matters.",
        (
            (
                lambda: lambda pulls, delta, sigma: 2 * pulls * delta**2 / sigma**2,
                "That is for the lesson's twins, 2δ apart. These are 3δ apart.",
            ),
            (
                lambda: lambda pulls, delta, sigma: 3 * pulls * delta**2 / (2 * sigma**2),
                "The whole difference 3δ is squared, the 3 as well.",
            ),
            (
                lambda: lambda pulls, delta, sigma: pulls * delta**2 / (2 * sigma**2),
                "The means differ by 3δ, not by δ.",
            ),
            (lambda: lambda pulls, delta, sigma: pulls * (3 * delta) ** 2 / sigma**2, "A factor 2: divide by 2σ²."),
            (lambda: lambda pulls, delta, sigma: pulls * (3 * delta) ** 2 / (2 * sigma), "sigma must be squared."),
            (
                lambda: lambda pulls, delta, sigma: (3 * delta) ** 2 / (2 * sigma**2),
                "That is one look. There are `pulls` of them.",
            ),
        ),
        calls=((1, 0.5, 1.0), (100, 0.05, 1.0), (3000, 0.01, 0.5)),
        tolerance=1e-6,
    ),
    "04.3": Exercise(
        "A straight answer is worth 0.8 to her. Which share of (a1, b1), the rest being (a2, b1), makes R1 in I and R2 "
        "in Ĩ equally large, for tiny δ?",
        _even_share,
        (
            "Call the share p. What does the leader lose at (a2, b1) in I? And the follower at (a1, b1) in Ĩ?",
            "The leader loses 0.8 − 0.5 in a share 1 − p of the rounds. The follower loses 0.6 − δ in a share p.",
            "Forget δ and solve 0.3 · (1 − p) = 0.6 · p.",
        ),
        "So both lose 0.2 a round. By steps 1 to 5, with 0.8 for her 0.6, nobody does better on the worse twin.",
        (
            (lambda: _even_share(0.6), "That is the lesson's share. She has more to lose now: 0.8 − 0.5 a round."),
            (lambda: 1 - _even_share(), "That is the share of (a2, b1). We ask for the other one."),
            (
                lambda: 0.6 * _even_share(),
                "That is what each of them loses per round. We ask for the share p behind it.",
            ),
            (lambda: 1 / 2, "Close: the leader's loss is in a share 1 − p of the rounds, not in all of them."),
        ),
        tolerance=0.0005,
    ),
}
