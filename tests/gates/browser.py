# SPDX-FileCopyrightText: 2026 The dialtone.exchange developers
# SPDX-License-Identifier: GPL-3.0-or-later
"""Look at every page of the site in Chromium, as narrow as a phone: python tests/gates/browser.py FOLDER

FOLDER: the site's html. A page that is empty, or that one has to move sideways to read, is an error; a table or a listing
may be moved in its own frame.
"""

from __future__ import annotations

import functools
import html
import http.server
import json
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

PHONE = 375  # pixels
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_LOOK = """<!DOCTYPE html><title>phone</title><pre id="found">nothing</pre>
<iframe id="phone" style="width: %(width)dpx; height: 700px; border: 0"></iframe>
<script>
const frame = document.getElementById("phone"), pages = %(pages)s, found = {};
const load = page => new Promise(done => { frame.onload = done; frame.src = page; });
const look = async () => {
  for (const page of pages) {
    await load(page);
    await new Promise(done => setTimeout(done, 50));  // the theme's own script comes after the load
    const root = frame.contentDocument.documentElement, main = frame.contentDocument.querySelector("[role=main]");
    found[page] = {
      width: Math.max(root.scrollWidth, main ? main.scrollWidth : 0),
      words: main ? main.innerText.split(/\\s+/).length : 0,
      unseen: [...root.querySelectorAll("img")].filter(image => !image.naturalWidth).map(image => image.src),
    };
  }
  document.getElementById("found").textContent = JSON.stringify(found);
};
look();
</script>
"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def look(site: Path) -> dict[str, dict[str, object]]:
    """What the browser sees, by page: its width, its number of words, and the images that are not there."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        sys.exit(f"No browser: none of {', '.join(_PROGRAMS)} is on the path.")
    pages = sorted(str(page.relative_to(site)) for page in site.rglob("*.html"))
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(site, folder, dirs_exist_ok=True)
        Path(folder, "phone.html").write_text(_LOOK % {"width": PHONE, "pages": json.dumps(pages)}, "utf-8")
        handler = functools.partial(_Quiet, directory=folder)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{server.server_port}/phone.html"
            seen = subprocess.run(
                [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                 f"--user-data-dir={folder}/.profile", "--virtual-time-budget=600000", "--dump-dom", url],
                capture_output=True, text=True, timeout=300, check=True,
            ).stdout  # fmt: skip
            server.shutdown()
    result = re.search(r'<pre id="found">(.*?)</pre>', seen, re.DOTALL)
    assert result, seen[:2000]
    return dict(json.loads(html.unescape(result[1])))


def main() -> int:
    """Print what is wrong with each page; 1 if anything is."""
    pages = look(Path(sys.argv[1]).resolve())
    wrong = [
        f"{page}: {seen}"
        for page, seen in pages.items()
        if int(str(seen["width"])) > PHONE or seen["words"] == 0 or seen["unseen"]
    ]
    print("\n".join(wrong))
    print(f"{len(pages)} pages looked at, {PHONE} pixels wide; {len(wrong)} are not readable")
    return 1 if wrong or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
