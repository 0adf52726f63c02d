"""Leases: locks for all who share a store that has no locks of its own, such as a tracking server.

A lease is a tag of the experiment, which its owner renews every `BEAT` seconds. The tag's name has the key and a
random name of the owner, so that each tag has one writer. Its value is the owner's state (a candidate or the holder), a
number that each renewal changes, and a lock of the owner's machine.

To take a lease, a process writes its tag as a candidate, then reads all tags of the key.

- It becomes the holder if no other tag is left. Of two processes that both wrote and then read, the one that wrote last
  has read the other's tag, so they cannot both have found themselves alone: at most one of them is the holder.
- It gives up if there is a holder, or a candidate whose name sorts before its own. Otherwise it reads again, as the
  other candidates give up, and after some readings gives up as well. So two that ask at once do not both go away.

A tag of a dead owner is removed. On the same machine, the owner's lock of the kernel says at once whether it is alive.
For other machines `Watch` decides: an owner is dead if its value does not change for `LEASE` seconds. Owners that stop
for longer and come back, as after the suspension of their machine, find their tag gone and ask again like anybody else.
If another process has the lease by then it is lost: `kept` says so before a run is recorded as finished.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import random
from time import monotonic, sleep
from typing import TYPE_CHECKING

from zerosweep.errors import StoreAway, last_line
from zerosweep.tracking.kernel_locks import KernelLocks, locks_of_user
from zerosweep.tracking.mlflow_private import quick_tag, quick_tags
from zerosweep.tracking.watching import Watch, timing

if TYPE_CHECKING:
    from mlflow import MlflowClient

log = logging.getLogger(__name__)

TAG = "mlflow.zerosweep.claim."
"""Beginning of the names of the tags. MLflow's UI hides tags that begin with `mlflow.`."""

MARK = "lease"

CANDIDATE, HOLDER = "candidate", "holder"

READINGS, PAUSE = 40, 0.05
"""Most readings of a candidate that waits for others to give up, and the mean seconds between two of them."""

IDLE_SECONDS = 120.0
"""Seconds after the last question at which a process that holds no lease stops watching those of others."""


_bytes_held: set[int] = set()
"""The locks of this machine that this process has, for any store."""

_machine_mutex = threading.Lock()
"""Held while a thread uses the locks of this machine, which the kernel gives to processes and not to threads."""


@dataclass
class Held:
    """A lease of this process.

    Attributes:
        owner: The random name of this owner.
        ours: Whether this process has the lease, and not only asks for it.
        beat: Number of the last renewal.
        renewed: When that was, in seconds of the monotonic clock.
        lost: Whether another process has the lease.
        renewing: Held while the lease is renewed.
    """

    owner: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    ours: bool = False
    beat: int = 0
    renewed: float = field(default_factory=monotonic)
    lost: bool = False
    renewing: threading.Lock = field(default_factory=threading.Lock)


