# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An organisation made from its topology: servers, databases with their files, mailboxes, copies."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from exchange_lab.directory import (
    AVAILABILITY_GROUP,
    DATABASE,
    MAILBOX,
    SERVER,
    THROTTLING_POLICY,
    AvailabilityGroupObject,
    DatabaseCopy,
    DatabaseObject,
    ServerObject,
    ThrottlingPolicyObject,
)
from exchange_lab.ese import Instance
from exchange_lab.exchange_server import ADMIN_GROUP, COMPONENTS, INACTIVE, SERVICES, ExchangeServer
from exchange_lab.files import FileSystem, Volume
from exchange_lab.population import Furnisher, Names, mailbox_object
from exchange_lab.topology import DatabaseSpec, ServerSpec
from exchange_lab.transport import TransportServer

if TYPE_CHECKING:
    from exchange_lab.organisation import Organisation

_DATABASE_BASE_SIZE = 256 * 1024**2


def build(organisation: Organisation) -> None:
    """Fill an organisation that has only its empty parts (lock held)."""
    topology, now = organisation.topology, organisation.clock.now()
    furnisher = Furnisher(now, organisation.seed, organisation.audit)
    for server_spec in topology.servers:
        _add_server(organisation, server_spec)
    organisation.directory.converge()
    _add_group(organisation)
    guids: dict[str, str] = {}
    for spec in topology.databases:
        item = organisation.new_database(
            organisation.domain_controller, name=spec.name, server=spec.server, edb_file_path=spec.edb,
            log_folder_path=spec.logs, database_created=True, copies=_copies(spec),
            **spec.attributes,
        )  # fmt: skip
        guids[spec.name] = item.guid
        furnisher.open_database(item.guid, now - timedelta(days=spec.created_days_ago))
    names = Names()
    for group in topology.mailboxes:
        for name in names.take(group):
            owner = mailbox_object(topology, group, name, guids, organisation.new_guid)
            owner = replace(owner, when_mailbox_created=now - timedelta(days=300))
            owner = organisation.directory.create(organisation.domain_controller, MAILBOX, owner)
            furnisher.furnish(owner, group)
            if not group.used:
                organisation.mail_flow.never_used.add(owner.guid)
    _add_policy(organisation)
    organisation.directory.converge()
    for spec in topology.databases:
        guid = guids[spec.name]
        server = organisation.server(spec.server)
        mounted = cast(DatabaseObject, organisation.view().get(DATABASE, guid))
        for folder in sorted({spec.edb.rpartition("\\")[0], spec.logs}):
            if not server.fs.is_dir(folder):
                server.fs.mkdir(folder)
        instance = Instance.create(
            server.fs, spec.edb, spec.logs, mounted.log_file_prefix, organisation.clock,
            size=_DATABASE_BASE_SIZE + furnisher.sizes[guid], rows=furnisher.rows[guid],
            first_generation=spec.generation,
        )  # fmt: skip
        server.store.adopt(mounted, instance)
    _replicate(organisation, guids)


def _replicate(organisation: Organisation, guids: dict[str, str]) -> None:
    """Make the passive copies, in the state the topology wants."""
    for spec in organisation.topology.databases:
        item = cast(DatabaseObject, organisation.view().get(DATABASE, guids[spec.name]))
        for wanted in spec.copies:
            copy = organisation.replication.seed(item, wanted.server)
            if wanted.state == "failed":
                organisation.replication.fail(
                    item.guid, wanted.server, "The database copy is damaged."
                )
            elif wanted.state == "suspended":
                copy.status = "Suspended"
    organisation.replication.start()


def _add_server(organisation: Organisation, spec: ServerSpec) -> None:
    topology = organisation.topology
    name = spec.name.upper()
    root = ",".join(f"DC={part}" for part in topology.domain.split("."))
    item = ServerObject(
        guid=organisation.new_guid(),
        name=name,
        fqdn=f"{name.lower()}.{topology.domain}",
        domain=topology.domain,
        site=f"{topology.domain}/Configuration/Sites/{spec.site}",
        edition=spec.edition,
        admin_display_version=spec.version,
        windows_version=spec.windows_version,
        distinguished_name=(
            f"CN={name},CN=Servers,CN={ADMIN_GROUP},CN=Administrative Groups,"
            f"CN={topology.organisation},CN=Microsoft Exchange,CN=Services,CN=Configuration,{root}"
        ),
        exchange_legacy_dn=(
            f"/o={topology.organisation}/ou={ADMIN_GROUP}/cn=Configuration/cn=Servers/cn={name}"
        ),
        database_availability_group=topology.availability_group.get("name"),
        **spec.attributes,
    )
    organisation.directory.create(organisation.domain_controller, SERVER, item)
    organisation.directory.set_default_dc(name, spec.cmdlets_dc)
    volumes = [
        Volume(v.name, v.capacity, v.label, device_id=organisation.new_device_id())
        for v in spec.volumes
    ]
    fs = FileSystem(organisation.folder / "servers" / name, volumes, organisation.clock)
    server = ExchangeServer(
        name=name,
        fqdn=item.fqdn,
        guid=item.guid,
        fs=fs,
        clock=organisation.clock,
        directory=organisation.directory,
        switches=organisation.switches,
        store_domain_controller=organisation.directory.controller(spec.store_dc).name,
        services={service: "Running" for service in SERVICES},
        components={c: "Inactive" if c in INACTIVE else "Active" for c in COMPONENTS},
    )
    server.store.fault = functools.partial(organisation.faults.at, server=name)
    organisation.watch_files(server)
    server.transport = TransportServer(
        name, organisation.clock, organisation.scheduler, organisation.directory, server.store_domain_controller,
        server.services, organisation.mounted, organisation.audit, organisation.lock,
    )  # fmt: skip
    organisation.install_system(server)
    organisation.servers[name] = server


def _add_group(organisation: Organisation) -> None:
    group = organisation.topology.availability_group
    if not group:
        return
    root = organisation.server(organisation.topology.servers[0].name).object.distinguished_name
    above = root.partition(",CN=Servers,")[2]
    item = AvailabilityGroupObject(
        guid=organisation.new_guid(), name=group["name"], witness_server=group.get("witness_server", ""),
        witness_directory=f"C:\\DAGFileShareWitnesses\\{group['name']}",
        distinguished_name=f"CN={group['name']},CN=Database Availability Groups,{above}",
    )  # fmt: skip
    organisation.directory.create(organisation.domain_controller, AVAILABILITY_GROUP, item)


def _add_policy(organisation: Organisation) -> None:
    policy = ThrottlingPolicyObject(
        guid=organisation.new_guid(), name="GlobalThrottlingPolicy_3f0b1c5e", is_default=True,
        throttling_policy_scope="Global",
        powershell_max_concurrency=organisation.topology.limits.get("shells", 18),
    )  # fmt: skip
    organisation.directory.create(organisation.domain_controller, THROTTLING_POLICY, policy)


def _copies(spec: DatabaseSpec) -> tuple[DatabaseCopy, ...]:
    """What the directory says of a replicated database's copies, the active one first."""
    if not spec.copies:
        return ()
    passive = (
        DatabaseCopy(c.server.upper(), c.preference, timedelta(days=c.lag)) for c in spec.copies
    )
    return (DatabaseCopy(spec.server.upper()), *passive)
