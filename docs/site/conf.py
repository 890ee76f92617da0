# SPDX-FileCopyrightText: 2026 The dialtone.exchange developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documentation site's settings; build.py gives Sphinx its source."""

from docutils import nodes

project = "dialtone.exchange"
copyright = "The dialtone.exchange developers"  # noqa: A001 - Sphinx's name
title = html_title = html_short_title = "Dial tone recovery of Exchange"

extensions = ["myst_parser", "sphinx_antsibull_ext"]
myst_heading_anchors = 3
highlight_language = "text"
pygments_style = "ansible"
default_role = "any"
nitpicky = True

html_theme = "sphinx_ansible_theme"
html_theme_options = {
    "topbar_links": {},
    "documentation_home_url": "index.html",
    "vcs_pageview_mode": "",
}
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_show_sourcelink = False
html_copy_source = False
html_use_index = False

# Labels of Ansible's own documentation; its inventory of labels would have to be fetched.
_ANSIBLE = "https://docs.ansible.com/ansible/latest/"
_LABELS = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}
_BUILTIN = "ansible_collections.ansible.builtin."


def _link_to_ansible(app, env, node, contnode):  # type: ignore[no-untyped-def]
    label = node.get("reftarget", "")
    page = _LABELS.get(label)
    if label.startswith(_BUILTIN):
        page = f"collections/ansible/builtin/{label.removeprefix(_BUILTIN)}.html"
    if page is None:
        return None
    return nodes.reference("", "", contnode, refuri=_ANSIBLE + page, internal=False)


def setup(app):  # type: ignore[no-untyped-def]
    """Sphinx calls this."""
    app.connect("missing-reference", _link_to_ansible)
