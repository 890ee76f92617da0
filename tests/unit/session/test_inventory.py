# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory made for winrm or psrp means to the link plugin."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.plugins.connection import psrp as psrp_plugin
from ansible.plugins.connection import winrm as winrm_plugin
from ansible_collections.dialtone.exchange.plugins.connection import link
from ansible_collections.dialtone.exchange.plugins.module_utils._errors import InputError
from ansible_collections.dialtone.exchange.plugins.module_utils._transport._options import (
    ConnectionOptions,
)
from ansible_collections.dialtone.exchange.plugins.plugin_utils._inventory import inherit

ROOT = Path(__file__).resolve().parents[3]
OPTIONS = yaml.safe_load(link.DOCUMENTATION)["options"]
KNOWN = {v["name"] for option in OPTIONS.values() for v in option.get("vars", ())}


def reached(**variables: Any) -> ConnectionOptions:
    """The connection by an inventory's variables, as the plugin's documentation maps them."""
    given = {"inventory_hostname": "mbx1.contoso.com", **variables}
    assert set(given) <= KNOWN, set(given) - KNOWN
    values: dict[str, Any] = {}
    for name, option in OPTIONS.items():
        values[name] = option.get("default")
        for variable in option.get("vars", ()):  # the last one that is set counts, as in Ansible
            values[name] = given.get(variable["name"], values[name])
    return ConnectionOptions.from_dict(inherit(values))


def winrm(**variables: Any) -> ConnectionOptions:
    return reached(ansible_connection="winrm", **variables)


def psrp(**variables: Any) -> ConnectionOptions:
    return reached(ansible_connection="ansible.builtin.psrp", **variables)


@pytest.mark.parametrize(
    ("inventory", "scheme", "port"),
    [
        (reached(), "http", None),
        (reached(ansible_port=22, ansible_connection="ssh"), "http", None),
        (winrm(), "https", None),
        (psrp(), "https", None),
        (winrm(ansible_port=5985), "http", 5985),
        (winrm(ansible_port=5986), "https", 5986),
        (psrp(ansible_psrp_port=15986), "https", 15986),
        (winrm(ansible_winrm_port=15985, ansible_winrm_scheme="http"), "http", 15985),
        (psrp(ansible_psrp_protocol="http"), "http", None),
        (winrm(ansible_port=5986, ansible_exchange_winrm_port=5985), "http", 5985),
        (winrm(ansible_port=5985, ansible_exchange_winrm_scheme="https"), "https", 5985),
    ],
)
def test_scheme_and_port_of_winrm(
    inventory: ConnectionOptions, scheme: str, port: int | None
) -> None:
    """As these connections choose them; the Exchange endpoint keeps its own."""
    assert (inventory.program_scheme, inventory.winrm_port) == (scheme, port)
    assert (inventory.scheme, inventory.port, inventory.path) == ("http", None, "PowerShell")


@pytest.mark.parametrize(
    ("inventory", "auth"),
    [
        (winrm(), "kerberos"),
        (winrm(ansible_winrm_transport=["kerberos"]), "kerberos"),
        (winrm(ansible_winrm_transport=["pigeon", "ntlm", "basic"]), "ntlm"),
        (winrm(ansible_winrm_transport=["ssl"]), "basic"),
        (winrm(ansible_winrm_transport=["credssp"]), "negotiate"),
        (winrm(ansible_winrm_transport=["certificate"]), "certificate"),
        (psrp(ansible_psrp_auth=["negotiate"]), "negotiate"),
        (psrp(ansible_psrp_auth=["ntlm"], ansible_exchange_winrm_auth="kerberos"), "kerberos"),
        (psrp(ansible_exchange_auth="negotiate"), "negotiate"),
    ],
)
def test_authentication_of_winrm(inventory: ConnectionOptions, auth: str) -> None:
    assert inventory.program_auth == auth


def test_the_exchange_endpoint_asks_for_kerberos_whatever_winrm_takes() -> None:
    assert winrm(ansible_winrm_transport=["ntlm"]).auth == "kerberos"
    assert psrp(ansible_psrp_message_encryption="never").message_encryption == "auto"
    assert psrp(ansible_psrp_message_encryption="never").program_message_encryption == "never"
    assert psrp(ansible_exchange_message_encryption="always").program_message_encryption == "always"