class Leases:
    """The leases of one experiment.

    Args:
        client: A client of the store, which waits while the store is away.
        experiment: The id of the experiment.
        place: The address of the store, which distinguishes it on this machine.
    """

    def __init__(self, client: MlflowClient, experiment: str, place: int):
        self._client, self._experiment, self._place, self._timing = client, experiment, place, timing()
        self._machine: KernelLocks = locks_of_user()
        self._held: dict[int, Held] = {}
        self._watch = Watch(self._timing.lease, self._timing.gap)
        self._mutex = threading.RLock()
        self._keeper: threading.Thread | None = None
        self._asked = monotonic()

    def mark(self, key: int) -> str:
        """Return the value of the tag by which others find the lease."""
        return f"{MARK}:{key}"

    def key(self, mark: str) -> int | None:
        """Return the key of a lease with this mark, else None."""
        kind, _, key = mark.partition(":")
        return int(key) if kind == MARK and key.isdecimal() else None

    def take(self, key: int) -> bool:
        """Take the lease unless another process has it, and return whether it is ours."""
        byte, held = self._byte(key), Held()
        with _machine_mutex:
            if not self._machine.take(byte):
                return False
            _bytes_held.add(byte)
        with self._mutex:
            self._held[key] = held
        try:
            held.ours = self._ask_for(key, held)
        finally:
            if not held.ours:
                self._forget(key)
        self._keep()
        return held.ours

    def free(self, key: int) -> None:
        """Give the lease back."""
        with self._mutex:
            held = self._held[key]
        with held.renewing:  # a renewal after the removal would leave a tag behind
            try:
                self._remove(key, held.owner)
            except StoreAway:  # the tag expires
                log.warning("the store is away, so that others see only after some seconds that this run has ended")
            finally:
                self._forget(key)

    def _forget(self, key: int) -> None:
        with self._mutex:
            del self._held[key]
        with _machine_mutex:
            _bytes_held.discard(self._byte(key))
            self._machine.free(self._byte(key))

    def taken(self, key: int) -> bool:
        """Return whether another process has the lease."""
        others = self._others(key, "")
        if others:
            self._keep()  # which removes the tags of the dead
        return bool(others)

    def kept(self, key: int) -> bool:
        """Return whether the lease that this process took is still its own. Wait while that is uncertain.

        Two processes may both be holders for an instant, if one was taken for dead and renewed its lease just then. The
        one whose name sorts first keeps the lease.
        """
        held = self._held[key]
        self._renew(key, held, self._read())
        first = others = {} if held.lost else self._others(key, held.owner)
        while others and not held.lost:
            alive = [owner for owner, value in others.items() if first.get(owner, value) != value]
            held.lost = any(others[owner].startswith(HOLDER) and owner < held.owner for owner in alive)
            self._keep()  # which removes the tags of the dead
            sleep(self._timing.reading / 10)
            others = self._others(key, held.owner)
        return not held.lost

    def _byte(self, key: int) -> int:
        return key ^ self._place

    def _name(self, key: int, owner: str) -> str:
        return f"{TAG}{key:016x}.{owner}"

    def _ask_for(self, key: int, held: Held) -> bool:
        """Ask for the lease as the module describes it, and return whether it is ours."""
        self._write(key, held, CANDIDATE)
        for _ in range(READINGS):
            others = self._others(key, held.owner)
            if not others:
                self._write(key, held, HOLDER)
                return True
            if any(value.startswith(HOLDER) or owner < held.owner for owner, value in others.items()):
                break
            sleep(2 * PAUSE * random())
        self._remove(key, held.owner)
        return False

    def _others(self, key: int, owner: str) -> dict[str, str]:
        """Return the values of the other owners of a key, by their names, without those that died on this machine."""
        self._asked = monotonic()
        beginning = self._name(key, "")
        found = {name[len(beginning) :]: value for name, value in self._read().items() if name.startswith(beginning)}
        found.pop(owner, None)
        for name in [name for name, value in found.items() if self._died_here(key, value)]:
            self._remove(key, name)
            del found[name]
        return found

    def _died_here(self, key: int, value: str) -> bool:
        """Return whether a tag of the key is that of a process of this machine that has died."""
        byte = self._machine.key(value.rpartition(" ")[2])
        if byte is None:
            return False
        with _machine_mutex:
            if byte in _bytes_held:  # by this process: for this key, or for the same one of a store with two addresses
                return byte == self._byte(key)
            return not self._machine.taken(byte)

    def _read(self) -> dict[str, str]:
        """Return the tags of all owners of all keys, by their names."""
        tags = self._client.get_experiment(self._experiment).tags
        return {name: value for name, value in tags.items() if name.startswith(TAG)}

    def _write(self, key: int, held: Held, state: str) -> None:
        name, value = self._renewed(key, held, state)
        self._client.set_experiment_tag(self._experiment, name, value)

    def _renewed(self, key: int, held: Held, state: str) -> tuple[str, str]:
        """Return the name and the next value of an owner's tag."""
        held.beat, held.renewed = held.beat + 1, monotonic()
        return self._name(key, held.owner), f"{state} {held.beat} {self._machine.mark(self._byte(key))}"

    def _remove(self, key: int, owner: str) -> None:
        self._remove_tag(self._name(key, owner))

    def _remove_tag(self, name: str) -> None:
        from mlflow.exceptions import MlflowException

        try:
            self._client.delete_experiment_tag(self._experiment, name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":  # another process was faster
                raise

    def _keep(self) -> None:
        """Start the thread that renews the leases of this process and watches those of others, unless it is running."""
        with self._mutex:
            if self._keeper is None:
                self._keeper = threading.Thread(target=self._keep_on, name="leases", daemon=True)
                self._keeper.start()

    def _keep_on(self) -> None:
        """Renew and watch until there is nothing to do. A store that is away, or refuses, is asked again."""
        while True:
            with self._mutex:
                if not self._held and monotonic() - self._asked > IDLE_SECONDS:
                    self._keeper = None
                    return
            pause = self._timing.reading
            try:
                self._round()
            except Exception as error:
                log.debug(f"leases are not renewed: {last_line(error)}")
                pause = min(1.0, pause)
            sleep(pause)

    def _round(self) -> None:
        """Renew the leases of this process that are due, and remove the tags of dead owners."""
        asked = monotonic()
        tags = quick_tags(self._client, self._experiment, self._timing.timeout)
        answered = monotonic()
        tags = {name: value for name, value in tags.items() if name.startswith(TAG)}
        with self._mutex:
            held = {key: one for key, one in self._held.items() if one.ours and not one.lost}
        own = {self._name(key, one.owner) for key, one in held.items()}
        others = {name: value for name, value in tags.items() if name not in own}
        for name in self._watch.see(others, asked, answered):
            self._remove_tag(name)
        for key, one in held.items():
            if self._name(key, one.owner) not in tags or monotonic() - one.renewed >= self._timing.beat:
                self._renew(key, one, tags)

    def _renew(self, key: int, held: Held, tags: Mapping[str, str]) -> None:
        """Renew a lease. If its tag is gone, because this process was taken for dead, ask for the lease again.

        Args:
            key: The key.
            held: The lease.
            tags: The tags of all owners that were read just now.
        """
        with held.renewing:
            if held.lost or self._held.get(key) is not held:  # given back meanwhile
                return
            if self._name(key, held.owner) in tags:
                name, value = self._renewed(key, held, HOLDER)
                quick_tag(self._client, self._experiment, name, value, self._timing.timeout)
            elif not self._ask_for(key, held):
                held.lost = True
