"""The exercises of the lessons as data for `stackedu.checks`: one module a lesson, loaded when it is first asked for.

What is expected is computed, never typed in. A module ``lesson_NN`` holds ``EXERCISES``, a dict of `Exercise` by name.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Exercise:
    """A question with its answer: a number, a list of numbers, a word, a function, or whatever ``judge`` judges.

    Attributes
    ----------
    question, well_done : str
        In short; what to say when it is solved.
    expected : function
        Returns a right answer.
    hints : sequence of str
        Three, from a nudge to nearly the whole way.
    slips : sequence of (function, str)
        Common wrong answers (computed as ``expected`` is), each with what to say about it.
    labels : sequence of str
        If the answer is a list of numbers: what they mean.
    choices : sequence of str
        If the answer is a word: those there are.
    calls : sequence of tuple
        If the answer is a function: the arguments on which it is tried. It returns a number or a list of numbers.
    judge : function
        If the answer is anything else, such as a game or a learner: says what is wrong with it, "" if nothing is.
        It must look at types and plain numbers, for an object may claim to equal everything.
    wanted : str
        For ``judge``: what to put in place of the dots.
    tolerance : float
        Allowed absolute error of a number; relative for what a function returns, and with ``relative``.
    """

    question: str
    expected: Callable[[], Any]
    hints: Sequence[str]
    well_done: str
    slips: Sequence[tuple[Callable[[], Any], str]] = ()
    labels: Sequence[str] = ()
    choices: Sequence[str] = ()
    calls: Sequence[tuple] = ()
    judge: Callable[[Any], str] | None = None
    wanted: str = ""
    tolerance: float = 0.0005
    relative: bool = False


class _Exercises(Mapping[str, Exercise]):
    """All exercises by name; a lesson's module is imported when one of its own is asked for."""

    def __getitem__(self, name: str) -> Exercise:
        lesson = name[:2]
        if lesson not in _lessons():
            raise KeyError(name)
        return importlib.import_module(f"{__name__}.lesson_{lesson}").EXERCISES[name]

    def __iter__(self) -> Iterator[str]:
        for lesson in _lessons():
            yield from importlib.import_module(f"{__name__}.lesson_{lesson}").EXERCISES

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _lessons() -> list[str]:
    return sorted(path.stem.removeprefix("lesson_") for path in Path(__file__).parent.glob("lesson_*.py"))


EXERCISES = _Exercises()
