# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: link
short_description: How the modules of this collection reach Exchange
version_added: 1.0.0
author:
  - The dialtone.exchange developers (@dialtone-exchange)
description:
  - Documents the variables that say how the modules of this collection reach an Exchange server, and gives them their
    defaults. The modules use it by themselves, whatever P(ansible.builtin.winrm#connection) or other connection the
    inventory names, so an inventory needs no change.
  - Do not set C(ansible_connection) to this plugin. It runs no other modules.
  - Variables of the connections winrm and psrp are taken as defaults where they mean the same. What belongs to the account or
    the server (user, password, service principal, certificates) holds for both endpoints then; what belongs to a port (scheme,
    authentication, message encryption) for WinRM alone.
  - Two endpoints of the server are used. Cmdlets go to the Exchange endpoint (C(/PowerShell)), programs such as
    C(eseutil) and C(robocopy) go to WinRM. The account needs the Exchange roles, and must be a local administrator of the
    server.
  - The first task that needs a session starts a session process on the controller. It keeps the sessions for the tasks
    that follow, and ends with the run.
requirements:
  - Python >= 3.10
  - pypsrp >= 0.8.1 (with its extra C(kerberos) for Kerberos)
options:
  host:
    description: Where to connect to.
    type: str
    default: inventory_hostname
    vars:
      - name: inventory_hostname
      - name: ansible_host
      - name: ansible_winrm_host
      - name: ansible_psrp_host
      - name: ansible_exchange_host
  server:
    description:
      - The server's name as Exchange knows it.
      - Without it, O(host) is that name, unless it is an address. Then the inventory's name of the host is taken.
    type: str
    vars:
      - name: ansible_exchange_server
  scheme:
    description:
      - Scheme of the Exchange endpoint. Kerberos and NTLM encrypt the messages themselves, therefore V(http) is as good.
    type: str
    default: http
    choices: [http, https]
    vars:
      - name: ansible_exchange_scheme
  port:
    description:
      - Port of the Exchange endpoint; 80 or 443 by O(scheme) if not set.
      - C(ansible_port) is not used for it, since that is the port of WinRM.
    type: int
    vars:
      - name: ansible_exchange_port
  path:
    description: Path of the Exchange endpoint.
    type: str
    default: PowerShell
    vars:
      - name: ansible_exchange_path
  user:
    description:
      - Account for both endpoints. With Kerberos and without an account, the ticket cache of the controller is used.
    type: str
    vars:
      - name: ansible_user
      - name: ansible_winrm_user
      - name: ansible_psrp_user
      - name: ansible_exchange_user
    keyword:
      - name: remote_user
  password:
    description: The account's password. Kerberos can do without, by a ticket in the cache.
    type: str
    vars:
      - name: ansible_password
      - name: ansible_winrm_pass
      - name: ansible_winrm_password
      - name: ansible_exchange_password
  auth:
    description:
      - Authentication for the Exchange endpoint. A default Exchange server accepts V(kerberos) only.
      - V(basic) is refused over http.
    type: str
    default: kerberos
    choices: [kerberos, negotiate, ntlm, basic, certificate]
    vars:
      - name: ansible_exchange_auth
  allow_basic_over_http:
    description: Send the password in clear text. For test set-ups on one machine only.
    type: bool
    default: false
    vars:
      - name: ansible_exchange_allow_basic_over_http
  kerberos_hostname:
    description: The host name in the server's service principal C(HTTP/name), if it is not O(host).
    type: str
    vars:
      - name: ansible_winrm_kerberos_hostname_override
      - name: ansible_psrp_negotiate_hostname_override
      - name: ansible_exchange_kerberos_hostname
  message_encryption:
    description: Whether messages are encrypted below TLS; V(auto) does so over http.
    type: str
    default: auto
    choices: [auto, always, never]
    vars:
      - name: ansible_exchange_message_encryption
  validate_certs:
    description:
      - Verify the server's certificate.
      - V(true), unless it is said here or in O(inventory_validation).
    type: bool
    vars:
      - name: ansible_exchange_validate_certs
  ca_cert:
    description: File or folder of CA certificates to verify the server's certificate with.
    type: path
    vars:
      - name: ansible_winrm_ca_trust_path
      - name: ansible_psrp_cert_trust_path
      - name: ansible_psrp_ca_cert
      - name: ansible_exchange_ca_cert
  client_cert:
    description: File with the client's certificate (PEM) for O(auth=certificate).
    type: path
    vars:
      - name: ansible_winrm_cert_pem
      - name: ansible_psrp_certificate_pem
      - name: ansible_exchange_client_cert
  client_key:
    description: File with the client's key (PEM) for O(auth=certificate).
    type: path
    vars:
      - name: ansible_winrm_cert_key_pem
      - name: ansible_psrp_certificate_key_pem
      - name: ansible_exchange_client_key
  winrm_scheme:
    description:
      - Scheme of WinRM.
      - If not set, and the inventory's connection is winrm or psrp, V(https) unless the port is 5985, as these connections
        have it. Otherwise V(https) for the ports 5986 and 443, and V(http) for others.
    type: str
    choices: [http, https]
    vars:
      - name: ansible_winrm_scheme
      - name: ansible_psrp_protocol
      - name: ansible_exchange_winrm_scheme
  winrm_port:
    description:
      - Port of WinRM. If not set, the port of the inventory's connection where that is winrm or psrp; otherwise 5985 or 5986
        by O(winrm_scheme).
    type: int
    vars:
      - name: ansible_exchange_winrm_port
  winrm_path:
    description: Path of WinRM.
    type: str
    default: wsman
    vars:
      - name: ansible_winrm_path
      - name: ansible_psrp_path
      - name: ansible_exchange_winrm_path
  winrm_auth:
    description:
      - Authentication for WinRM, as for O(auth).
      - If not set, that of the inventory's connection (O(inventory_auth)), or else O(auth).
    type: str
    choices: [kerberos, negotiate, ntlm, basic, certificate]
    vars:
      - name: ansible_exchange_winrm_auth
  winrm_message_encryption:
    description: Whether messages to WinRM are encrypted below TLS, as for O(message_encryption), which it is if not set.
    type: str
    choices: [auto, always, never]
    vars:
      - name: ansible_winrm_message_encryption
      - name: ansible_psrp_message_encryption
      - name: ansible_exchange_winrm_message_encryption
  domain_controller:
    description:
      - FQDN of the domain controller that is read from and written to.
      - If not set, the one that the Exchange server uses itself, asked once for each session process.
    type: str
    vars:
      - name: ansible_exchange_domain_controller
  sessions:
    description: How many sessions a run may hold with one server at the same time.
    type: int
    default: 2
    vars:
      - name: ansible_exchange_sessions
  max_sessions:
    description:
      - How many sessions the account may hold, counted over all servers and all runs of this user on this controller.
      - Exchange allows 18 for a user if its throttling policy does not say otherwise. Runs that find no free one wait.
    type: int
    default: 15
    vars:
      - name: ansible_exchange_max_sessions
  connect_timeout:
    description: Seconds to wait for a TCP connection.
    type: int
    default: 30
    vars:
      - name: ansible_exchange_connect_timeout
  operation_timeout:
    description: Seconds that the server may keep a single request before it answers.
    type: int
    default: 20
    vars:
      - name: ansible_exchange_operation_timeout
  read_timeout:
    description: Seconds to wait for the answer to a single request; longer than O(operation_timeout).
    type: int
    default: 120
    vars:
      - name: ansible_exchange_read_timeout
  idle_timeout:
    description: Seconds without a task after which the session process ends.
    type: int
    default: 600
    vars:
      - name: ansible_exchange_idle_timeout
  session_process:
    description:
      - Keep the sessions in a process of their own for the whole run.
      - If V(false), each task opens its own sessions, which takes seconds. For controllers that forbid sockets or processes.
    type: bool
    default: true
    vars:
      - name: ansible_exchange_session_process
  progress_interval:
    description: Seconds between two live lines of a long task; V(0) for none, which suits callbacks that write JSON.
    type: int
    default: 10
    vars:
      - name: ansible_exchange_progress_interval
  journal:
    description:
      - File to which a JSON line is appended for every call, with time, host, command, parameters without secrets, duration
        and outcome.
    type: path
    vars:
      - name: ansible_exchange_journal
  inventory_name:
    description: Internal. The inventory's name of the host.
    type: str
    vars:
      - name: inventory_hostname
  inventory_port:
    description: Internal. Port of the inventory's connection, for O(winrm_port).
    type: int
    vars:
      - name: ansible_port
      - name: ansible_winrm_port
      - name: ansible_psrp_port
  inventory_connection:
    description: Internal. The inventory's connection, for O(winrm_port) and O(winrm_scheme).
    type: str
    vars:
      - name: ansible_connection
  inventory_auth:
    description:
      - Internal. Authentication of the inventory's connection, for O(winrm_auth); the first one that is known, of a list.
      - V(plaintext) and V(ssl) are V(basic). For V(credssp), whose second hop is not needed, it is V(negotiate).
    type: list
    elements: str
    vars:
      - name: ansible_winrm_transport
      - name: ansible_psrp_auth
  inventory_validation:
    description: Internal. Whether the inventory's connection verifies certificates, for O(validate_certs).
    type: str
    choices: [validate, ignore]
    vars:
      - name: ansible_winrm_server_cert_validation
      - name: ansible_psrp_cert_validation
"""

import typing as t

from ansible.errors import AnsibleError
from ansible.plugins.connection import ConnectionBase
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)
from ansible_collections.dialtone.exchange.plugins.plugin_utils._inventory import inherit


class Connection(ConnectionBase):
    """Carries the options; the action plugins make the transport of them."""

    transport = "dialtone.exchange.link"
    has_pipelining = False

    def connection_options(self) -> ConnectionOptions:
        """The options as the transport takes them. set_options() comes first."""
        return ConnectionOptions.from_dict(inherit(self.options()))

    def options(self) -> dict[str, t.Any]:
        """All options by name, text as plain str."""
        names = self._options if self._options else {}
        values = {name: self.get_option(name) for name in names}
        return {k: str(v) if isinstance(v, str) else v for k, v in values.items()}

    def _connect(self) -> Connection:
        raise AnsibleError(
            "dialtone.exchange.link documents the variables of the collection dialtone.exchange. It"
            " runs no modules. Leave ansible_connection as it was."
        )

    def exec_command(self, cmd: str, in_data: t.Any = None, sudoable: bool = True) -> t.NoReturn:
        raise AnsibleError("dialtone.exchange.link runs no commands")

    def put_file(self, in_path: str, out_path: str) -> t.NoReturn:
        raise AnsibleError("dialtone.exchange.link copies no files")

    def fetch_file(self, in_path: str, out_path: str) -> t.NoReturn:
        raise AnsibleError("dialtone.exchange.link copies no files")

    def close(self) -> None:
        self._connected = False
