"""Work on an executor: handed out at once, taken back as it ends, and stopped soon after an interrupt."""

from __future__ import annotations

import itertools
import re
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
    executor: Executor | None,
    function: Callable[..., Any],
    tasks: Iterable,
    take: Callable[[Any, Any], None],
    failed: Callable[[BaseException], Any] | None = None,
) -> None:
    """Call ``take(task, result)`` with every task's ``function(task)``, or ``function(task, token)`` on an executor.

    With ``failed``, what it makes of an error is a task's result; without, the error is raised. After an interrupt or
    an error, what has ended is still taken, nothing new starts, and what runs in threads of this process ends at its
    next look at `until_stopped`.

    Raises
    ------
    TypeError
        If a task cannot be sent to another process.
    ValueError
        If the executor takes no more work.
    concurrent.futures.BrokenExecutor
        If one of its workers died, once the results of the others are taken.
    """
    if executor is None:
        for task in tasks:
            take(task, function(task))
        return
    token, waiting = next(_tokens), dict[Future, Any]()
    broken: BaseException | None = None
    try:
        try:
            for task in tasks:
                waiting[executor.submit(function, task, token)] = task
        except BrokenExecutor as error:
            broken = error
        except (RuntimeError, AttributeError) as error:
            raise ValueError(f"executor must still take work, got {executor!r}: {error}") from error
        for future in as_completed(list(waiting)):
            failure = _explained(future.exception())
            if failure is None:
                take(waiting[future], future.result())
            elif isinstance(failure, BrokenExecutor):
                broken = failure
            elif failed is None:
                raise failure
            else:
                take(waiting[future], failed(failure))
            del waiting[future]
    finally:
        if waiting:
            _stopped.add(token)
        for future, task in waiting.items():
            if not future.cancel() and future.done() and not future.exception():
                with suppress(OSError):  # a full disk may be what stopped us
                    take(task, future.result())
    if broken is not None:
        raise broken


def _explained(failure: BaseException | None) -> BaseException | None:
    """Say what to do about a function or an object that cannot be sent to another process."""
    if not re.match(r"(Can't|cannot) (pickle|get local object) ", str(failure)):  # of several types, all by Python
        return failure
    mend = "define it at the top level of a file that can be imported, or use threads"
    return TypeError(f"a learner cannot be sent to another process ({failure}): {mend}")


def until_stopped(token: int) -> Callable[[int], None]:
    """Return the ``wait`` of `engine.play` that ends the work with this token once it was stopped."""

    def wait(rounds: int) -> None:
        if token in _stopped:
            raise InterruptedError("stopped, as the call that waited for this was")

    return wait
