# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of Active Directory: domain controllers that die, lag, or know less than others."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from exchange_lab.cmdlets._errors import Refusal
from exchange_lab.faults.engine import Hit
from exchange_lab.faults.fault import fault


@fault("directory", shows="the domain controller isn't available")
def domain_controller_dead(hit: Hit, *, name: str) -> Iterator[None]:
    """A domain controller dies: it answers nothing, and what was written there last has not left it."""
    organisation = hit.organisation
    with organisation.lock:
        controller = organisation.directory.controller(name)
        controller.available = False
        release = organisation.directory.withhold(
            lambda change, target: change.origin == controller.name or target is controller
        )
    yield
    with organisation.lock:
        controller.available = True
        release()


@fault("directory", shows="objects are missing on other domain controllers for minutes")
def replication_slow(hit: Hit, *, lag: float = 240.0) -> Iterator[None]:
    """Changes take minutes until they reach the other domain controllers."""
    organisation = hit.organisation
    controllers = organisation.directory.domain_controllers
    with organisation.lock:
        before = [controller.lag for controller in controllers]
        for controller in controllers:
            controller.lag = lag
    yield
    with organisation.lock:
        for controller, usual in zip(controllers, before, strict=True):
            controller.lag = usual


@fault("directory", shows="an object that one domain controller alone knows")
def object_unreplicated(hit: Hit, *, object_name: str) -> Iterator[None]:
    """A new object (wildcards) stays on the domain controller where it was created."""
    organisation = hit.organisation
    wanted = object_name.lower()
    with organisation.lock:
        release = organisation.directory.withhold(
            lambda change, _target: fnmatch.fnmatchcase(change.name.lower(), wanted)
        )
    yield
    with organisation.lock:
        release()


@fault("directory", shows="searches of the whole forest show the state of hours ago")
def global_catalogue_stale(hit: Hit, *, name: str) -> Iterator[None]:
    """A global catalogue gets no changes any more, and goes on answering."""
    organisation = hit.organisation
    with organisation.lock:
        stale = organisation.directory.controller(name)
        release = organisation.directory.withhold(lambda _change, target: target is stale)
    yield
    with organisation.lock:
        release()


@fault("directory", shows="CmdletProxyException", point="cmdlet")
def proxied_to_another_domain(hit: Hit) -> None:
    """The server that really runs a cmdlet asks a domain controller of another domain (exchange.md 1.4)."""
    arguments = hit.facts["arguments"]
    dc = hit.organisation.directory.domain_controllers[-1].name
    raise Refusal(
        "CmdletProxyException",
        "Error on proxy command '" + hit.facts["name"] + "' to server "
        f"{hit.facts['server']}: Server version 15.02.1544.0000, Proxy method RPS: The operation couldn't be "
        f"performed because object '{arguments.get('Identity')}' couldn't be found on '{dc}'.",
    )


@fault("directory", shows="ADServerSettingsChangedException", point="cmdlet")
def ad_server_settings_changed(_hit: Hit) -> None:
    """The set of domain controllers changed under a session; it answers nothing else any more (exchange.md 1.4)."""
    raise Refusal(
        "ADServerSettingsChangedException",
        "ADServerSettingsChangedException: Active Directory server settings have been changed under this session. "
        "Open a new session.",
    )
