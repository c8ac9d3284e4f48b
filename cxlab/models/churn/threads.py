"""One thread for a model's arithmetic: the same numbers everywhere, and no waiting for one another."""

from __future__ import annotations

from contextlib import AbstractContextManager


def one_thread() -> AbstractContextManager:
    """A context in which numpy, scipy and scikit-learn use one thread."""
    # threadpoolctl is scikit-learn's own way of doing it and always comes with it.
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1)
