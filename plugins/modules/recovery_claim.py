#!/usr/bin/python
# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: recovery_claim
short_description: Claim a recovery, so that two runs never work on it at once
version_added: 1.0.0
description:
  - Puts a sign beside the files of the recovery, a folder C(claim) whose only content is a folder with a name that says who is at
    work since when. Any person can read it, on the server.
  - The run renews the sign until it ends, however it ends, and then removes it. A run that was killed can't; its sign is taken over
    by the next run, at once on the same controller, else after it was watched for three renewals in vain.
  - Fails when another run is at work, and says who. With O(take_over=true) that one stops before its next change.
  - Nobody compares the clocks of two machines.
options:
  failed_database:
    description: Name of the failed database.
    type: str
    required: true
  recovery_root:
    description: Folder on the server for everything that recoveries keep.
    type: str
    required: true
  state:
    description:
      - V(held) claims the recovery. With the action plugin it is renewed until the run ends, and removed then.
      - V(released) removes a claim of this run, or of one on this controller that is gone.
    type: str
    choices: [held, released]
    default: held
  take_over:
    description: Take the recovery over from a run that is at work.
    type: bool
    default: false
  renewal:
    description: Seconds between two renewals, from 1 to 3600.
    type: int
    default: 10
  user:
    description: Who started the run, for other people. By default the user of the controller.
    type: str
  job:
    description: Number of the job that the run is, for other people.
    type: str
extends_documentation_fragment:
  - dialtone.exchange._attributes
  - dialtone.exchange._connection
attributes:
  check_mode:
    support: full
    details:
      - Looks who is at work, and claims nothing.
  diff_mode:
    support: N/A
    details:
      - A claim is gone when the run has ended.
  idempotent:
    support: full
    details:
      - Never reports a change, since a claim is gone when the run has ended.
notes:
  - A module that runs alone, or with C(ansible_exchange_session_process=false), has nobody who renews its claim.
seealso:
  - module: dialtone.exchange.recovery_info
author:
  - The dialtone.exchange developers (@dialtone-exchange)
"""

EXAMPLES = r"""
- name: Let no other run work on DB01
  dialtone.exchange.recovery_claim:
    failed_database: DB01
    recovery_root: D:\DialTone

- name: Go on with DB01, whoever works on it
  dialtone.exchange.recovery_claim:
    failed_database: DB01
    recovery_root: D:\DialTone
    take_over: true
"""

RETURN = r"""
name:
  description: Name of the folder that is the claim; null in check mode, or when it was released.
  returned: success
  type: str
  sample: root at awx1, job 42, since 20261122-173000, process 5d41402a-812-96123, every 10 s, 0
waited:
  description: Whether the recovery was not free at once, so that what was seen before may be out of date.
  returned: success
  type: bool
  sample: false
other:
  description: The run that the recovery was taken over from; in check mode the one that is, or was, at work. Else null.
  returned: success
  type: dict
  contains:
    user:
      description: Who started it.
      returned: success
      type: str
    controller:
      description: Where it runs.
      returned: success
      type: str
    job:
      description: Number of the job, null without one.
      returned: success
      type: str
    since:
      description: When it began, in UTC by its controller's clock.
      returned: success
      type: str
    text:
      description: All that in words.
      returned: success
      type: str
      sample: root at awx1, job 42, since 2026-11-22 17:30:00 UTC
"""

from ansible_collections.dialtone.exchange.plugins.module_utils._module import run_module
from ansible_collections.dialtone.exchange.plugins.module_utils._operations import recovery_claim


def main() -> None:
    """Run alone, without the action plugin."""
    run_module(recovery_claim.ARGUMENT_SPEC, recovery_claim.run)


if __name__ == "__main__":
    main()
