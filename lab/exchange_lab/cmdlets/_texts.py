# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every text the cmdlets answer with.

The first part is worded as public sources show it (exchange.md sections 1.4, 6, 7.4, 8). The second part is
*unconfirmed*: no source gives the wording, so software must not match on it. Where the *answer* itself is
unconfirmed and matters (exchange.md section 15), a switch has both answers: see `exchange_lab.switches`.
"""

from __future__ import annotations

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
NAME_REFERENCE_INVALID = (
    "Active Directory operation failed on {dc}. This error is not retriable. Additional information: The name "
    "reference is invalid. This may be caused by replication latency between Active Directory domain controllers. "
    "Active directory response: 000020B5: AtrErr: DSID-03152392, #1: 0: 000020B5: DSID-03152392, problem 1005 "
    "(CONSTRAINT_ATT_TYPE), data 0, Att 200f4 (homeMDB)"
)
CONFIRM_CAPTION = "Confirm"
CONFIRM_QUESTION = "Are you sure you want to perform this action?"

# --- unconfirmed wording ------------------------------------------------------------------------------------------

# unconfirmed
DATABASE_LIMIT = "The number of databases on server '{server}' has reached the limit of {limit} for this edition of Exchange."
# unconfirmed
NAME_TAKEN = "Database '{name}' already exists on server '{server}'. Please use another name."
# unconfirmed
NAME_TOO_LONG = "The length of the property is too long. The maximum length is {limit} and the length of the value provided is {length}."
# unconfirmed
NAME_INVALID = "The name '{name}' is not valid: it can't be empty or begin or end with a blank."
# unconfirmed
EDB_FILE_EXISTS = (
    "The database file '{path}' already exists on server '{server}'. Specify another EdbFilePath."
)
# unconfirmed
EDB_PATH_TAKEN = "The file path '{path}' is already used by database '{other}'."
# unconfirmed
LOG_PATH_TAKEN = "The log folder '{path}' is already used by database '{other}'."
# unconfirmed
NO_SUCH_VOLUME = (
    "The path '{path}' can't be created on server '{server}': the volume does not exist."
)
# unconfirmed
REPLICATED_PATH = (
    "Database '{name}' is replicated; its path can't be changed. Remove its other copies first."
)
# unconfirmed
REPLICATED_REMOVE = (
    "Database '{name}' has more than one copy. Remove its passive copies before it is removed."
)
# unconfirmed
NO_OTHER_COPY = "Database '{name}' has no other copy: there is nothing to activate."
# unconfirmed
ALREADY_ACTIVE = "Database '{name}' is already active on server '{server}'."
# unconfirmed
COPY_NOT_FOUND = "Database '{name}' has no copy on server '{server}'."
# unconfirmed
MOVE_FAILED = (
    "An Active Manager operation failed. Error: The database action failed. Error: An error occurred while trying to "
    "validate the specified database copy '{name}' for possible activation. Error: {reason} "
    "[Database: {name}, Server: {server}]"
)
# unconfirmed
COPY_STATE = "The copy is not healthy: its status is {status}. {error}"
# unconfirmed
ACTIVATION_SUSPENDED = "The copy is blocked from activation."
# unconfirmed
COPY_LAGS = "The copy lags behind: copy queue length {copy}, replay queue length {replay}."
# unconfirmed
COPY_LOSS = "{lost} logs are missing, of which {allowed} may be lost; see the parameter MountDialOverride."
# unconfirmed (15.4)
RECOVERY_PATH = "The path of recovery database '{name}' can't be changed."
# unconfirmed
MOUNTED_PATH = "Database '{name}' is mounted. Dismount it before its path is changed without moving its files."
# unconfirmed
MOVE_ELSEWHERE = "The files of database '{name}' can be moved only by a command that runs on server '{server}'."
# unconfirmed
NO_NEW_PATH = "Specify EdbFilePath, LogFolderPath or both."
# unconfirmed
CONFIGURATION_ONLY_QUESTION = (
    "This operation changes only the path database '{name}' is configured for. Its files aren't moved: that has to "
    "be done by hand. Do you want to continue?"
)
# unconfirmed
MOVE_FILES_QUESTION = (
    "To move its files, database '{name}' must be temporarily dismounted, which makes it inaccessible to all users. "
    "A database that isn't mounted isn't mounted afterwards. Do you want to continue?"
)
# unconfirmed
NOT_EDB = 'The "{path}" database file name must have the extension .edb.'
# unconfirmed
NOT_LOCAL_PATH = "The path '{path}' isn't valid: it must be a full local path."
# unconfirmed
ROOT_PATH = "The path '{path}' isn't valid: it can't be the root of a drive."
# unconfirmed
STORE_NOT_RESPONDING = "Microsoft Exchange could not find a running Information Store on server '{server}' (service {service})."
# unconfirmed (exchange.md 1.4)
REHOME_QUESTION = (
    "Performing this operation on mailbox '{identity}' changes only the database it is configured for; its content "
    "stays where it is and can't be reached. Are you sure you want to continue?"
)
# unconfirmed (exchange.md 6.2)
EMPTY_DATABASE_QUESTION = (
    "At least one of this database's files is missing. Mounting database '{name}' will create an empty database. "
    "Do you want to continue?"
)
# unconfirmed
CONTINUE_REFUSED = "The operation was cancelled: database '{name}' was not mounted."
# unconfirmed (exchange.md 6.2)
SECOND_RECOVERY = "MapiExceptionTooManyMountedDatabases"
# unconfirmed
ALREADY_MOUNTED = "The database '{name}' is already mounted on server '{server}'."
# unconfirmed
ALREADY_DISMOUNTED = "The database '{name}' on server '{server}' is already dismounted."
# unconfirmed
DISMOUNT_FIRST = "Database '{name}' is mounted. Dismount it before it is removed."
# unconfirmed
DATABASE_OFFLINE = "Mailbox database '{name}' is offline: MapiExceptionMdbOffline: Unable to open message store. (hr=0x80004005, ec=1142)"
# unconfirmed
ONE_SWITCH = "Only one of these parameters can be used in one call: {names}."
# unconfirmed
MOVE_PENDING = (
    "Mailbox '{identity}' has a pending move request ({status}). Its database can't be changed."
)
# unconfirmed
NOT_MAILBOX_DATABASE = "Database '{name}' is a recovery database and can't hold mailboxes."
# unconfirmed
AMBIGUOUS = "The operation couldn't be performed because '{identity}' matches multiple entries."
# unconfirmed
QUEUE_NOT_FOUND = "The queue '{identity}' can't be found on server '{server}'."
# unconfirmed
QUEUE_NOT_RETRY = "The queue '{identity}' isn't in the Retry state. Messages can be resubmitted from queues in the Retry or Unreachable state only."
# unconfirmed
FILTER_SYNTAX = "The filter '{filter}' is not valid: {reason}."
# unconfirmed
QUOTA_ORDER = (
    "The value of property '{lower}' must be less than or equal to that of property '{upper}'. "
    "{lower}: '{low}', {upper}: '{high}'."
)
# unconfirmed
NEGATIVE_TIME = "The value '{value}' of property '{name}' is out of range: it can't be negative."
PATH_TOO_LONG = "The specified path is too long: it must be less than 260 characters."
# unconfirmed
REASON_TOO_SHORT = "The reason must have at least 10 characters."
# unconfirmed (15.11)
LEGACY_DN_MISMATCH = (
    "The source mailbox's legacy DN '{source}' matches neither the legacy DN nor an X500 address of the target "
    "mailbox '{target}'. Use AllowLegacyDNMismatch to restore anyway."
)
# unconfirmed (15.11)
SOURCE_MAILBOX_NOT_FOUND = "Mailbox '{guid}' can't be found in database '{database}'."
# unconfirmed (15.11)
REQUEST_NAME_TAKEN = "The name '{name}' is already taken by another request for mailbox '{target}'."
# unconfirmed (15.11)
NO_DEFAULT_NAME = (
    "All ten default request names are taken for mailbox '{target}'. Specify a unique Name."
)
# unconfirmed
REQUEST_NOT_FOUND = "Couldn't find a request that matches '{identity}'."
# unconfirmed
NO_ARCHIVE = "Mailbox '{target}' doesn't have an archive."
# unconfirmed
LARGE_DATA_LOSS = "Limits above 50 items need the AcceptLargeDataLoss parameter."
# unconfirmed
REQUEST_STATE = "The request '{identity}' can't be {action}: its status is {status}."
# unconfirmed
TARGET_NOT_GUID = (
    'Cannot convert value "{value}" to type MailboxLocationIdParameter: a GUID is expected.'
)
# unconfirmed
SOURCE_IS_TARGET = (
    "The source mailbox and the target mailbox are the same: '{guid}' in database '{database}'."
)
# unconfirmed
DOMAIN_CONTROLLER_NOT_FOUND = "The domain controller '{dc}' couldn't be found or isn't available."
# unconfirmed
NOT_SIMULATED = "The lab doesn't simulate {what}."
# unconfirmed
SERVER_UNREACHABLE = (
    "Server '{server}' can't be contacted: error 0x6ba (The RPC server is unavailable)."
)
# unconfirmed
DATABASE_UNREACHABLE = (
    "Mailbox database '{name}' on server '{server}' can't be reached: MapiExceptionNetworkError: Unable to make "
    "connection to the server. (hr=0x80040115, ec=-2147221227)"
)
# unconfirmed
REMOVED_UNREACHABLE = (
    "Server '{server}' can't be contacted. Database '{name}' was removed from Active Directory only."
)
# unconfirmed
TRANSPORT_DOWN = "The Microsoft Exchange Transport service on server '{server}' isn't running."
# unconfirmed
MONITORING_LEFT = "Monitoring mailbox '{identity}' of database '{name}' couldn't be removed."
# unconfirmed
REPAIRS_RUNNING = (
    "Server '{server}' already runs repair requests: one of a whole database, or 100 of mailboxes, at a time."
)
# unconfirmed
NO_DESTINATION = "Specify the Destination: the GUID of the mailbox database that the messages were delivered to."
# unconfirmed
PERIOD_ENDS_FIRST = "The EndTime must be later than the StartTime."
# unconfirmed
INVALID_VALUE = "The value '{value}' of parameter {parameter} isn't valid."
# unconfirmed
MAPI_OFFLINE = (
    "[Microsoft.Exchange.Data.Storage.MailboxOfflineException]: Cannot open mailbox {mailbox}. Inner error "
    "[Microsoft.Mapi.MapiExceptionMdbOffline]: MapiExceptionMdbOffline: Unable to open message store. "
    "(hr=0x80004005, ec=1142)"
)
