"""stackedu: what happens when two learners with different interests meet.

A laboratory for decentralized learning in Stackelberg games: games, exact benchmarks, learners, a fast engine.
Everything is loaded when first used, so that the command line and the first cell of a lesson start at once.

Examples
--------
>>> import stackedu as se
>>> game = se.games.explore_trap()
>>> se.tolerant(game, gamma=0.05).leader
0.6
"""

from __future__ import annotations

import importlib
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # for type checkers and editors, which do not run the tables below
    from stackedu import bounds, followers, games, leaders
    from stackedu.adversary import WorstGame, worst_game
    from stackedu.benchmarks import *
    from stackedu.games import StackelbergGame
    from stackedu.regret import *
    from stackedu.simulation import *
    from stackedu.sweeps import Sweep, sweep
    from stackedu.tournaments import Tournament, tournament

_MODULES = ["bounds", "checks", "followers", "games", "leaders", "plots", "widgets"]
_NAMES = {
    "adversary": "WorstGame worst_game",
    "benchmarks": "Benchmark benchmark_curve follower_responses leader_responses lipschitz_constant self_tolerant "
    "stackelberg tolerant",
    "games": "StackelbergGame",
    "regret": "Promise Rate anytime_regret fit_rate instantaneous_regret",
    "simulation": "Simulation affordable simulate warm_up",
    "sweeps": "Sweep sweep",
    "tournaments": "Tournament tournament",
}
_HOME = {name: module for module, names in _NAMES.items() for name in names.split()}

__all__ = [*_MODULES, *_HOME]


def __getattr__(name: str) -> Any:
    if name in _MODULES or (not name.startswith("_") and find_spec(f"stackedu.{name}")):  # such as help(se.sweeps)
        return importlib.import_module(f"stackedu.{name}")
    if name in _HOME:
        return getattr(importlib.import_module(f"stackedu.{_HOME[name]}"), name)
    if name == "__version__":
        from importlib.metadata import version

        return version("stackedu")
    raise AttributeError(f"module 'stackedu' has no attribute {name!r}; it has {', '.join(sorted(__all__))}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
