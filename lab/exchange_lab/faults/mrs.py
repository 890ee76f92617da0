# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of the Mailbox Replication Service and of restore requests."""

from __future__ import annotations

from collections.abc import Iterator

from exchange_lab.faults.engine import Hit
from exchange_lab.faults.fault import fault
from exchange_lab.mrs import SERVICE, RequestFailure


@fault("mrs", shows="restore requests stay Queued or InProgress")
def replication_service_stops(hit: Hit, *, server: str) -> Iterator[None]:
    """The Mailbox Replication Service stops; requests keep what they have copied."""
    host = hit.organisation.server(server)
    with hit.organisation.lock:
        hit.organisation.set_service(host, SERVICE, False)
    yield
    with hit.organisation.lock:
        hit.organisation.set_service(host, SERVICE, True)


@fault("mrs", shows="StatusDetail StalledDueToTarget_DiskLatency", point="mrs", times=None)
def request_stalls(hit: Hit, *, detail: str = "StalledDueToTarget_DiskLatency") -> str:
    """Exchange makes a restore request wait, since a resource is busy."""
    return detail


@fault("mrs", shows="StatusDetail TransientFailureSource, a retry in 30 s", point="mrs")
def request_fails_for_a_while(hit: Hit) -> None:
    """A restore request loses its connection, and tries again by itself."""
    raise RequestFailure(
        "MapiExceptionNetworkError", "Source", "MapiExceptionNetworkError: Unable to open message store.", True
    )


@fault("mrs", shows="Status Failed", point="mrs")
def request_fails(hit: Hit) -> None:
    """A restore request fails, and Exchange does not try again."""
    raise RequestFailure(
        "MapiExceptionNoAccessPermanentException",
        "Target",
        "MapiExceptionNoAccess: Unable to open message store. (hr=0x80070005, ec=-2147024891)",
    )


@fault("mrs", shows="a restore request is not listed any more", point="mrs")
def request_removed(hit: Hit) -> str:
    """Somebody removes a restore request that is on its way."""
    service = hit.organisation.mrs
    service.remove(service.requests[hit.facts["guid"]])
    return "Removed"


@fault("mrs", shows="MapiExceptionMdbOffline in restore requests", point="mrs")
def source_dismounted(hit: Hit) -> None:
    """Somebody dismounts the recovery database that requests read from."""
    organisation = hit.organisation
    item = organisation.database(hit.facts["database"])
    organisation.server(item.server).store.dismount(item.guid)
