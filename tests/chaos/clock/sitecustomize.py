"""A clock that jumps. With CHAOS_CLOCK="AT:BY", `time.time` is BY seconds later from the time AT on.

Python imports this module at its start if its folder is in PYTHONPATH.
"""

import os
import time

_at, _, _by = os.environ["CHAOS_CLOCK"].partition(":")
_real, _real_ns, AT, BY = time.time, time.time_ns, float(_at), float(_by)


def _shift() -> float:
    return BY if _real() >= AT else 0.0


time.time = lambda: _real() + _shift()
time.time_ns = lambda: _real_ns() + int(_shift() * 1e9)
