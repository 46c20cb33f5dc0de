"""When to try again, and how long to wait first."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from staydown_client.errors import (
    ClientError,
    RateLimitedError,
    ServiceError,
    SettingError,
    UnavailableError,
    UnreachableError,
)

_FIRST_WAIT_S = 0.2
_MOST_WAIT_S = 5.0
_REPEATED_STATUS = 503
"""Other 5xx are defects or a proxy's guess; the same call again would meet the same."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to try.

    Attributes:
        timeout_s: for connecting, for sending and for waiting, each, in one attempt.
        deadline_s: for all attempts and the waits between them.
        retries: attempts after the first.
    """

    timeout_s: float = 10.0
    deadline_s: float = 30.0
    retries: int = 3

    def __post_init__(self) -> None:
        if not (self.timeout_s > 0 and self.deadline_s > 0 and self.retries >= 0):
            raise SettingError("timeout_s and deadline_s are above 0, retries is 0 or more")


class Attempts:
    """The attempts of one call.

    Args:
        patience: how long to try.
        is_repeatable: whether a call that may have arrived may be sent again.
        wait_s: how long the service was asked to wait before it answers.
        clock: seconds that only grow.
        draw: a number of 0..1, for waits that do not all end at once.
    """

    def __init__(
        self,
        patience: Patience,
        *,
        is_repeatable: bool,
        wait_s: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._patience = patience
        self._is_repeatable = is_repeatable
        self._wait_s = wait_s
        self._clock = clock
        self._draw = draw
        self._ends_at = clock() + patience.deadline_s + wait_s
        self._failed = 0

    def timeout_s(self) -> float:
        """How long each step of the next attempt may take."""
        left = self._ends_at - self._clock()
        return max(0.001, min(self._patience.timeout_s + self._wait_s, left))

    def wait_after(self, error: ClientError) -> float:
        """How long to wait before the next attempt, in seconds.

        Raises:
            ClientError: ``error`` itself, where another attempt cannot help or would come too late.
        """
        self._failed += 1
        if self._failed > self._patience.retries or not self._is_worth(error):
            raise error
        grown = min(_MOST_WAIT_S, _FIRST_WAIT_S * 2.0 ** (self._failed - 1))
        wait = grown * (0.5 + 0.5 * self._draw())
        if isinstance(error, ServiceError) and error.retry_after_s is not None:
            # A little more than asked for, so that not all come back in the same moment.
            wait = max(wait, error.retry_after_s + _FIRST_WAIT_S * self._draw())
        if self._clock() + wait >= self._ends_at:
            raise error
        return wait

    def _is_worth(self, error: ClientError) -> bool:
        if isinstance(error, UnreachableError):
            return self._is_repeatable or not error.was_sent
        if isinstance(error, UnavailableError):
            return error.status == _REPEATED_STATUS
        return isinstance(error, RateLimitedError)
