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
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stackedu import bounds, checks, followers, games, leaders, plots, widgets
    from stackedu.benchmarks import (
        Benchmark,
        benchmark_curve,
        follower_responses,
        leader_responses,
        lipschitz_constant,
        self_tolerant,
        stackelberg,
        tolerant,
    )
    from stackedu.games import StackelbergGame
    from stackedu.regret import Promise, Rate, anytime_regret, fit_rate, instantaneous_regret
    from stackedu.simulation import Simulation, simulate, warm_up

_MODULES = ("bounds", "checks", "followers", "games", "leaders", "plots", "widgets")
_NAMES = {
    "Benchmark": "benchmarks",
    "Promise": "regret",
    "Rate": "regret",
    "Simulation": "simulation",
    "StackelbergGame": "games",
    "anytime_regret": "regret",
    "benchmark_curve": "benchmarks",
    "fit_rate": "regret",
    "follower_responses": "benchmarks",
    "instantaneous_regret": "regret",
    "leader_responses": "benchmarks",
    "lipschitz_constant": "benchmarks",
    "self_tolerant": "benchmarks",
    "simulate": "simulation",
    "stackelberg": "benchmarks",
    "tolerant": "benchmarks",
    "warm_up": "simulation",
}

__all__ = [*_MODULES, *_NAMES]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"stackedu.{name}")
    if name in _NAMES:
        return getattr(importlib.import_module(f"stackedu.{_NAMES[name]}"), name)
    if name == "__version__":
        from importlib.metadata import version

        return version("stackedu")
    raise AttributeError(f"module 'stackedu' has no attribute {name!r}; it has {', '.join(sorted(__all__))}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
