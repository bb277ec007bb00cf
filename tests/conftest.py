"""What every test run begins with."""

from __future__ import annotations

import signal

import stackedu as se


def pytest_sessionstart(session):
    """Compile everything once: a lesson's stored outputs know nothing of the line that says so."""
    # a run that a shell put into the background ignores Ctrl-C, and so would all that the tests start and interrupt
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not session.config.option.collectonly:
        se.warm_up()
