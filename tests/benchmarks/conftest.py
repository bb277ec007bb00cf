"""The fixture that times, and a table at the end: the fastest of some repetitions, for each unit of work."""

from __future__ import annotations

import pytest

ROWS = []


@pytest.fixture
def timed(benchmark, request):
    """Return a function that times ``function`` and notes its fastest run, divided by ``units`` and in ``unit``."""

    def run(function, units, unit, *, rounds=5, warmup_rounds=1):
        scale = {"ns": 1e9, "µs": 1e6, "ms": 1e3, "s": 1.0}[unit.split()[0]]
        result = benchmark.pedantic(function, rounds=rounds, warmup_rounds=warmup_rounds)
        if benchmark.stats is not None:
            benchmark.extra_info[unit] = benchmark.stats.stats.min * scale / units
            ROWS.append((request.node.name.removeprefix("test_"), benchmark.extra_info[unit], unit))
        return result

    return run


def pytest_terminal_summary(terminalreporter):
    for name, value, unit in ROWS:
        terminalreporter.write_line(f"{name:55} {value:12,.3g} {unit}" if value < 1000 else
                                    f"{name:55} {value:12,.0f} {unit}")  # fmt: skip
