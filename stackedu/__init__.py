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

if TYPE_CHECKING:  # for type checkers and editors, which do not see the tables below
    from stackedu import (
        bounds as bounds,
    )
    from stackedu import (
        checks as checks,
    )
    from stackedu import (
        followers as followers,
    )
    from stackedu import (
        games as games,
    )
    from stackedu import (
        leaders as leaders,
    )
    from stackedu import (
        plots as plots,
    )
    from stackedu import (
        widgets as widgets,
    )
    from stackedu.benchmarks import (
        Benchmark as Benchmark,
    )
    from stackedu.benchmarks import (
        benchmark_curve as benchmark_curve,
    )
    from stackedu.benchmarks import (
        follower_responses as follower_responses,
    )
    from stackedu.benchmarks import (
        leader_responses as leader_responses,
    )
    from stackedu.benchmarks import (
        lipschitz_constant as lipschitz_constant,
    )
    from stackedu.benchmarks import (
        self_tolerant as self_tolerant,
    )
    from stackedu.benchmarks import (
        stackelberg as stackelberg,
    )
    from stackedu.benchmarks import (
        tolerant as tolerant,
    )
    from stackedu.games import StackelbergGame as StackelbergGame
    from stackedu.regret import (
        Promise as Promise,
    )
    from stackedu.regret import (
        Rate as Rate,
    )
    from stackedu.regret import (
        anytime_regret as anytime_regret,
    )
    from stackedu.regret import (
        fit_rate as fit_rate,
    )
    from stackedu.regret import (
        instantaneous_regret as instantaneous_regret,
    )
    from stackedu.simulation import Simulation as Simulation
    from stackedu.simulation import simulate as simulate
    from stackedu.simulation import warm_up as warm_up

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
