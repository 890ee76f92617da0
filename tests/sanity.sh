#!/usr/bin/env bash
# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# ansible-test works only below a folder called ansible_collections/NAMESPACE/NAME, and asks git what belongs to it:
# give it a copy of its own, outside of any work tree.
set -euo pipefail
cd "$(dirname "$0")/.."
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
target=$tree/ansible_collections/dialtone/exchange
mkdir -p "$target"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
  if [ -e "$file" ]; then printf '%s\0' "$file"; fi
done | tar --null -T - -cf - | tar -xf - -C "$target"
version=$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
cd "$target"
# this machine's PYTHONPATH is the lab's, not the collection's
env -u PYTHONPATH -u ANSIBLE_COLLECTIONS_PATH -u ANSIBLE_HOME \
  ansible-test sanity --python "$version" --color no "$@" 2>&1 | tee "$tree/log"
if grep -q 'All targets skipped' "$tree/log"; then
  echo 'ansible-test found nothing to check' >&2
  exit 1
fi
