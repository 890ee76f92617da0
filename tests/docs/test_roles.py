# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each role's README says what the role says; tests/playbooks/test_role_examples.py plays the examples."""

from __future__ import annotations

import pytest
from role_pages import ROLES, modules, needs, page, path, playbooks, sources

# Jinja takes a regular expression in a default for a string with a wrong escape
pytestmark = pytest.mark.filterwarnings("ignore:invalid escape sequence")


@pytest.mark.parametrize("role", ROLES)
def test_the_page_is_current(role: str) -> None:
    assert path(role).read_text("utf-8") == page(role), "run python tests/docs/write_roles.py"


@pytest.mark.parametrize("role", ROLES)
def test_a_role_has_modules_and_playbooks(role: str) -> None:
    assert modules(role)
    assert playbooks(role)


def test_what_a_default_is_made_of() -> None:
    assert sources("{{ a }}") == {"a": True}
    assert sources("{{ a | default(b.c, true) | default('') }}") == {"a": False, "b.c": True}
    assert sources("{{ a.b.c | default('x') | replace('/', d) }}") == {"a.b.c": False, "d": True}
    assert (
        sources("{{ lookup('ansible.builtin.env', 'X') }}") == sources("plain") == sources(3) == {}
    )


def test_what_a_play_must_give() -> None:
    assert needs("preflight") == ["dialtone_failed_database", "dialtone_server"]
    assert "clients_from_server" in needs("clients")
