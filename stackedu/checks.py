"""Feedback for self-study: `check` an answer, ask for a `hint`, and see whether the `installation` works.

All of it is printed as plain text and depends on the answer only.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import linecache
import math
import re
import sys
import traceback
from collections.abc import Callable
from fractions import Fraction
from importlib import metadata
from types import FrameType
from typing import Any

import numpy as np

from stackedu import validation
from stackedu.engine import FaultyLearnerError
from stackedu.exercises import EXERCISES, Exercise

__all__ = ["check", "hint", "installation"]

_PLAIN = {int, float, Fraction, *(t for t in np.sctypeDict.values() if issubclass(t, np.integer | np.floating))}

DOTS_RETURNED = "Your function still returns dots. Put your own code in their place and run the cell again."


class _Misfit(Exception):
    """An answer of the wrong kind; the text says what is wrong and what would be right."""


class _StillOpen(Exception):
    """An answer in which dots are left where a function returns something."""


def check(exercise: str, answer: Any, *, strict: bool = False) -> None:
    """Print what is to be said about an answer: not yet tried, right, or what is wrong with it.

    Parameters
    ----------
    exercise : str
        Its name, such as "04.1".
    answer : number, list, tuple or array of numbers, word, function, or what else the exercise asks for
        ``...`` or None stand for "not yet tried". Only plain numbers count, within the tolerance of the exercise.
    strict : bool
        Raise what is to be said, unless the answer is right: for graders, such as a test cell of nbgrader.

    Raises
    ------
    ValueError
        If there is no such exercise.
    AssertionError
        With ``strict``, if the answer is not right.

    Examples
    --------
    >>> check("00.2", ...)
    00.2 is still open. Put a number (to within 0.0005) in place of the dots and run the cell again.
    For a nudge: se.checks.hint("00.2")
    """
    task = _find(exercise)
    said = _said(task, answer)
    words = f"{exercise} {said}" if said else f"{exercise} is right. {task.well_done}"
    words += f'\nFor a nudge: se.checks.hint("{exercise}")' * bool(said)
    if said and strict:
        raise AssertionError(words)
    print(words)


def _said(task: Exercise, answer: Any) -> str:
    """Return what is to be said about an answer that is not right, "" if it is."""
    if answer is None or answer is ...:
        return f"is still open. Put {_wanted(task)} in place of the dots and run the cell again."
    try:
        fault = _fault(task, answer)
    except _StillOpen as dots:
        return f"is still open. {dots}"
    return f"is not right yet. {fault}" * bool(fault)


def hint(exercise: str, level: int = 1) -> None:
    """Print a hint; level 1 is a nudge, level 3 is nearly the answer.

    Examples
    --------
    >>> hint("00.2")
    00.2, hint 1 of 3: Regret = what was promised in all − what was earned in all.
    Not enough? se.checks.hint("00.2", 2)
    """
    hints = _find(exercise).hints
    level = validation.integer("level", level, low=1, high=len(hints))
    more = f'\nNot enough? se.checks.hint("{exercise}", {level + 1})' if level < len(hints) else ""
    print(f"{exercise}, hint {level} of {len(hints)}: {hints[level - 1]}{more}")


def _find(exercise: Any) -> Exercise:
    if type(exercise) is str and exercise in EXERCISES:
        return EXERCISES[exercise]
    told = re.match(r"(\d+)", str(exercise)) if isinstance(exercise, str | int | float) else None  # such as 4.1
    lesson = told[1].zfill(2) if told else ""
    names = [name for name in EXERCISES if name.startswith(f"{lesson}.")] if lesson else []
    there = f"; lesson {lesson} has {', '.join(names)}" if names else ""
    raise ValueError(
        f'exercise must be a lesson\'s two digits, a dot and a number, in quotes, such as "04.1"{there}; '
        f"got {exercise!r}"
    )


def _wanted(task: Exercise) -> str:
    if task.judge:
        return task.wanted
    if task.choices:
        return f"one of {', '.join(map(repr, task.choices))}"
    if task.calls:
        return "a function"
    what = f"a list of {len(task.labels)} numbers" if task.labels else "a number"
    return f"{what} (to within {f'{100 * task.tolerance:g} %' if task.relative else f'{task.tolerance:g}'})"


def _fault(task: Exercise, answer: Any) -> str:
    """Return what is wrong with an answer, "" if nothing is."""
    try:
        if task.judge:
            with contextlib.redirect_stderr(io.StringIO()):  # where a rule is told that it cannot be compiled
                return _tried(task.judge, (answer,), "While we tried your answer, it")
        if task.choices:
            return _word_fault(task, answer)
        return _number_fault(task, _values(task, answer))
    except _Misfit as misfit:
        return str(misfit)


def _word_fault(task: Exercise, answer: Any) -> str:
    if type(answer) is not str or answer not in task.choices:
        shown = repr(answer) if type(answer) is str else f"of type {type(answer).__name__}"
        raise _Misfit(f"Your answer is {shown}. We need {_wanted(task)}, with the quotes.")
    if answer == task.expected():
        return ""
    return next((remark for slip, remark in task.slips if slip() == answer), f"It is not {answer!r}.")


def _number_fault(task: Exercise, got: list[float]) -> str:
    right = _values(task, task.expected())
    wrong = [i for i, pair in enumerate(zip(got, right, strict=True)) if not _close(task, *pair)]
    if not wrong:
        return ""
    for slip, remark in task.slips:
        if all(_close(task, *pair) for pair in zip(got, _values(task, slip()), strict=True)):
            return remark
    place = wrong[0]
    what = f"The number for {task.labels[place]}" if task.labels else "Your number"
    if task.calls:
        call, entry = divmod(place, len(right) // len(task.calls))
        what = f"Your function at {_call(task.calls[call])}"
        if len(right) > len(task.calls):
            what = f"Number {entry + 1} of what your function returns at {_call(task.calls[call])}"
    size = "large" if got[place] > right[place] else "small"
    rest = len(got) - len(wrong)
    others = f" ({rest} of {len(got)} {'is' if rest == 1 else 'are'} right.)" if rest else ""
    return f"{what} is {got[place]:.6g}, which is too {size}.{others}"


def _close(task: Exercise, got: float, right: float) -> bool:
    allowed = task.tolerance * (abs(right) if (task.calls or task.relative) and right else 1)
    return abs(got - right) <= allowed + 1e-12  # 0.0625 - 0.062 is a bit more than 0.0005


def _call(arguments: tuple) -> str:
    return f"({', '.join(f'{v:g}' if isinstance(v, int | float) else getattr(v, 'name', repr(v)) for v in arguments)})"


def _values(task: Exercise, answer: Any) -> list[float]:
    """Return the plain numbers in an answer: of a function, its results at ``task.calls``."""
    if not task.calls:
        if callable(answer):
            raise _Misfit(f"This is a function. Call it, and answer with {_wanted(task)}.")
        wanted = f"We need {_wanted(task)}{': ' * bool(task.labels)}{', '.join(task.labels)}."
        return _numbers(answer, max(1, len(task.labels)), "Your answer", wanted)
    if not callable(answer):
        raise _Misfit("We need the function itself: write its name, without quotes, and without brackets behind it.")
    try:
        validation.takes("Your function", answer, inspect.signature(task.expected()).parameters)
    except TypeError as fault:
        raise _Misfit(f"{fault}.") from None
    found: list[float] = []
    for call in task.calls:
        size = np.size(task.expected()(*call))
        what, wanted = f"Your function at {_call(call)}", "a number" if size == 1 else f"a list of {size} numbers"
        value = _tried(answer, call, what)
        if value is ...:
            raise _StillOpen(DOTS_RETURNED)
        if value is None:
            raise _Misfit(f"{what} returns nothing. It should return {wanted}: is a `return` missing?")
        found += _numbers(value, size, what, f"It should return {wanted}.")
    return found


def _numbers(value: Any, size: int, what: str, wanted: str) -> list[float]:
    if type(value) is np.ndarray:
        value = value.tolist()
    entries = value if type(value) in (list, tuple) else [value]
    if len(entries) != size:
        if entries is not value:
            _number(value, what, wanted)  # text, a dictionary, …: that is the first thing to say
        raise _Misfit(f"{what} has {len(entries)} {'entry' if len(entries) == 1 else 'entries'}. {wanted}")
    return [_number(entry, what if size == 1 else f"Entry {i + 1}") for i, entry in enumerate(entries)]


def _number(value: Any, what: str, wanted: str = "It must be a plain number, such as 0.25.") -> float:
    """Return a plain number; by its exact type, for an object of one's own may claim to equal everything."""
    if type(value) is np.ndarray and value.shape == ():
        value = value[()]
    kind = type(value)
    if value is ... or value is None:
        raise _Misfit(f"{what} {'still holds dots' if value is ... else 'is None'}. Put a number there.")
    if kind is str:
        raise _Misfit(f"{what} is text, {value!r}. Leave out the quotes.")
    if kind not in _PLAIN:
        raise _Misfit(f"{what} is of type {kind.__name__}. {wanted}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise _Misfit(f"{what} is {number}. It must be a finite number.")
    return number


def _tried(function: Callable, arguments: tuple, what: str) -> Any:
    """Return what a reader's code returns; say where it stopped, in the reader's own lines, if it did."""
    try:
        return function(*arguments)
    except Exception as error:
        frames = list(traceback.walk_tb(error.__traceback__))[1:]
        own = [(frame, line) for frame, line in frames if not _is_library(frame)]
        answer = error.answer if isinstance(error, FaultyLearnerError) else 0
        first = answer[0] if isinstance(answer, tuple) and answer else answer
        if first is ...:
            raise _StillOpen(DOTS_RETURNED) from None
        if first is None:
            raise _Misfit(f"{what} returned nothing. Is a `return` missing?") from None
        if not own and isinstance(error, TypeError | ValueError):  # the library's words name what would be right
            raise _Misfit(f"{what} stopped: {error}") from None
        place = ""
        if own:
            frame, line = own[-1]
            place = f", in line {line}: {linecache.getline(frame.f_code.co_filename, line, frame.f_globals).strip()}"
        raise _Misfit(f"{what} stopped{place}\nPython says {type(error).__name__}: {error}") from None


def _is_library(frame: FrameType) -> bool:
    file = frame.f_code.co_filename  # "<string>" in what dataclasses write
    module = str(frame.f_globals.get("__name__"))  # code that was run in a bare dictionary has none
    return module.partition(".")[0] == "stackedu" or "site-packages" in file or "lib/python" in file


def installation() -> None:
    """Print whether everything that the lessons need is there and works, and how to mend what does not.

    Versions wanted are those of the package's own metadata. In a browser there is no numba, and none is wanted.
    """
    faults = [fault for wanted in metadata.requires("stackedu") or [] if (fault := _missing(wanted))]
    if not faults:
        faults = _unable()
    if faults:
        print("Something is missing:", *(f"- {fault}" for fault in faults), sep="\n")
        print("Then choose Kernel → Restart Kernel and Run All Cells. Still no luck? Send us what you see above.")
        return
    print("Python and all packages are here, and new enough.")
    print("A simulation ran, and gave the number that it should.")
    print("All is well. (If you see no sliders further down, reload the page in your browser.)")


def _missing(wanted: str) -> str:
    """Return what is wrong with one requirement of the metadata, "" if nothing is, or it is not for the lessons."""
    name, _, least = re.split(r"(>=)", re.split(r"[;\s]", wanted)[0] + ">=")[:3]
    lessons = "extra ==" not in wanted or re.search(r"extra == .lab.", wanted)
    if not lessons or ("emscripten" in wanted and sys.platform == "emscripten"):
        return ""
    try:
        have = metadata.version(name)
    except metadata.PackageNotFoundError:
        return f'{name} is not installed. In a new cell: %pip install "{wanted.split(";")[0].strip()}"'
    numbers = [[int(part) for part in re.findall(r"\d+", text)[:2]] for text in (have, least)]
    mend = f'In a new cell: %pip install --upgrade "{name}>={least}"'
    return f"{name} is {have}, but {least} or later is needed. {mend}" if numbers[0] < numbers[1] else ""


def _unable() -> list[str]:
    """Play a tiny game; return what went wrong. (The first time this compiles, and says so where none can see it.)"""
    from stackedu import compiling, followers, games, leaders
    from stackedu.simulation import simulate, warm_up

    try:
        with contextlib.redirect_stderr(io.StringIO()):
            warm_up()
            duel = simulate(games.explore_trap(), leaders.UCB(), followers.BestResponse(), 100, n_runs=2, seed=1)
    except Exception as error:
        mend = "In a new cell: %pip install --upgrade numba numpy"
        return [f"the simulation stopped with {type(error).__name__}: {error}. {mend}"]
    if int(duel.counts[:, -1].sum()) != 200:
        return ["the simulation lost some rounds. Please report this."]
    if sys.platform != "emscripten" and not compiling.has_numba():
        return ["numba is switched off, so simulations would be slow. Unset the variable NUMBA_DISABLE_JIT."]
    return []
