# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Windows answers when a file operation does not work."""

from __future__ import annotations

FILE_NOT_FOUND = 2
PATH_NOT_FOUND = 3
ACCESS_DENIED = 5
NOT_SAME_DEVICE = 17
SHARING_VIOLATION = 32
BAD_NET_PATH = 53
BAD_NET_NAME = 67
FILE_EXISTS = 80
DISK_FULL = 112
INVALID_NAME = 123
DIR_NOT_EMPTY = 145
BAD_PATHNAME = 161
ALREADY_EXISTS = 183
NAME_TOO_LONG = 206
INVALID_DIRECTORY = 267
NO_SUCH_DEVICE = 433

TEXTS = {
    FILE_NOT_FOUND: "The system cannot find the file specified.",
    PATH_NOT_FOUND: "The system cannot find the path specified.",
    ACCESS_DENIED: "Access is denied.",
    NOT_SAME_DEVICE: "The system cannot move the file to a different disk drive.",
    SHARING_VIOLATION: (
        "The process cannot access the file because it is being used by another process."
    ),
    BAD_NET_PATH: "The network path was not found.",
    BAD_NET_NAME: "The network name cannot be found.",
    FILE_EXISTS: "The file exists.",
    DISK_FULL: "There is not enough space on the disk.",
    INVALID_NAME: "The filename, directory name, or volume label syntax is incorrect.",
    DIR_NOT_EMPTY: "The directory is not empty.",
    BAD_PATHNAME: "The specified path is invalid.",
    ALREADY_EXISTS: "Cannot create a file when that file already exists.",
    NAME_TOO_LONG: "The filename or extension is too long.",
    INVALID_DIRECTORY: "The directory name is invalid.",
    NO_SUCH_DEVICE: "A device which does not exist was specified.",
}


class FileError(Exception):
    """A refused file operation: *code* is the Win32 error, *path* the Windows path."""

    def __init__(self, code: int, path: str) -> None:
        self.code = code
        self.path = path
        self.text = TEXTS.get(code, f"Unknown error {code}.")
        super().__init__(f"error {code} (0x{code:08X}) {path}: {self.text}")