def test_what_belongs_to_account_and_server_holds_for_both() -> None:
    by_winrm = winrm(
        ansible_winrm_user="admin@CONTOSO.COM",
        ansible_winrm_password="s3cret",
        ansible_winrm_host="10.0.0.4",
        ansible_winrm_kerberos_hostname_override="mbx1.contoso.com",
        ansible_winrm_ca_trust_path="/ca.pem",
        ansible_winrm_server_cert_validation="ignore",
        ansible_winrm_cert_pem="/c.pem",
        ansible_winrm_cert_key_pem="/k.pem",
        ansible_winrm_path="/wsman",
    )
    by_psrp = psrp(
        ansible_psrp_user="admin@CONTOSO.COM",
        ansible_password="s3cret",
        ansible_psrp_host="10.0.0.4",
        ansible_psrp_negotiate_hostname_override="mbx1.contoso.com",
        ansible_psrp_ca_cert="/ca.pem",
        ansible_psrp_cert_validation="ignore",
        ansible_psrp_certificate_pem="/c.pem",
        ansible_psrp_certificate_key_pem="/k.pem",
        ansible_psrp_path="wsman",
    )
    assert by_winrm == by_psrp
    assert by_psrp == ConnectionOptions(
        host="10.0.0.4", server="mbx1.contoso.com", user="admin@CONTOSO.COM", password="s3cret",
        kerberos_hostname="mbx1.contoso.com", ca_cert="/ca.pem", validate_certs=False,
        client_cert="/c.pem", client_key="/k.pem", winrm_scheme="https",
    )  # fmt: skip


def test_our_own_variables_win() -> None:
    found = psrp(
        ansible_psrp_cert_validation="ignore",
        ansible_exchange_validate_certs=True,
        ansible_user="a",
        ansible_psrp_user="b",
        ansible_exchange_user="c",
    )
    assert (found.validate_certs, found.user) == (True, "c")


def test_certificates_are_verified_unless_the_inventory_says_otherwise() -> None:
    assert winrm().validate_certs is True
    assert winrm(ansible_winrm_server_cert_validation="validate").validate_certs is True
    assert winrm(ansible_winrm_ca_trust_path="/play/legacy_requests").ca_cert is None


def test_basic_over_http_is_refused_wherever_it_comes_from() -> None:
    account = {"ansible_user": "a", "ansible_password": "s3cret", "ansible_port": 5985}
    with pytest.raises(InputError, match="clear text") as caught:
        winrm(**account, ansible_winrm_transport=["plaintext"]).check()
    assert "ansible_exchange_winrm_auth to kerberos" in str(caught.value.remedy)
    winrm(**{**account, "ansible_port": 5986}, ansible_winrm_transport=["basic"]).check()


NOT_TAKEN = "Options of winrm and psrp that are not taken over"
SINCE_2_21 = {"ansible_psrp_certificate_key_password", "ansible_psrp_no_profile"}


def not_taken_over() -> set[str]:
    """What the page names in its table of options that are not taken over; each with a reason."""
    text = (ROOT / "docs" / "authentication.md").read_text("utf-8")
    section = re.split(r"^#+ ", text.partition(f"# {NOT_TAKEN}\n")[2], flags=re.MULTILINE)[0]
    rows = [row.strip("| ").split(" | ") for row in section.splitlines() if row.startswith("| `")]
    assert all(len(row) == 2 and len(row[1]) > 10 for row in rows), rows
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row[0])}


def said(plugin: Any) -> dict[str, dict[str, Any]]:
    """The documented options of a connection plugin."""
    return dict(yaml.safe_load(plugin.DOCUMENTATION)["options"])


def names(options: dict[str, dict[str, Any]]) -> set[str]:
    """By what an inventory or a play gives them: variables and keywords."""
    return {
        given["name"]
        for option in options.values()
        for kind in ("vars", "keyword")
        for given in option.get(kind, ())
    }


def unknown(options: dict[str, dict[str, Any]]) -> set[str]:
    """Those that are neither mapped nor on the page."""
    return names(options) - names(OPTIONS) - not_taken_over()


@pytest.mark.parametrize("plugin", [winrm_plugin, psrp_plugin])
def test_each_option_of_winrm_and_psrp_is_mapped_or_on_the_page(plugin: Any) -> None:
    assert len(said(plugin)) > 10
    assert not unknown(said(plugin))


def test_an_option_that_nobody_thought_of_is_found() -> None:
    assert unknown({"pigeon": {"vars": [{"name": "ansible_psrp_pigeon"}]}}) == {
        "ansible_psrp_pigeon"
    }


def test_the_page_names_nothing_that_is_mapped_or_does_not_exist() -> None:
    theirs = names(said(winrm_plugin)) | names(said(psrp_plugin))
    assert not_taken_over() <= (theirs | SINCE_2_21) - names(OPTIONS)
