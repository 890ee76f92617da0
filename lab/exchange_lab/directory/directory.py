# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several domain controllers with a lag between them.

A change is visible at once where it is written; every other controller sees it after its lag (simulated seconds). Of
two changes of one attribute the later one wins everywhere, as in Active Directory.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar, cast

from exchange_lab.clock import Clock
from exchange_lab.directory.objects import DirectoryObject

_T = TypeVar("_T", bound=DirectoryObject)
_Stamp = tuple[datetime, int]
_Key = tuple[str, str]


class ObjectNotFound(KeyError):
    """The object is not known on this domain controller."""

    def __init__(self, kind: str, guid: str, domain_controller: str) -> None:
        super().__init__(f"{kind} {guid} is not known on {domain_controller}")
        self.kind, self.guid, self.domain_controller = kind, guid, domain_controller


@dataclass
class DomainController:
    """One controller: `lag` is how many simulated seconds it takes until it sees what others of its site wrote."""

    name: str
    site: str = "Default-First-Site-Name"
    is_gc: bool = True
    lag: float = 15.0
    available: bool = True
    _objects: dict[_Key, DirectoryObject] = field(default_factory=dict, repr=False)
    _ordered: dict[str, list[DirectoryObject]] = field(default_factory=dict, repr=False)
    _stamps: dict[tuple[str, str, str], _Stamp] = field(default_factory=dict, repr=False)
    _incoming: list[tuple[datetime, int, _Change]] = field(default_factory=list, repr=False)


@dataclass
class _Change:
    kind: str
    guid: str
    stamp: _Stamp
    created: DirectoryObject | None = None  # the whole object of a creation
    changes: dict[str, Any] = field(default_factory=dict)
    deleted: bool = False
    origin: str = ""  # the controller where it was written

    @property
    def name(self) -> str:
        """The name of the object that it creates; empty for other changes."""
        return self.created.name if self.created is not None else ""


Holds = Callable[[_Change, "DomainController"], bool]
"""Whether this change is kept from arriving at this controller."""


class View:
    """What one domain controller knows now. Objects are frozen: keep one, and you keep its state of that moment."""

    def __init__(self, directory: Directory, controller: DomainController) -> None:
        self._directory, self._controller = directory, controller

    @property
    def domain_controller(self) -> str:
        """The FQDN this view reads from."""
        return self._controller.name

    def get(self, kind: str, guid: str) -> Any | None:
        """The object, or None when this controller does not (yet) know it."""
        return self._directory._current(self._controller).get((kind, guid.lower()))

    def all(self, kind: str) -> list[Any]:
        """All objects of a kind, in order of name."""
        known = self._directory._current(self._controller)
        ordered = self._controller._ordered
        if kind not in ordered:
            found = [o for (k, _guid), o in known.items() if k == kind]
            ordered[kind] = sorted(found, key=lambda o: o.name.lower())
        return list(ordered[kind])

    def find(self, kind: str, **attributes: Any) -> list[Any]:
        """All objects with these attributes. Text compares without case, as in the directory."""
        wanted = {name: _fold(value) for name, value in attributes.items()}
        return [
            item
            for item in self.all(kind)
            if all(_fold(getattr(item, name)) == value for name, value in wanted.items())
        ]

    def resolve(self, kind: str, identity: str) -> list[Any]:
        """Objects an Identity means: GUID, name, DN, and for mailboxes also the usual addresses."""
        wanted = identity.strip().lower().strip("{}")
        if (known := self.get(kind, wanted)) is not None:
            return [known]
        return [item for item in self.all(kind) if wanted in _identities(item)]


