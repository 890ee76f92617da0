# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Organisations as YAML: what there is, in counts and kinds. See topologies/*.yml for the form."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

TOPOLOGIES = Path(__file__).parent / "topologies"
DEFAULT_SITE = "Default-First-Site-Name"
_UNITS = {"KB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}


class TopologyError(ValueError):
    """The topology file does not describe an organisation; the message says why."""


@dataclass(frozen=True)
class VolumeSpec:
    """A volume: `name` is `D:\\` or a mount point's folder with a backslash at its end."""

    name: str
    capacity: int
    label: str = ""
    used: int = 0  # bytes taken by what the lab does not model


@dataclass(frozen=True)
class ServerSpec:
    """A Mailbox server. `cmdlets_dc`: where its cmdlets read; `store_dc`: where store and transport look.

    Unless told, the first and the last domain controller of its site.
    """

    name: str
    volumes: tuple[VolumeSpec, ...]
    edition: str = "Enterprise"
    version: str = "Version 15.2 (Build 1544.4)"
    windows_version: str = "10.0.17763"
    cmdlets_dc: str = ""
    store_dc: str = ""
    site: str = DEFAULT_SITE
    attributes: dict[str, Any] = field(default_factory=dict)  # of the server's directory object


@dataclass(frozen=True)
class CopySpec:
    """A passive copy of a database. state: healthy, failed or suspended; lag: days between copy and replay."""

    server: str
    preference: int = 2
    lag: float = 0.0
    state: str = "healthy"


@dataclass(frozen=True)
class DatabaseSpec:
    """A mailbox database; `quotas` in bytes by directory attribute name, None for Unlimited."""

    name: str
    server: str
    edb: str
    logs: str
    generation: int = 1
    created_days_ago: int = 400
    copies: tuple[CopySpec, ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MailboxSpec:
    """`count` mailboxes of one kind on one database.

    kind: user, shared, room, equipment, linked, arbitration, audit_log, aux_audit_log, discovery, public_folder,
    monitoring. messages: how many each has at the start; size: bytes of each message. used false: never opened.
    """

    kind: str
    database: str
    count: int = 1
    archive: str | None = None
    messages: int = 4
    size: int = 60_000
    archive_messages: int = 2
    used: bool = True
    names: tuple[str, ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Topology:
    """A whole organisation."""

    name: str
    domain: str
    organisation: str
    domain_controllers: tuple[dict[str, Any], ...]
    servers: tuple[ServerSpec, ...]
    databases: tuple[DatabaseSpec, ...]
    mailboxes: tuple[MailboxSpec, ...]
    site_lag: float = 0.0  # simulated seconds that replication between sites takes on top
    switches: dict[str, Any] = field(default_factory=dict)
    limits: dict[str, Any] = field(default_factory=dict)
    availability_group: dict[str, str] = field(default_factory=dict)  # name, witness_server; of all servers

    @property
    def netbios(self) -> str:
        """The domain's short name."""
        return self.domain.partition(".")[0].upper()


def load(name_or_path: str | Path) -> Topology:
    """Read a topology by the name of a shipped one or by path. TopologyError says what is wrong."""
    path = Path(name_or_path)
    if not path.suffix:
        path = TOPOLOGIES / f"{name_or_path}.yml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in TOPOLOGIES.glob("*.yml")))
        raise TopologyError(f"there is no topology {name_or_path}; shipped ones are: {known}")
    return parse(yaml.safe_load(path.read_text(encoding="utf-8")), path.stem)


def parse(data: dict[str, Any], name: str) -> Topology:
    """Make a topology of YAML data."""
    try:
        topology = Topology(
            name=name,
            domain=data["domain"],
            organisation=data["organisation"],
            domain_controllers=tuple(data["domain_controllers"]),
            servers=tuple(_server(s, data) for s in data["servers"]),
            databases=tuple(_database(d) for d in data["databases"]),
            mailboxes=tuple(_mailboxes(m) for m in data["mailboxes"]),
            switches=data.get("switches", {}),
            limits=data.get("limits", {}),
            site_lag=float(data.get("site_lag", 0.0)),
            availability_group=data.get("availability_group", {}),
        )
    except (KeyError, TypeError) as error:
        raise TopologyError(f"topology {name}: {error}") from error
    databases = {d.name for d in topology.databases}
    for spec in topology.mailboxes:
        for database in (spec.database, spec.archive):
            if database and database not in databases:
                raise TopologyError(f"topology {name}: there is no database {database}")
    return topology


def size(value: int | str | None) -> int | None:
    """Bytes of `2 TB`, `500MB` or a number; None for `unlimited`."""
    if value is None or isinstance(value, int):
        return value
    text = value.strip().upper()
    if text == "UNLIMITED":
        return None
    for unit, factor in _UNITS.items():
        if text.endswith(unit):
            return int(float(text[: -len(unit)]) * factor)
    return int(text)


def _server(data: dict[str, Any], whole: dict[str, Any]) -> ServerSpec:
    volumes = tuple(
        VolumeSpec(v["name"], size(v["capacity"]) or 0, v.get("label", ""), size(v.get("used")) or 0)
        for v in data["volumes"]
    )
    site = data.get("site", DEFAULT_SITE)
    everywhere = whole["domain_controllers"]
    near = [c for c in everywhere if c.get("site", DEFAULT_SITE) == site] or everywhere
    first, last = near[0]["name"], near[-1]["name"]
    rest = {k: v for k, v in data.items() if k != "volumes"}
    return ServerSpec(**{"cmdlets_dc": first, "store_dc": last, **rest, "volumes": volumes})


def _database(data: dict[str, Any]) -> DatabaseSpec:
    quotas = {name: size(value) for name, value in data.get("quotas", {}).items()}
    rest = {k: v for k, v in data.items() if k not in ("quotas", "attributes", "copies")}
    copies = tuple(CopySpec(**copy) for copy in data.get("copies", ()))
    return DatabaseSpec(**rest, copies=copies, attributes={**data.get("attributes", {}), **quotas})


def _mailboxes(data: dict[str, Any]) -> MailboxSpec:
    values = dict(data)
    values["size"] = size(values.get("size", 60_000))
    values["names"] = tuple(values.get("names", ()))
    if values["names"]:
        values["count"] = len(values["names"])
    return MailboxSpec(**values)
