# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The object of class Mailbox: every property a real Exchange 2016 sent over PSRP."""

from __future__ import annotations

from typing import Any

from exchange_lab.cmdlets._formats import size_text, unlimited_size_text
from exchange_lab.cmdlets._identity import canonical_name
from exchange_lab.cmdlets._objects import (
    PRESENTATION,
    address_list,
    culture_list,
    directory_list,
    directory_properties,
    english,
    generic_list,
    guid,
    multi_valued,
)
from exchange_lab.directory import (
    DATABASE,
    SERVER,
    DatabaseObject,
    MailboxObject,
    ServerObject,
    View,
)
from exchange_lab.runspace import PSObj

_MANAGEMENT = "Microsoft.Exchange.Data.Directory.Management"
TYPES = (
    f"{_MANAGEMENT}.Mailbox",
    f"{_MANAGEMENT}.MailEnabledOrgPerson",
    f"{_MANAGEMENT}.MailEnabledRecipient",
    *PRESENTATION,
)

# What has the same value on every mailbox of the lab.
_NULL = [
    "MailboxProvisioningConstraint",
    "MailboxRegion",
    "MailboxRegionLastUpdateTime",
    "EndDateForRetentionHold",
    "StartDateForRetentionHold",
    "LitigationHoldDate",
    "InactiveMailboxRetireTime",
    "OrphanSoftDeleteTrackingTime",
    "ManagedFolderMailboxPolicy",
    "RetentionPolicy",
    "AddressBookPolicy",
    "MailboxContainerGuid",
    "UnifiedMailbox",
    "ForwardingAddress",
    "ForwardingSmtpAddress",
    "OfflineAddressBook",
    "SiloName",
    "ResourceCapacity",
    "ResourceType",
    "RoomMailboxAccountEnabled",
    "SCLDeleteThreshold",
    "SCLDeleteEnabled",
    "SCLRejectThreshold",
    "SCLRejectEnabled",
    "SCLQuarantineThreshold",
    "SCLQuarantineEnabled",
    "SCLJunkThreshold",
    "SCLJunkEnabled",
    "MaxSafeSenders",
    "MaxBlockedSenders",
    "NetID",
    "ReconciliationId",
    "ThrottlingPolicy",
    "DefaultPublicFolderMailbox",
    "EffectivePublicFolderMailbox",
    "RemoteAccountPolicy",
    "MailboxPlan",
    "ArchiveDatabase",
    "ArchiveDomain",
    "DisabledArchiveDatabase",
    "QueryBaseDN",
    "MailboxMoveTargetMDB",
    "MailboxMoveSourceMDB",
    "SKUAssigned",
    "UsageLocation",
    "WhenSoftDeleted",
    "StsRefreshTokensValidFrom",
    "DataEncryptionPolicy",
    "ArbitrationMailbox",
    "LastExchangeChangedTime",
    "MailTip",
]
_EMPTY = [
    "RetentionComment",
    "RetentionUrl",
    "LitigationHoldOwner",
    "LinkedMasterAccount",
    "Office",
    "WindowsLiveID",
    "MicrosoftOnlineServicesID",
    "JournalArchiveAddress",
    "MailboxMoveRemoteHostName",
    "MailboxMoveBatchName",
    "MailboxRelease",
    "ArchiveRelease",
    "ImmutableId",
    "SourceAnchor",
    "ExternalDirectoryObjectId",
    "SimpleDisplayName",
] + [f"CustomAttribute{n}" for n in range(1, 16)]
_FALSE = [
    "MessageCopyForSentAsEnabled",
    "MessageCopyForSendOnBehalfEnabled",
    "RetainDeletedItemsUntilBackup",
    "DeliverToMailboxAndForward",
    "IsExcludedFromServingHierarchy",
    "HasSnackyAppData",
    "SingleItemRecoveryEnabled",
    "RetentionHoldEnabled",
    "ElcProcessingDisabled",
    "ComplianceTagHoldApplied",
    "WasInactiveMailbox",
    "DelayHoldApplied",
    "CalendarRepairDisabled",
    "DowngradeHighPriorityMessagesEnabled",
    "ImListMigrationCompleted",
    "ResetPasswordOnNextLogon",
    "AntispamBypassEnabled",
    "UMEnabled",
    "AutoExpandingArchiveEnabled",
    "DisabledMailboxLocations",
    "QueryBaseDNRestrictionEnabled",
    "IsPersonToPersonTextMessagingEnabled",
    "CalendarVersionStoreDisabled",
    "AuditEnabled",
    "IsSoftDeletedByRemove",
    "IsSoftDeletedByDisable",
    "IsInactiveMailbox",
    "IncludeInGarbageCollection",
    "AccountDisabled",
    "DisableThrottling",
    "HasPicture",
    "HasSpokenName",
    "IsDirSynced",
    "ModerationEnabled",
    "RequireSenderAuthenticationEnabled",
]
_TRUE = [
    "UseDatabaseRetentionDefaults",
    "IsHierarchyReady",
    "IsHierarchySyncEnabled",
    "MessageTrackingReadStatusEnabled",
    "IsMailboxEnabled",
    "IsMachineToPersonTextMessagingEnabled",
    "EmailAddressPolicyEnabled",
]
_TEXTS = {
    "LitigationHoldDuration": "Unlimited",
    "ExchangeSecurityDescriptor": "System.Security.AccessControl.RawSecurityDescriptor",
    "ExchangeUserAccountControl": "None",
    "ExternalOofOptions": "External",
    "RetainDeletedItemsFor": "14.00:00:00",
    "RecoverableItemsQuota": size_text(30 << 30),
    "RecoverableItemsWarningQuota": size_text(20 << 30),
    "CalendarLoggingQuota": size_text(6 << 30),
    "RecipientLimits": "Unlimited",
    "RulesQuota": size_text(256 << 10),
    "RoleAssignmentPolicy": "Default Role Assignment Policy",
    "SharingPolicy": "Default Sharing Policy",
    "ArchiveQuota": size_text(100 << 30),
    "ArchiveWarningQuota": size_text(90 << 30),
    "RemoteRecipientType": "None",
    "AuditLogAgeLimit": "90.00:00:00",
    "MaxSendSize": "Unlimited",
    "MaxReceiveSize": "Unlimited",
    "SendModerationNotifications": "Always",
}
_STRING_LISTS = [
    "ResourceCustom",
    "Extensions",
    "PoliciesExcluded",
    "MailTipTranslations",
    "UMDtmfMap",
    "PoliciesIncluded",
] + [f"ExtensionCustomAttribute{n}" for n in range(1, 6)]
_ID_LISTS = [
    "GeneratedOfflineAddressBooks",
    "AcceptMessagesOnlyFrom",
    "AcceptMessagesOnlyFromDLMembers",
    "AcceptMessagesOnlyFromSendersOrMembers",
    "AdministrativeUnits",
    "BypassModerationFromSendersOrMembers",
    "GrantSendOnBehalfTo",
    "ModeratedBy",
    "RejectMessagesFrom",
    "RejectMessagesFromDLMembers",
    "RejectMessagesFromSendersOrMembers",
]
_COMMON: dict[str, Any] = {
    **dict.fromkeys(_NULL),
    **dict.fromkeys(_EMPTY, ""),
    **dict.fromkeys(_FALSE, False),
    **dict.fromkeys(_TRUE, True),
    **_TEXTS,
    **dict.fromkeys(_STRING_LISTS, multi_valued()),
    **dict.fromkeys(_ID_LISTS, directory_list()),
    "MailboxProvisioningPreferences": directory_list((), "MailboxProvisioningConstraint"),
    "AggregatedMailboxGuids": multi_valued((), "System.Guid"),
    "Languages": culture_list([english()]),
    "ProtocolSettings": multi_valued(["RemotePowerShell§1"]),
    "UserSMimeCertificate": multi_valued((), "System.Byte[]"),
    "UserCertificate": multi_valued((), "System.Byte[]"),
    "PersistedCapabilities": directory_list((), "Capability"),
    "AuditAdmin": directory_list(
        [
            "Update",
            "Move",
            "MoveToDeletedItems",
            "SoftDelete",
            "HardDelete",
            "FolderBind",
            "SendAs",
            "SendOnBehalf",
            "Create",
        ],
        "MailboxAuditOperations",
    ),
    "AuditDelegate": directory_list(
        ["Update", "SoftDelete", "HardDelete", "SendAs", "Create"], "MailboxAuditOperations"
    ),
    "AuditOwner": directory_list((), "MailboxAuditOperations"),
    "AddressListMembership": directory_list(
        ["\\All Recipients(VLV)", "\\Default Global Address List", "\\All Users"]
    ),
}


