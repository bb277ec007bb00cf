"""What makes a rule a learner: parameters, the shape of its state, and a reader's own functions and objects."""

from __future__ import annotations

import copy
import dis
import inspect
import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import MISSING, dataclass, field, fields
from itertools import pairwise
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from stackedu import rules, validation
from stackedu.games import StackelbergGame
from stackedu.rules import Params, State, fixed_plan, layout_and_blocks, record, record_pair


class Setting(NamedTuple):
    """What a learner is told about the game: the horizon and the numbers of actions, never the payoffs."""

    horizon: int
    n_leader_actions: int
    n_follower_actions: int

    @property
    def exploration(self) -> int:
        """E of theory section 6, pulls of each (a, b): (T/(|A||B|))^(2/3) (log T)^(1/3) rounded up, at least 1."""
        pairs = self.n_leader_actions * self.n_follower_actions
        return max(1, math.ceil((self.horizon / pairs) ** (2 / 3) * math.log(self.horizon) ** (1 / 3)))

    def width(self, confidence: float) -> float:
        """Numerator of the bonus sqrt(confidence log T / n)."""
        return math.sqrt(confidence * math.log(self.horizon))


def parameter(
    default: Any = MISSING, *, low: float, high: float = 1e100, whole: bool = False, above: bool = False
) -> Any:
    """Return a dataclass field that `Learner` checks: a number from low to high, or None if that is the default.

    Infinity is no number here: an infinite bonus tells no actions apart.
    """
    return field(default=default, metadata={"low": low, "high": high, "whole": whole, "above": above})


class _PlainNumbers(np.ndarray):
    """An array whose entries are Python's numbers, as in compiled code: dividing one by zero is an error."""

    def __getitem__(self, key: Any) -> Any:
        entry = super().__getitem__(key)
        return float(entry) if isinstance(entry, np.float64) else entry


class Learner:
    """A rule with its parameters. Subclasses are frozen dataclasses; `Leader` and `Follower` say whose it is."""

    role: str
    sees_response: bool = False
    randomized: bool = False
    plan: Callable[..., Any]
    observe: Callable[..., Any] = staticmethod(record)

    def __post_init__(self) -> None:
        for entry in fields(self):  # type: ignore[arg-type]
            value, check = getattr(self, entry.name), dict(entry.metadata)
            if check and not (value is None and entry.default is None):
                name = f"{entry.name} of {self.role}s.{type(self).__name__}"
                if check.pop("whole"):
                    value = validation.integer(name, value, low=check["low"], high=validation.LARGEST_HORIZON)
                else:
                    validation.number(name, value, **check)
                object.__setattr__(self, entry.name, value)

    def identity(self) -> str:
        """Return what tells this learner from every other, so that results on disk can be told apart."""
        return f"{self.role}s.{self!r}"

    def values(self, setting: Setting) -> Sequence[float]:
        """Return what the rule finds in ``params.values``: by default its bonus' numerator, if it has a confidence."""
        confidence = getattr(self, "confidence", None)
        return () if confidence is None else (setting.width(confidence),)

    def values_in(self, game: StackelbergGame, horizon: int) -> Sequence[float]:
        """Return `values` for a game, of which only an oracle looks at the payoffs."""
        return self.values(Setting(horizon, *game.shape))

    def memories(self, game: StackelbergGame, horizon: int, n_runs: int) -> tuple[np.ndarray, np.ndarray]:
        """Return fresh memory for a number of runs, as `rules.layout_and_blocks`."""
        table, memory = self.table_shape(game.shape), self.memory_shape(game.shape)
        return layout_and_blocks(n_runs, table, memory, (horizon, *game.shape), self.values_in(game, horizon))

    def table_shape(self, shape: tuple[int, int]) -> tuple[int, int]:
        """Return the shape of ``state.pulls`` and ``state.sums`` for a game of the given shape."""
        return (1, shape[0]) if self.role == "leader" and not self.sees_response else shape

    def memory_shape(self, shape: tuple[int, int]) -> tuple[int, int]:
        """Return the shape of ``state.memory``: by default that of ``state.pulls``."""
        return self.table_shape(shape)

    def trusts(self, function: Callable) -> bool:
        """Return whether a rule is the library's own, and this learner's memory the one it was written for."""
        return function.__module__ == rules.__name__

    def answered(self, answer: Any) -> tuple[Any, str]:
        """Return what the plan's author returned, and what it should have been, for an error message."""
        return answer, "its action and hold; it must be two whole numbers"

    def in_plain_python(
        self, state: State, params: Params, rng: np.random.Generator
    ) -> tuple[Callable, Callable, State, Params]:
        """Return plan and observe of one run, and the state and params that the engine is to hand to them."""
        # memoryview: four times as fast, and all that the library's own rules need
        own = self.trusts(self.plan) and self.trusts(self.observe)
        view: Any = memoryview if own else lambda array: array.view(_PlainNumbers)
        return self.plan, self.observe, State(*map(view, state)), params._replace(values=view(params.values))


