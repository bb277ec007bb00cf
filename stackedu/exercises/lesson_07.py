"""Exercises of lesson 07, Promises."""

from collections.abc import Callable, Sequence

import numpy as np

from stackedu.exercises import Exercise

_GAPS = (0.3, 0.0, 0.3, 0.3, 0.0, 0.3, 0.0, 0.0)


def _constants(shift: int = 0) -> Callable[[Sequence[float]], list[float]]:
    """Both constants of a list of gaps; ``shift`` counts the pulls before the current one wrongly."""

    def needed(gaps: Sequence[float]) -> list[float]:
        lost = np.asarray(gaps, dtype=float)
        before = np.arange(len(lost))  # pulls before the current one: the first is free, √0 = 0
        each_time = (lost * np.sqrt(before + shift)).max()
        return [float(each_time), float((lost.cumsum() / np.sqrt(before + 1)).max())]

    return needed


def _at_the_end(gaps: Sequence[float]) -> list[float]:
    """The constants that the last pull alone needs."""
    lost = np.asarray(gaps, dtype=float)
    return [float(lost[-1] * np.sqrt(len(lost) - 1)), float(lost.sum() / np.sqrt(len(lost)))]


def _mistakes() -> list[float]:
    pulls = 1000
    return [1 - (1 - 1 / 1000) ** pulls, pulls * (1 - 0.95 ** (1 / pulls))]


EXERCISES = {
    "07.1": Exercise(
        "Gaps 0.3, 0, 0.3, 0.3, 0, 0.3, 0, 0: which C do C/√n for the next gap and C√n for the sum of gaps need?",
        lambda: _constants()(_GAPS),
        (
            "Each time: look at the pulls with a mistake. The (n+1)-st has n pulls before it.",
            "The sixth pull has n = 5 before it, and needs C ≥ 0.3 · √5. In total: add up after each pull.",
            "The sums are 0.3, 0.3, 0.6, 0.9, 0.9, 1.2, 1.2, 1.2. Divide them by √1, √2, …, √8; take the largest.",
        ),
        "The last mistake decides both. With ninety straight answers before it, it would decide only the first.",
        (
            (lambda: _constants(1)(_GAPS), "The first: the (n+1)-st pull has n before it, so the sixth counts √5."),
            (lambda: _constants()(_GAPS)[::-1], "The order: each time first, then in total."),
            (
                lambda: _at_the_end(_GAPS),
                "You look at the last pull only. A promise holds for all n: take the largest.",
            ),
            (
                lambda: [_constants()(_GAPS)[0], _at_the_end(_GAPS)[1]],
                "In total, you look at all eight pulls only. It must hold after each pull, too: take the largest.",
            ),
            (
                lambda: [max(_GAPS), sum(_GAPS)],
                "Those are the largest gap and the sum. Compare them with 1/√n and √n: which C is missing?",
            ),
        ),
        labels=("each time", "in total"),
        tolerance=0.005,
    ),
    "07.2": Exercise(
        "Write needed(gaps): the list of both constants, of C/√n each time and of C√n in total.",
        _constants,
        (
            "The cell of the tiny case does it for one list. Turn it into a function.",
            "Each time: the largest gaps[i] · √i (i from 0: the pulls before it). In total: cumsum divided by √.",
            "`gaps = np.array(gaps)`, `n = np.arange(len(gaps))`, then "
            "`return [(gaps * np.sqrt(n)).max(), (gaps.cumsum() / np.sqrt(n + 1)).max()]`.",
        ),
        "With i = 0 for the first pull, it is free by itself: √0 = 0.",
        (
            (lambda: _constants(1), "The (n+1)-st pull has n pulls before it: count from 0."),
            (lambda: lambda gaps: _constants()(gaps)[::-1], "The order: each time first, then in total."),
            (lambda: _at_the_end, "You look at the last pull only. A promise holds for all n: take the largest."),
            (
                lambda: lambda gaps: [_constants()(gaps)[0], _at_the_end(gaps)[1]],
                "In total, you look at all pulls only. It must hold after each pull, too: take the largest.",
            ),
        ),
        calls=(
            (list(_GAPS),),
            ([0.4, 0.0, 0.4, 0.0, 0.0, 0.0, 0.0, 0.0, 0.4],),
            ([1.0, 0.5, 0.0, 0.0],),
            ([0.0, 0.2],),
            ([0.3],),
        ),
        tolerance=1e-6,
    ),
    "07.3": Exercise(
        "P(at least one mistake in 1000 pulls) at 1/1000 each, and the mean number that leaves 95 % of runs clean.",
        _mistakes,
        (
            "No mistake in n pulls: (1 − p) to the power n.",
            "(1) 1 − 0.999 ** 1000. (2) Solve (1 − p) ** 1000 = 0.95 for p.",
            "(2) p = 1 − 0.95 ** (1 / 1000). On average it errs 1000 · p times.",
        ),
        "One twentieth of a mistake: “never, in 95 % of the runs” is about 20 times as strict as 1 in 1000.",
        (
            (lambda: [_mistakes()[0], 50.0], "(2) That lets it err in 5 % of the pulls. It may not err once."),
            (
                lambda: [_mistakes()[0], _mistakes()[1] / 1000],
                "(2) That is the probability at each pull. We ask for the mean number in 1000 pulls.",
            ),
            (
                lambda: [_mistakes()[0], 0.05],
                "(2) Nearly. 5 % of the runs may have a mistake, and a few of those have two: find p first.",
            ),
            (lambda: [1.0, _mistakes()[1]], "(1) That is the mean number of mistakes. We ask for a probability."),
            (lambda: [1 - _mistakes()[0], _mistakes()[1]], "(1) That is the probability of no mistake at all."),
        ),
        labels=("(1)", "(2)"),
    ),
}
