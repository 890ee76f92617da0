# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every text the cmdlets answer with.

The first part is worded as public sources show it (exchange.md sections 1.4, 6, 7.4, 8). The second part is
*unconfirmed*: no source gives the wording, so software must not match on it, and the switch `unconfirmed_texts` puts
other words in its place. Where the *answer* itself is unconfirmed, another switch has it: see `exchange_lab.switches`.
"""

from __future__ import annotations

import re
from typing import Any

_BEGIN, _WORDS, _END = "\ue000", "\ue001", "\ue002"
_MARKED = re.compile(f"{_BEGIN}([^{_BEGIN}{_END}]*){_WORDS}([^{_BEGIN}{_END}]*){_END}")


class Unconfirmed(str):
    """A text whose words no source gives. What format() makes is marked until worded() has seen it."""

    def format(self, *args: Any, **facts: Any) -> str:
        """As of str; the other wording keeps the facts alone."""
        other = _OTHER_WORDS + ", ".join(f"'{value}'" for value in facts.values() if value != "")
        return f"{_BEGIN}{str.format(self, *args, **facts)}{_WORDS}{other}{_END}"


_OTHER_WORDS = (
    "The task ended without success. It concerns: "  # no words that software might look for
)


def worded(text: str, reworded: bool) -> str:
    """The text as a client gets it: unmarked, its unconfirmed parts in other words if asked for."""
    if isinstance(text, Unconfirmed):
        text = text.format()
    while _MARKED.search(text):
        text = _MARKED.sub(lambda found: found[2 if reworded else 1], text)
    return text


# --- worded as public sources show it ---------------------------------------------------------------------------

OBJECT_NOT_FOUND = (
    "The operation couldn't be performed because object '{identity}' couldn't be found on '{dc}'."
)
DATABASE_NOT_FOUND = 'Couldn\'t find database "{identity}". Make sure you have typed it correctly.'
MORE_THAN_DEFAULT = (
    "By default, only the first {size} items are returned. Use the ResultSize parameter to specify the number of "
    'items returned. To return all items, specify "-ResultSize Unlimited". Be aware that, depending on the actual '
    "number of items, returning all items can take a long time and consume a large amount of memory."
)
MORE_THAN_ASKED = (
    "There are more results available than are currently displayed. To view them, increase the value for the "
    "ResultSize parameter."
)
NOTHING_MODIFIED = (
    "The command completed successfully but no settings of '{identity}' have been modified."
)
RESTART_STORE = (
    "Please restart the Microsoft Exchange Information Store service on server {server} after adding new mailbox "
    "databases."
)
RECOVERY_OVER_FILE = (
    "Recovery database '{name}' was created using existing file {path}. The database must be brought into a clean "
    "shutdown state before it can be mounted."
)
DATABASE_HAS_MAILBOXES = (
    "This mailbox database contains one or more mailboxes, mailbox plans, archive mailboxes, public folder mailboxes "
    "or arbitration mailboxes, Audit mailboxes. To get a list of all mailboxes in this database, run the command "
    "Get-Mailbox -Database <Database ID>. This mailbox database is '{name}'."
)
FILES_REMAIN = (
    "The specified database has been removed. You must remove the database file located in {path} from your computer "
    "manually if it exists. Specified database: {name}"
)
NEVER_LOGGED_ON = (
    "The user hasn't logged on to mailbox '{identity}' ('{guid}'), so there is no data to return. After the user "
    "logs on, this warning will no longer appear."
)
MOUNT_FAILED = (
    'Failed to mount database "{name}". Error: An Active Manager operation failed. Error: The database action '
    "failed. Error: Operation failed with message: {exception}: Unable to mount database. (hr={hr}, ec={ec})\n"
    "Diagnostic context:\n"
    "    Lid: 65256\n"
    "    Lid: 10722   StoreEc: {store_ec}\n"
    "    Lid: 1494    ---- Remote Context Beg ----\n"
    "    Lid: 45120   dwParam: 0x1D8AFE\n"
    "    Lid: 57728   dwParam: 0x1D8B6C\n"
    "{remote}"
    "    Lid: 1750    ---- Remote Context End ----\n"
    "    Lid: 1047    StoreEc: {store_ec} [Database: {name}, Server: {server}]"
)
ACTIVE_MANAGER_FAILED = (
    'Failed to mount database "{name}". Error: An Active Manager operation failed. Error: {reason} '
    "[Database: {name}, Server: {server}]"
)
NOT_SIMULATED = "The lab doesn't simulate {what}."  # the lab's own

# --- unconfirmed wording ------------------------------------------------------------------------------------------

DATABASE_LIMIT = Unconfirmed(
    "The number of databases on server '{server}' has reached the limit of {limit} for this edition of Exchange."
)
NAME_TAKEN = Unconfirmed(
    "Database '{name}' already exists on server '{server}'. Please use another name."
)
NAME_TOO_LONG = Unconfirmed(
    "The length of the property is too long. The maximum length is {limit} and the length of the value provided is {length}."
)
NAME_INVALID = Unconfirmed(
    "The name '{name}' is not valid: it can't be empty or begin or end with a blank."
)
EDB_FILE_EXISTS = Unconfirmed(
    "The database file '{path}' already exists on server '{server}'. Specify another EdbFilePath."
)
EDB_PATH_TAKEN = Unconfirmed("The file path '{path}' is already used by database '{other}'.")
LOG_PATH_TAKEN = Unconfirmed("The log folder '{path}' is already used by database '{other}'.")
NO_SUCH_VOLUME = Unconfirmed(
    "The path '{path}' can't be created on server '{server}': the volume does not exist."
)
REPLICATED_PATH = Unconfirmed(
    "Database '{name}' is replicated; its path can't be changed. Remove its other copies first."
)
REPLICATED_REMOVE = Unconfirmed(
    "Database '{name}' has more than one copy. Remove its passive copies before it is removed."
)
NO_OTHER_COPY = Unconfirmed("Database '{name}' has no other copy: there is nothing to activate.")
ALREADY_ACTIVE = Unconfirmed("Database '{name}' is already active on server '{server}'.")
COPY_NOT_FOUND = Unconfirmed("Database '{name}' has no copy on server '{server}'.")
MOVE_FAILED = Unconfirmed(
    "An Active Manager operation failed. Error: The database action failed. Error: An error occurred while trying to "
    "validate the specified database copy '{name}' for possible activation. Error: {reason} "
    "[Database: {name}, Server: {server}]"
)
COPY_STATE = Unconfirmed("The copy is not healthy: its status is {status}. {error}")
ACTIVATION_SUSPENDED = Unconfirmed("The copy is blocked from activation.")
COPY_LAGS = Unconfirmed(
    "The copy lags behind: copy queue length {copy}, replay queue length {replay}."
)
COPY_LOSS = Unconfirmed(
    "{lost} logs are missing, of which {allowed} may be lost; see the parameter MountDialOverride."
)
# (15.4)
RECOVERY_PATH = Unconfirmed("The path of recovery database '{name}' can't be changed.")
MOUNTED_PATH = Unconfirmed(
    "Database '{name}' is mounted. Dismount it before its path is changed without moving its files."
)
MOVE_ELSEWHERE = Unconfirmed(
    "The files of database '{name}' can be moved only by a command that runs on server '{server}'."
)
NO_NEW_PATH = Unconfirmed("Specify EdbFilePath, LogFolderPath or both.")
CONFIGURATION_ONLY_QUESTION = Unconfirmed(
    "This operation changes only the path database '{name}' is configured for. Its files aren't moved: that has to "
    "be done by hand. Do you want to continue?"
)
MOVE_FILES_QUESTION = Unconfirmed(
    "To move its files, database '{name}' must be temporarily dismounted, which makes it inaccessible to all users. "
    "A database that isn't mounted isn't mounted afterwards. Do you want to continue?"
)
NOT_EDB = Unconfirmed('The "{path}" database file name must have the extension .edb.')
NOT_LOCAL_PATH = Unconfirmed("The path '{path}' isn't valid: it must be a full local path.")
ROOT_PATH = Unconfirmed("The path '{path}' isn't valid: it can't be the root of a drive.")
# (exchange.md 1.4)
REHOME_QUESTION = Unconfirmed(
    "Performing this operation on mailbox '{identity}' changes only the database it is configured for; its content "
    "stays where it is and can't be reached. Are you sure you want to continue?"
)
# (exchange.md 6.2)
EMPTY_DATABASE_QUESTION = Unconfirmed(
    "At least one of this database's files is missing. Mounting database '{name}' will create an empty database. "
    "Do you want to continue?"
)
CONTINUE_REFUSED = Unconfirmed("The operation was cancelled: database '{name}' was not mounted.")
ALREADY_MOUNTED = Unconfirmed("The database '{name}' is already mounted on server '{server}'.")
ALREADY_DISMOUNTED = Unconfirmed(
    "The database '{name}' on server '{server}' is already dismounted."
)
DISMOUNT_FIRST = Unconfirmed("Database '{name}' is mounted. Dismount it before it is removed.")
DATABASE_OFFLINE = Unconfirmed(
    "Mailbox database '{name}' is offline: MapiExceptionMdbOffline: Unable to open message store. (hr=0x80004005, ec=1142)"
)
ONE_SWITCH = Unconfirmed("Only one of these parameters can be used in one call: {names}.")
MOVE_PENDING = Unconfirmed(
    "Mailbox '{identity}' has a pending move request ({status}). Its database can't be changed."
)
NOT_MAILBOX_DATABASE = Unconfirmed(
    "Database '{name}' is a recovery database and can't hold mailboxes."
)
AMBIGUOUS = Unconfirmed(
    "The operation couldn't be performed because '{identity}' matches multiple entries."
)
QUEUE_NOT_FOUND = Unconfirmed("The queue '{identity}' can't be found on server '{server}'.")
QUEUE_NOT_RETRY = Unconfirmed(
    "The queue '{identity}' isn't in the Retry state. Messages can be resubmitted from queues in the Retry or Unreachable state only."
)
FILTER_SYNTAX = Unconfirmed("The filter '{filter}' is not valid: {reason}.")
QUOTA_ORDER = Unconfirmed(
    "The value of property '{lower}' must be less than or equal to that of property '{upper}'. "
    "{lower}: '{low}', {upper}: '{high}'."
)
NEGATIVE_TIME = Unconfirmed(
    "The value '{value}' of property '{name}' is out of range: it can't be negative."
)
PATH_TOO_LONG = Unconfirmed("The specified path is too long: it must be less than 260 characters.")
REASON_TOO_SHORT = Unconfirmed("The reason must have at least 10 characters.")
# (15.11)
LEGACY_DN_MISMATCH = Unconfirmed(
    "The source mailbox's legacy DN '{source}' matches neither the legacy DN nor an X500 address of the target "
    "mailbox '{target}'. Use AllowLegacyDNMismatch to restore anyway."
)
# (15.11)
SOURCE_MAILBOX_NOT_FOUND = Unconfirmed("Mailbox '{guid}' can't be found in database '{database}'.")
# (15.11)
REQUEST_NAME_TAKEN = Unconfirmed(
    "The name '{name}' is already taken by another request for mailbox '{target}'."
)
# (15.11)
NO_DEFAULT_NAME = Unconfirmed(
    "All ten default request names are taken for mailbox '{target}'. Specify a unique Name."
)
REQUEST_NOT_FOUND = Unconfirmed("Couldn't find a request that matches '{identity}'.")
NO_ARCHIVE = Unconfirmed("Mailbox '{target}' doesn't have an archive.")
LARGE_DATA_LOSS = Unconfirmed("Limits above 50 items need the AcceptLargeDataLoss parameter.")
REQUEST_STATE = Unconfirmed("The request '{identity}' can't be {action}: its status is {status}.")
TARGET_NOT_GUID = Unconfirmed(
    'Cannot convert value "{value}" to type MailboxLocationIdParameter: a GUID is expected.'
)
SOURCE_IS_TARGET = Unconfirmed(
    "The source mailbox and the target mailbox are the same: '{guid}' in database '{database}'."
)
DOMAIN_CONTROLLER_NOT_FOUND = Unconfirmed(
    "The domain controller '{dc}' couldn't be found or isn't available."
)
SERVER_UNREACHABLE = Unconfirmed(
    "Server '{server}' can't be contacted: error 0x6ba (The RPC server is unavailable)."
)
DATABASE_UNREACHABLE = Unconfirmed(
    "Mailbox database '{name}' on server '{server}' can't be reached: MapiExceptionNetworkError: Unable to make "
    "connection to the server. (hr=0x80040115, ec=-2147221227)"
)
REMOVED_UNREACHABLE = Unconfirmed(
    "Server '{server}' can't be contacted. Database '{name}' was removed from Active Directory only."
)
TRANSPORT_DOWN = Unconfirmed(
    "The Microsoft Exchange Transport service on server '{server}' isn't running."
)
MONITORING_LEFT = Unconfirmed(
    "Monitoring mailbox '{identity}' of database '{name}' couldn't be removed."
)
REPAIRS_RUNNING = Unconfirmed(
    "Server '{server}' already runs repair requests: one of a whole database, or 100 of mailboxes, at a time."
)
NO_DESTINATION = Unconfirmed(
    "Specify the Destination: the GUID of the mailbox database that the messages were delivered to."
)
PERIOD_ENDS_FIRST = Unconfirmed("The EndTime must be later than the StartTime.")
INVALID_VALUE = Unconfirmed("The value '{value}' of parameter {parameter} isn't valid.")
MAPI_OFFLINE = Unconfirmed(
    "[Microsoft.Exchange.Data.Storage.MailboxOfflineException]: Cannot open mailbox {mailbox}. Inner error "
    "[Microsoft.Mapi.MapiExceptionMdbOffline]: MapiExceptionMdbOffline: Unable to open message store. "
    "(hr=0x80004005, ec=1142)"
)
