# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """How a module reaches Exchange."""

    DOCUMENTATION = r"""
options:
  exchange:
    description:
      - Connection for this task alone, instead of the variables C(ansible_exchange_*).
      - The inventory is the usual place; see P(dialtone.exchange.link#connection) for the variables and their defaults.
        This option is for a module that runs alone, without Ansible's controller.
    type: dict
    suboptions:
      host:
        description: Where to connect to.
        type: str
      server:
        description: The server's name as Exchange knows it, if O(exchange.host) is an address.
        type: str
      user:
        description: Account for cmdlets and programs.
        type: str
      password:
        description: The account's password.
        type: str
      auth:
        description: Authentication.
        type: str
        choices: [kerberos, negotiate, ntlm, basic, certificate]
      scheme:
        description: Scheme of the Exchange endpoint.
        type: str
        choices: [http, https]
      port:
        description: Port of the Exchange endpoint.
        type: int
      winrm_scheme:
        description: Scheme of WinRM.
        type: str
        choices: [http, https]
      winrm_port:
        description: Port of WinRM.
        type: int
      validate_certs:
        description: Verify the server's certificate.
        type: bool
      ca_cert:
        description: CA certificates to verify the server's certificate with.
        type: path
      domain_controller:
        description: FQDN of the domain controller to read from and write to.
        type: str
requirements:
  - Python >= 3.10
  - pypsrp >= 0.8.1 (with its extra C(kerberos) for Kerberos)
seealso:
  - plugin: dialtone.exchange.link
    plugin_type: connection
    description: The variables that say how to reach Exchange.
notes:
  - The module works on the controller, and needs no Python on the Exchange server. The connection of the inventory is not
    touched.
"""
