# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m exchange_lab`: run a lab until it is told to stop (SIGTERM, SIGINT)."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from exchange_lab.control import ControlError, check_unused
from exchange_lab.faults import FaultError, wanted
from exchange_lab.lab import Lab
from exchange_lab.topology import TopologyError


def main(arguments: list[str] | None = None) -> int:
    """Read the command line, run, and stop in good order; 2 when the topology or a fault is wrong, or the folder in use."""
    parser = argparse.ArgumentParser(prog="python -m exchange_lab", description=__doc__)
    parser.add_argument("--topology", default="contoso", help="name of a shipped one, or a YAML file")
    parser.add_argument("--folder", type=Path, required=True, help="gets the servers' files")
    parser.add_argument("--speed", type=float, default=60.0, help="simulated seconds per second")
    parser.add_argument("--seed", type=int, default=1, help="of names, latencies and mail flow")
    parser.add_argument("--write-inventory", type=Path, metavar="FILE", help="an Ansible inventory")
    parser.add_argument("--control-file", type=Path, metavar="FILE", help="address and token, JSON")
    parser.add_argument("--scheme", choices=("http", "https"), default="http", help="of the inventory")
    parser.add_argument("--auth", default="negotiate", help="of the inventory")
    parser.add_argument(
        "--fault", action="append", default=[], type=_wanted, metavar="NAME[,OPTION=VALUE]...[@CALL]",
        help="let this fail, at once or as soon as a cmdlet or program was called; may be given several times",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_unused: stopping.set())
    try:
        if options.control_file:
            check_unused(options.control_file)
        lab = Lab(options.topology, options.folder, speed=options.speed, seed=options.seed)
    except (TopologyError, ControlError) as error:
        print(error, file=sys.stderr)
        return 2
    with lab:
        if options.write_inventory:
            lab.write_inventory(options.write_inventory, scheme=options.scheme, auth=options.auth)
        for name, ports in lab.endpoints.items():
            print(f"{name}: http {ports['http']}, https {ports['https']}", flush=True)
        print(f"control: {lab.control_url}", flush=True)
        try:
            for fault in options.fault:
                wanted.arrange(lab.organisation.faults, fault)
        except (FaultError, LookupError) as error:
            print(error, file=sys.stderr)
            return 2
        if options.control_file:
            lab.write_control_file(options.control_file)
        stopping.wait()
    return 0


def _wanted(text: str) -> wanted.Wanted:
    try:
        return wanted.parse(text)
    except FaultError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


if __name__ == "__main__":
    sys.exit(main())
