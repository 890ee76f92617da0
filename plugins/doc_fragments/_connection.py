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
      - Connection for this task alone, instead of the variables C(ansible_exchange_*) of the inventory, which is the usual
        place. P(dialtone.exchange.link#connection) has their defaults.
      - With O(exchange.host), the module itself runs on the host of the task, such as a Linux jump host named with
        C(delegate_to), and connects from there, with sessions of its own that end with the task. Nothing of the inventory's
        connection to Exchange is used then. Without it the controller connects to the host of the task.
      - In a module that runs on a jump host, paths of evidence such as a ledger, and of certificates and keys, are paths there.
    type: dict
    suboptions:
      host:
        description:
          - Where to connect to.
          - A module that runs without Ansible's controller takes it from the environment variable E(EXCHANGE_HOST) if it is
            not set.
        type: str
      server:
        description: The server's name as Exchange knows it, if O(exchange.host) is an address.
        type: str
      user:
        description:
          - Account for cmdlets and programs.
          - If not set, a module on a jump host takes it from the environment variable E(EXCHANGE_USER).
        type: str
      password:
        description:
          - The account's password.
          - If not set, a module on a jump host takes it from the environment variable E(EXCHANGE_PASSWORD). The keyword
            C(environment) of a task would show it in the process list of the jump host; this option does not.
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
      path:
        description: Path of the Exchange endpoint.
        type: str
      validate_certs:
        description: Verify the server's certificate.
        type: bool
      ca_cert:
        description: CA certificates to verify the server's certificate with.
        type: path
      client_cert:
        description: File with the client's certificate (PEM) for O(exchange.auth=certificate).
        type: path
      client_key:
        description: File with the key of O(exchange.client_cert).
        type: path
      message_encryption:
        description: Whether messages are encrypted below TLS; V(auto) does so over http.
        type: str
        choices: [auto, always, never]
      allow_basic_over_http:
        description: Send the password in clear text. For test set-ups on one machine only.
        type: bool
      kerberos_hostname:
        description: The host name in the server's service principal, if it is not O(exchange.host).
        type: str
      winrm_scheme:
        description: Scheme of WinRM.
        type: str
        choices: [http, https]
      winrm_port:
        description: Port of WinRM.
        type: int
      winrm_path:
        description: Path of WinRM.
        type: str
      winrm_auth:
        description: Authentication for WinRM, if it is not O(exchange.auth).
        type: str
        choices: [kerberos, negotiate, ntlm, basic, certificate]
      winrm_message_encryption:
        description: Whether messages to WinRM are encrypted below TLS, if it is not O(exchange.message_encryption).
        type: str
        choices: [auto, always, never]
      domain_controller:
        description: FQDN of the domain controller to read from and write to.
        type: str
      sessions:
        description: How many sessions the task may hold at the same time.
        type: int
      connect_timeout:
        description: Seconds to wait for a TCP connection.
        type: int
      read_timeout:
        description: Seconds to wait for the answer to a single request; longer than O(exchange.operation_timeout).
        type: int
      operation_timeout:
        description: Seconds that the server may keep a single request before it answers.
        type: int
      journal:
        description: File to which a JSON line is appended for every call, on the host where the module runs.
        type: path
requirements:
  - Python >= 3.10
  - pypsrp >= 0.8.1 (with its extra C(kerberos) for Kerberos), on the controller, or on the jump host if the module runs there
seealso:
  - plugin: dialtone.exchange.link
    plugin_type: connection
    description: The variables that say how to reach Exchange.
notes:
  - The module works on the controller, and needs no Python on the Exchange server. The connection of the inventory is not
    touched.
  - On a jump host, by O(exchange.host), there are no live lines; the result has them in C(progress). Each task opens
    sessions of its own, which takes seconds. It goes there without temporary files, unless the connection to the jump host
    can't do without, as with C(su).
"""