class Directory:
    """The forest's objects, as each domain controller knows them. All calls need the organisation's lock."""

    def __init__(
        self,
        clock: Clock,
        domain_controllers: list[DomainController],
        domain: str,
        site_lag: float = 0.0,
    ) -> None:
        self.clock = clock
        self.domain = domain
        self.site_lag = site_lag  # seconds that replication between sites takes on top
        self.domain_controllers = domain_controllers
        self._order = itertools.count(1)
        self._defaults: dict[str, str] = {}
        self._held: dict[Holds, list[tuple[DomainController, _Change]]] = {}
        self.watchers: list[Any] = []  # called as watcher(kind, guid, changes) at every write

    def controller(self, name: str) -> DomainController:
        """The controller of this name (FQDN or host name); ObjectNotFound when there is none."""
        wanted = name.lower()
        for controller in self.domain_controllers:
            if wanted in (controller.name.lower(), controller.name.lower().partition(".")[0]):
                return controller
        raise ObjectNotFound("domain controller", name, "the forest")

    def read(self, dc: str) -> View:
        """What the named controller knows."""
        return View(self, self.controller(dc))

    def set_default_dc(self, server: str, dc: str) -> None:
        """Let cmdlets on `server` use `dc` when nothing is pinned."""
        self._defaults[server.lower()] = self.controller(dc).name

    def default_dc(self, server: str) -> str:
        """The controller that cmdlets on this server use when nothing is pinned: another one while it is dead."""
        return self.in_use(self._defaults.get(server.lower(), self.domain_controllers[0].name))

    def in_use(self, preferred: str) -> str:
        """The controller of a service that prefers this one: another one, of its site first, while it is dead."""
        usual = self.controller(preferred)
        alive = sorted(
            (c for c in self.domain_controllers if c.available), key=lambda c: c.site != usual.site
        )
        return usual.name if usual.available or not alive else alive[0].name

    def default_gc(self, server: str) -> str:
        """The global catalogue that searches of the whole forest use: the last one of the server's site, hence
        often a stale one."""
        catalogues = [c for c in self.domain_controllers if c.is_gc]
        site = self.controller(self.default_dc(server)).site
        return ([c for c in catalogues if c.site == site] or catalogues)[-1].name

    def lags(self) -> set[float]:
        """Seconds after which a change may arrive at a domain controller."""
        sites = {c.site for c in self.domain_controllers}
        return {
            controller.lag + extra
            for controller in self.domain_controllers
            for extra in ((0.0, self.site_lag) if len(sites) > 1 else (0.0,))
        }

    def create(self, dc: str, kind: str, item: _T) -> _T:
        """Create an object on `dc`; when_created and when_changed are filled in."""
        now = self.clock.now()
        item = replace(item, guid=item.guid.lower(), when_created=now, when_changed=now)
        self._commit(dc, _Change(kind, item.guid, (now, next(self._order)), created=item))
        return item

    def write(self, dc: str, kind: str, guid: str, changes: dict[str, Any]) -> Any:
        """Change attributes on `dc` and return the object as it is there now."""
        controller = self.controller(dc)
        known = self._current(controller).get((kind, guid.lower()))
        if known is None:
            raise ObjectNotFound(kind, guid, controller.name)
        now = self.clock.now()
        changed = {**changes, "when_changed": now}
        self._commit(dc, _Change(kind, guid.lower(), (now, next(self._order)), changes=changed))
        for watcher in self.watchers:
            watcher(kind, guid.lower(), changes)
        # a deletion elsewhere may arrive at this very moment
        return controller._objects.get((kind, guid.lower()), known)

    def delete(self, dc: str, kind: str, guid: str) -> None:
        """Delete an object on `dc`."""
        controller = self.controller(dc)
        if (kind, guid.lower()) not in self._current(controller):
            raise ObjectNotFound(kind, guid, controller.name)
        stamp = (self.clock.now(), next(self._order))
        self._commit(dc, _Change(kind, guid.lower(), stamp, deleted=True))

    def converge(self) -> None:
        """Replicate everything now."""
        for controller in self.domain_controllers:
            for _due, _order, change in sorted(controller._incoming, key=lambda entry: entry[:2]):
                _apply(controller, change)
            controller._incoming.clear()

    def withhold(self, holds: Holds) -> Callable[[], None]:
        """Keep changes from arriving, also those on their way; returns the function that lets them arrive."""
        held = self._held[holds] = []
        for controller in self.domain_controllers:
            self._current(controller)
            kept = [c for _due, _order, c in controller._incoming if holds(c, controller)]
            held += [(controller, change) for change in kept]
            controller._incoming = [e for e in controller._incoming if e[2] not in kept]
            heapq.heapify(controller._incoming)

        def release() -> None:
            for controller, change in self._held.pop(holds, []):
                self._send(change, controller)

        return release

    def _commit(self, dc: str, change: _Change) -> None:
        written = self.controller(dc)
        change.origin = written.name
        self._current(written)
        _apply(written, change)
        for controller in self.domain_controllers:
            if controller is not written:
                self._send(change, controller)

    def _send(self, change: _Change, controller: DomainController) -> None:
        for holds, held in self._held.items():
            if holds(change, controller):
                held.append((controller, change))
                return
        far = controller.site != self.controller(change.origin).site
        due = self.clock.now() + timedelta(seconds=controller.lag + (self.site_lag if far else 0.0))
        heapq.heappush(controller._incoming, (due, change.stamp[1], change))

    def _current(self, controller: DomainController) -> dict[_Key, DirectoryObject]:
        now = self.clock.now()
        while controller._incoming and controller._incoming[0][0] <= now:
            _apply(controller, heapq.heappop(controller._incoming)[2])
        return controller._objects


def _apply(controller: DomainController, change: _Change) -> None:
    key = (change.kind, change.guid)
    controller._ordered.pop(change.kind, None)
    if change.created is not None:
        controller._objects[key] = change.created
        return
    if change.deleted:
        controller._objects.pop(key, None)
        return
    known = controller._objects.get(key)
    if known is None:
        return
    newer = {
        name: value
        for name, value in change.changes.items()
        if controller._stamps.get((change.kind, change.guid, name), change.stamp) <= change.stamp
    }
    for name in newer:
        controller._stamps[change.kind, change.guid, name] = change.stamp
    controller._objects[key] = cast(DirectoryObject, replace(known, **newer))


def _fold(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _identities(item: Any) -> Iterator[str]:
    for name in (
        "guid",
        "name",
        "distinguished_name",
        "fqdn",
        "alias",
        "display_name",
        "exchange_guid",
        "legacy_exchange_dn",
        "exchange_legacy_dn",
        "user_principal_name",
        "sam_account_name",
        "primary_smtp_address",
    ):
        value = getattr(item, name, "")
        if value:
            yield value.lower()
    for address in getattr(item, "email_addresses", ()):
        yield address.partition(":")[2].lower()
