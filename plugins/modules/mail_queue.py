#!/usr/bin/python
# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: mail_queue
short_description: Mail that waits for a database, on every transport server
version_added: 1.0.0
description:
  - Looks at the queues of all transport servers whose next hop is a database.
  - With O(state=resubmitted) sends what waits in them through the categoriser again. It is delivered to wherever its mailboxes are
    now. Mail that waits for two days is returned to its sender.
options:
  database:
    description: Name of the database that the mail waits for, such as the failed one.
    type: str
    required: true
  state:
    description:
      - V(reported) only looks.
      - V(resubmitted) sends on what waits. For a database that is not mounted that is all its mail; for one that is mounted it is
        the mail in queues that wait for their next attempt.
    type: str
    choices: [resubmitted, reported]
    default: reported
  removed:
    description:
      - The database may have been removed. What still waits for its name is sent on all the same, since a transport server whose
        domain controller is far away can have queued mail for it until a moment ago.
    type: bool
    default: false
  wait_timeout:
    description: Seconds to wait until nothing waits any more. After that the task ends with a warning, not a failure.
    type: int
    default: 300
extends_documentation_fragment:
  - dialtone.exchange._attributes
  - dialtone.exchange._attributes.active
  - dialtone.exchange._connection
author:
  - The dialtone.exchange developers (@dialtone-exchange)
"""

EXAMPLES = r"""
- name: Send on the mail that waits for the failed database
  dialtone.exchange.mail_queue:
    database: DB01
    state: resubmitted

- name: See what waits
  dialtone.exchange.mail_queue:
    database: DB01
  register: waiting
"""

RETURN = r"""
queues:
  description: The queues to this database that are left.
  returned: success
  type: list
  elements: dict
  contains:
    server:
      description: Name of the transport server.
      type: str
      returned: success
    identity:
      description: Identity of the queue.
      type: str
      returned: success
    status:
      description: V(Active), V(Ready), V(Connecting), V(Retry) or V(Suspended).
      type: str
      returned: success
    count:
      description: Number of messages.
      type: int
      returned: success
    last_error:
      description: Why the last attempt failed.
      type: str
      returned: success
    next_retry:
      description: When the next attempt is due.
      type: str
      returned: success
  sample: [{server: MBX1, identity: 'MBX1\17', status: Retry, count: 42, last_error: null, next_retry: null}]
waiting:
  description: Number of messages in RV(queues).
  returned: success
  type: int
  sample: 0
resubmitted:
  description: Number of messages that were sent through the categoriser again. In check mode those that would be.
  returned: success
  type: int
  sample: 42
"""

from ansible_collections.dialtone.exchange.plugins.module_utils._module import run_module
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import mail_queue


def main() -> None:
    """Run alone, without the action plugin."""
    run_module(mail_queue.ARGUMENT_SPEC, mail_queue.run)


if __name__ == "__main__":
    main()
