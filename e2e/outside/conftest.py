"""A running Watchkeeper with a history, for programs that others wrote to read.

The site is the product as a stranger meets it: the binary, a configuration, and what was posted through its API.
Nothing here leaves this machine.
"""

import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

import site_under_test


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Every judge reads the same."""
    with told(tmp_path_factory) as site:
        yield site


@pytest.fixture
def site_to_change(tmp_path_factory):
    """One of its own for a judge that writes."""
    with told(tmp_path_factory) as site:
        yield site


@contextmanager
def told(tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("site")
    site = site_under_test.Site(folder)
    try:
        site.tell()
        yield site
    finally:
        site.stop()


@pytest.fixture
def run(tmp_path):
    """Runs a program to its end, where it may leave files, and fails with everything that it printed."""

    def run(*words, seconds=300):
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=seconds, check=False)
        assert done.returncode == 0, f"{' '.join(map(str, words))}\n{done.stdout[-20000:]}\n{done.stderr[-5000:]}"
        return done.stdout

    return run
