"""The decision that the owner of a lease is dead: its value has not changed while it was watched without a break."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass


class Watch:
    """Watches values that living owners change again and again.

    It compares no clocks of different machines. A value has expired once it was read unchanged by two readings that
    are at least `lease` seconds apart by the monotonic clock of this process. A break in the readings, as while the
    server is away, in which no owner could write either, restarts the watch.

    Why no living owner's lease expires: readings are at most `gap` seconds apart, so the server was never away for
    longer. An owner writes every `beat` seconds and repeats a write that failed at once, so that its value changes at
    least every `beat + gap` seconds and some seconds for the calls themselves. `lease` is longer than that.

    Args:
        lease: Seconds without a change after which a value has expired.
        gap: Most seconds between two readings of one watch.
    """

    def __init__(self, lease: float, gap: float):
        self.lease, self.gap = lease, gap
        self._seen: dict[str, tuple[str, float]] = {}
        self._last: float | None = None

    def see(self, values: Mapping[str, str], asked: float, answered: float) -> set[str]:
        """Take a reading, and return the names of the values that have expired.

        Args:
            values: The values that were read, by name.
            asked: When the reading was asked for, in seconds of a monotonic clock.
            answered: When it was answered.
        """
        if self._last is None or answered - self._last > self.gap:
            self._seen.clear()
        self._last = answered
        self._seen = {
            name: (value, self._seen[name][1] if self._seen.get(name, ("", 0.0))[0] == value else answered)
            for name, value in values.items()
        }
        return {name for name, (_, since) in self._seen.items() if asked - since >= self.lease}


@dataclass(frozen=True)
class Timing:
    """How often leases are renewed and read, and when they expire, in seconds.

    A process that dies is detected after at most `lease + 2 * reading` seconds, 50 by default.

    Attributes:
        lease: Time without a renewal after which an owner counts as dead.
    """

    lease: float = 40.0

    @property
    def beat(self) -> float:
        """Time between two renewals."""
        return self.lease / 4

    @property
    def reading(self) -> float:
        """Time between two readings of the leases of others."""
        return self.lease / 8

    @property
    def gap(self) -> float:
        """Most time between two readings of one watch."""
        return self.lease * 3 / 8

    @property
    def timeout(self) -> float:
        """Most time that a renewal or a reading may take before it is tried again."""
        return self.lease / 8


def timing() -> Timing:
    """Return the times, shorter ones if the environment variable `ZEROSWEEP_LEASE` says so, as tests do.

    All who share a store must have the same.
    """
    return Timing(float(os.environ.get("ZEROSWEEP_LEASE", Timing.lease)))
