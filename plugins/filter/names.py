# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: names
short_description: A list of names, however it was given
version_added: 1.0.0
description:
  - Surveys and the command line can give a text only. This makes a list of it; names are separated by commas or line breaks.
  - A list stays as it is, since a name in it may contain a comma.
options:
  _input:
    description: A text, or a list of names.
    type: raw
    required: true
author:
  - The dialtone.exchange developers (@dialtone-exchange)
"""

EXAMPLES = r"""
- name: Show the databases that a survey named
  ansible.builtin.debug:
    msg: "{{ 'DB01, DB02' | dialtone.exchange.names }}"
"""

RETURN = r"""
_value:
  description: The names, without blanks around them if they were a text.
  type: list
  elements: str
"""

import re
import typing as t

from ansible.errors import AnsibleFilterError


def names(value: t.Any) -> list[t.Any]:
    """Names as a list; see DOCUMENTATION. Raises AnsibleFilterError for what is neither text nor list."""
    if value is None:
        return []
    if isinstance(value, str):
        return [name.strip() for name in re.split(r"[,\r\n]", value) if name.strip()]
    if isinstance(value, (list, tuple)):
        return list(value)
    raise AnsibleFilterError(
        f"names: {value!r} is neither a text nor a list. Give names separated by commas, or a list."
    )


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """The filter of this file."""
        return {"names": names}
