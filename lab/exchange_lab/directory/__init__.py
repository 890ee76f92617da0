# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory: servers, databases, mailboxes, and domain controllers that lag behind each other."""

from __future__ import annotations

from exchange_lab.directory.directory import Directory, DomainController, ObjectNotFound, View
from exchange_lab.directory.objects import (
    AVAILABILITY_GROUP,
    DATABASE,
    MAILBOX,
    MOVE_REQUEST,
    SERVER,
    THROTTLING_POLICY,
    AvailabilityGroupObject,
    DatabaseCopy,
    DatabaseObject,
    MailboxObject,
    MoveRequestObject,
    ServerObject,
    ThrottlingPolicyObject,
)

__all__ = [
    "AVAILABILITY_GROUP",
    "DATABASE",
    "MAILBOX",
    "MOVE_REQUEST",
    "SERVER",
    "THROTTLING_POLICY",
    "AvailabilityGroupObject",
    "DatabaseCopy",
    "DatabaseObject",
    "Directory",
    "DomainController",
    "MailboxObject",
    "MoveRequestObject",
    "ObjectNotFound",
    "ServerObject",
    "ThrottlingPolicyObject",
    "View",
]