class Leader(Learner):
    """Base of the leaders: moves first, in one context."""

    role = "leader"


class Follower(Learner):
    """Base of the followers: sees the leader's action, its context."""

    role = "follower"


# ---------------------------------------------------------------- learners of a reader's own

DICE = (random.Random, np.random.Generator, np.random.RandomState)
PLAN = ("context", "state", "params", "rng")
OBSERVE = ("context", "state", "params", "action", "other_action", "rounds", "reward_sum")


def written(function: Callable, within: tuple = ()) -> str:
    """Return what a function does, without where it stands: the same in every process until it is edited.

    The constants and helpers that it finds around it belong to it, those of a module that it names as well: an edit
    of one changes what it does.
    """
    function = getattr(function, "py_func", function)  # numba's own form of a helper
    if not isinstance(function, FunctionType):
        return repr(_described(function, within, held=True))
    found = _around(function)
    for module in [value for value in found.values() if isinstance(value, ModuleType)]:
        named = {name: vars(module).get(name) for name in function.__code__.co_names}
        found |= {f"{module.__name__}.{name}": value for name, value in named.items() if value is not None}
    around = {name: _described(value, (*within, function)) for name, value in found.items()}
    return repr((_code(function.__code__), function.__defaults__, sorted(around.items())))


def _around(function: Callable) -> dict[str, Any]:
    """Return what a function finds outside of itself, by name."""
    outside = inspect.getclosurevars(function)
    return {**outside.globals, **outside.nonlocals}


def _described(value: Any, within: tuple = (), held: bool = False) -> Any:
    """Return what a value is, and not where it lies; an object that a learner has ``held``, as deep as it goes.

    Of other objects that a function finds around it the type must do: some differ between processes (``os.environ``).
    """
    if isinstance(value, bool | int | float | complex | str | bytes | None):
        return type(value).__name__, repr(value)
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, ModuleType | type) or any(value is each for each in within):
        return getattr(value, "__name__", type(value).__name__)
    value = getattr(value, "fget", None) or getattr(value, "__func__", value)  # of a property, or a static method
    value, within = getattr(value, "py_func", value), (*within, value)
    if isinstance(value, FunctionType):
        return written(value, within)
    if isinstance(value, dict | set | frozenset):  # in whatever order
        entries = value.items() if isinstance(value, dict) else value
        return type(value).__name__, sorted(repr(_described(each, within, held)) for each in entries)
    if isinstance(value, list | tuple):
        return type(value).__name__, [_described(each, within, held) for each in value]
    parts: Any = ()
    if held:
        with suppress(Exception):  # such as an open file
            parts = value.__reduce_ex__(4)  # what a pickle would be made of: for a mere name its letters
    listed = [list(part) if isinstance(part, Iterator) else part for part in parts]
    return getattr(value, "__qualname__", type(value).__qualname__), _described(listed, within, held)


def _rolls_other_dice(function: Any) -> bool:
    """Return whether a function draws from the modules random or numpy.random, which no seed of ours reaches."""
    if not isinstance(function, FunctionType):
        return False
    found = _around(function)
    for one, two in pairwise(dis.get_instructions(function)):  # rng.random is no name that is looked up outside
        value = found.get(one.argval) if one.opname in ("LOAD_GLOBAL", "LOAD_DEREF") else None
        if value is random or value is np.random or (value is np and two.argval == "random"):
            return True
        if isinstance(getattr(value, "__self__", None), DICE):  # from random import choice
            return True
    return False


def _code(code: CodeType) -> tuple:
    constants = [_code(value) if isinstance(value, CodeType) else value for value in code.co_consts]
    return code.co_code, constants, code.co_names