class MailboxObjects:
    """Makes the objects of one answer; looks up each database and server once."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._databases: dict[str, DatabaseObject | None] = {}
        self._servers: dict[str, ServerObject | None] = {}

    def make(self, item: MailboxObject) -> PSObj:
        """One mailbox as Get-Mailbox gives it."""
        database = self._database(item.database)
        archive = self._database(item.archive_database)
        server = self._server(database.server) if database else None
        kind = item.recipient_type_details
        domain = self.view.domain_controller.partition(".")[2]
        properties: dict[str, Any] = {
            **_COMMON,
            "Database": database.name if database else None,
            "UseDatabaseQuotaDefaults": item.use_database_quota_defaults,
            "IssueWarningQuota": unlimited_size_text(item.issue_warning_quota),
            "ProhibitSendQuota": unlimited_size_text(item.prohibit_send_quota),
            "ProhibitSendReceiveQuota": unlimited_size_text(item.prohibit_send_receive_quota),
            "LitigationHoldEnabled": item.litigation_hold_enabled,
            "ExchangeGuid": guid(item.exchange_guid),
            "MailboxLocations": generic_list(_locations(item, domain), "IMailboxLocationInfo"),
            "AdminDisplayVersion": server.admin_display_version if server else "",
            "IsResource": kind in ("RoomMailbox", "EquipmentMailbox"),
            "IsLinked": kind == "LinkedMailbox",
            "IsShared": kind == "SharedMailbox",
            "IsRootPublicFolderMailbox": item.is_root_public_folder_mailbox,
            "SamAccountName": item.sam_account_name,
            "ServerLegacyDN": server.exchange_legacy_dn if server else "",
            "ServerName": server.name.lower() if server else "",
            "UserPrincipalName": item.user_principal_name,
            "ThrottlingPolicy": item.throttling_policy,
            "ArchiveDatabase": archive.name if archive else None,
            "ArchiveGuid": guid(item.archive_guid),
            "ArchiveName": multi_valued([item.archive_name] if item.archive_guid else []),
            "ArchiveStatus": "None",
            "ArchiveState": "Local" if item.archive_guid else "None",
            "DisabledArchiveGuid": guid(None),
            "MailboxMoveFlags": "None" if item.mailbox_move_status == "None" else "IntraOrg, Pull",
            "MailboxMoveStatus": item.mailbox_move_status,
            "WhenMailboxCreated": item.when_mailbox_created or item.when_created,
            "InPlaceHolds": multi_valued(item.in_place_holds),
            "Alias": item.alias,
            "OrganizationalUnit": item.organizational_unit,
            "DisplayName": item.display_name,
            "EmailAddresses": address_list(item.email_addresses),
            "HiddenFromAddressListsEnabled": item.hidden_from_address_lists_enabled,
            "LegacyExchangeDN": item.legacy_exchange_dn,
            "PrimarySmtpAddress": item.primary_smtp_address,
            "WindowsEmailAddress": item.primary_smtp_address,
            "RecipientType": "UserMailbox",
            "RecipientTypeDetails": kind,
        }
        category = f"{domain}/Configuration/Schema/Person"
        classes = ("top", "person", "organizationalPerson", "user")
        identity = canonical_name(item)
        properties.update(
            directory_properties(
                item, identity, category, classes, self.view.domain_controller, "0.20 (15.0.0.0)"
            )
        )
        return PSObj(TYPES, properties, to_string=item.name)

    def _database(self, guid_text: str | None) -> DatabaseObject | None:
        if not guid_text:
            return None
        if guid_text not in self._databases:
            self._databases[guid_text] = self.view.get(DATABASE, guid_text)
        return self._databases[guid_text]

    def _server(self, name: str) -> ServerObject | None:
        if name not in self._servers:
            found = self.view.find(SERVER, name=name)
            self._servers[name] = found[0] if found else None
        return self._servers[name]


def _locations(item: MailboxObject, domain: str) -> list[str]:
    lines = [f"1;{item.exchange_guid};Primary;{domain};{item.database}"]
    if item.archive_guid:
        lines.append(f"1;{item.archive_guid};MainArchive;{domain};{item.archive_database}")
    return lines
