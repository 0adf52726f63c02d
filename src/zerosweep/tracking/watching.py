"""The decision that the owner of a lease is dead: its value has not changed while it was watched without a break."""

from __future__ import annotations

from collections.abc import Mapping


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
