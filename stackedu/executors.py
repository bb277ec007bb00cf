"""Work on an executor: handed out at once, taken back as it ends, and stopped soon after an interrupt."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from contextlib import suppress
from typing import Any

_stopped: set[int] = set()
_tokens = itertools.count()


def check(executor: Any) -> None:
    """Refuse what is neither an executor nor None."""
    if not (executor is None or isinstance(executor, Executor)):
        raise TypeError(f"executor must be a concurrent.futures.Executor or None, got {executor!r}")


def run(
    executor: Executor, function: Callable[[Any, int], Any], tasks: Iterable, take: Callable[[Any, Future], None]
) -> None:
    """Compute ``function(task, token)`` for all tasks; call ``take(task, future)`` here for each one that has ended.

    After an interrupt or an error, what has ended is still taken, nothing new starts, and what runs in threads of this
    process ends at its next look at `until_stopped`.

    Raises
    ------
    ValueError
        If the executor takes no more work. (If its workers have died, the futures say so.)
    """
    token = next(_tokens)
    waiting: dict[Future, Any] = {}
    try:
        for task in tasks:
            waiting[_submitted(executor, function, task, token)] = task
        for future in as_completed(list(waiting)):
            take(waiting[future], future)
            del waiting[future]
    finally:
        if waiting:
            _stopped.add(token)
        for future, task in waiting.items():
            if not future.cancel() and future.done() and not future.exception():
                with suppress(OSError):  # a full disk may be what stopped us
                    take(task, future)


def _submitted(executor: Executor, *work: Any) -> Future:
    try:
        return executor.submit(*work)
    except BrokenExecutor as error:  # as if it had broken a moment later
        future: Future = Future()
        future.set_exception(error)
        return future
    except (RuntimeError, AttributeError) as error:
        raise ValueError(f"executor must still take work, got {executor!r}: {error}") from error


def until_stopped(token: int) -> Callable[[int], None]:
    """Return the ``wait`` of `engine.play` that ends the work with this token once it was stopped."""

    def wait(rounds: int) -> None:
        if token in _stopped:
            raise InterruptedError("stopped, as the call that waited for this was")

    return wait
