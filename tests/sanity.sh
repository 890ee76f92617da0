#!/usr/bin/env bash
# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ansible-test works only below a folder called ansible_collections/NAMESPACE/NAME: give it a copy there.
set -euo pipefail
cd "$(dirname "$0")/.."
tree=.cache/sanity/ansible_collections/dialtone/exchange
rm -rf "$tree"
mkdir -p "$tree"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
  [ -e "$file" ] && printf '%s\0' "$file"
done | tar --null -T - -cf - | tar -xf - -C "$tree"
version=$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
cd "$tree"
# the build machine's PYTHONPATH is the lab's, not the collection's
env -u PYTHONPATH -u ANSIBLE_COLLECTIONS_PATH -u ANSIBLE_HOME ansible-test sanity --python "$version" --color no "$@"