@dataclass(frozen=True)
class Custom(Learner):
    """Two plain functions as a learner: see `stackedu.leaders.Custom` and `stackedu.followers.Custom`."""

    plan: Callable[..., Any]
    observe: Callable[..., Any] | None = None  # type: ignore[assignment]
    parameters: tuple[float, ...] = ()
    memory_columns: int = 0
    sees_response: bool = False
    randomized = True

    def __post_init__(self) -> None:
        if self.sees_response and self.role == "follower":
            raise ValueError("sees_response is for leaders: a follower always sees the leader's action")
        if self.observe is None:
            object.__setattr__(self, "observe", self._default_observe)
        for name, told in (("plan", PLAN), ("observe", OBSERVE)):
            validation.takes(f"{name} of {self.role}s.Custom", getattr(self, name), told)
            if _rolls_other_dice(getattr(self, name)):
                raise ValueError(
                    f"{name} of {self.role}s.Custom must draw from its rng: no seed reaches random or np.random"
                )
        if not isinstance(self.parameters, Iterable):
            raise TypeError(f"parameters must be a list of numbers, got {self.parameters!r}")
        numbers = tuple(validation.number("parameters", value) for value in self.parameters)
        object.__setattr__(self, "parameters", numbers)
        validation.integer("memory_columns", self.memory_columns)

    @property
    def _default_observe(self) -> Callable:
        return record_pair if self.sees_response else record

    def __repr__(self) -> str:
        return f"{self.role}s.Custom({getattr(self.plan, '__name__', self.plan)})"

    def trusts(self, function: Callable) -> bool:
        return function is self._default_observe

    def identity(self) -> str:
        rule = [written(function) for function in (self.plan, self.observe or record)]
        return repr((self.role, self.parameters, self.memory_columns, self.sees_response, rule))

    def values(self, setting: Setting) -> Sequence[float]:
        return self.parameters

    def memory_shape(self, shape: tuple[int, int]) -> tuple[int, int]:
        return self.table_shape(shape)[0], self.memory_columns


def _entries(kind: type) -> list[tuple[str, Any]]:
    """Return what a class and its bases hold, methods and data, as an object of it finds them."""
    found = {name: entry for base in reversed(kind.__mro__[:-1]) for name, entry in vars(base).items()}
    return [(name, entry) for name, entry in found.items() if not (name.startswith("__") and name.endswith("__"))]


@dataclass(frozen=True, eq=False)
class FromObject(Learner):
    """An object with ``choose`` and ``observe`` as a learner; each run plays with a fresh copy of it."""

    prototype: Any
    role: str
    plan = staticmethod(fixed_plan)  # never called: an object runs in plain Python
    randomized = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "sees_response", bool(getattr(self.prototype, "sees_response", False)))
        sees = ("leader_action",) if self.role == "follower" else ()
        told = {"choose": sees, "observe": (*sees, "action", *("response",) * self.sees_response, "reward")}
        if hasattr(self.prototype, "start"):
            told["start"] = ("horizon", "n_leader_actions", "n_follower_actions", "rng")
        for name, arguments in told.items():
            validation.takes(f"{name} of the {self.role} {self!r}", getattr(self.prototype, name, None), arguments)
        kept = {**dict(_entries(type(self.prototype))), **getattr(self.prototype, "__dict__", {})}
        own = [name for name, value in kept.items() if isinstance(value, DICE)]
        if dice := own + [name for name in told if _rolls_other_dice(kept.get(name))]:
            raise ValueError(
                f"the {self.role} {self!r} must draw from the rng that start(horizon, n_leader_actions, "
                f"n_follower_actions, rng) gets, but {dice[0]} has dice of its own: no seed reaches them"
            )

    def __repr__(self) -> str:
        return type(self.prototype).__name__

    def identity(self) -> str:
        kind, state = type(self.prototype), self.prototype.__getstate__()
        return repr((self.role, kind.__qualname__, _described([_entries(kind), state], (self.prototype,), held=True)))

    def answered(self, answer: Any) -> tuple[Any, str]:
        return answer[0], "its action; it must be a whole number"

    def in_plain_python(
        self, state: State, params: Params, rng: np.random.Generator
    ) -> tuple[Callable, Callable, State, Params]:
        player = copy.deepcopy(self.prototype)
        for name, entry in _entries(type(player)):  # what a class keeps would be shared by all runs
            if isinstance(entry, list | dict | set | np.ndarray) and hasattr(player, "__dict__"):
                vars(player).setdefault(name, copy.deepcopy(entry))
        if hasattr(player, "start"):
            player.start(params.horizon, params.n_leader_actions, params.n_follower_actions, rng)
        leads, sees = self.role == "leader", self.sees_response

        def plan(context: int, *told: Any) -> Any:
            return (player.choose() if leads else player.choose(context)), 1

        def observe(context: int, _: State, __: Params, action: int, other: int, rounds: int, reward: float) -> None:
            if not leads:
                player.observe(context, action, reward)
            elif sees:
                player.observe(action, other, reward)
            else:
                player.observe(action, reward)

        return plan, observe, state, params
