# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts Exchange objects have in common (exchange.md section 12).

On the wire of a plain session enums, ids, sizes, versions, paths and time spans are text; GUIDs, times and lists
keep their types.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from exchange_lab.directory.objects import DirectoryObject
from exchange_lab.runspace import ListValue, PSObj

_ASSEMBLY = "Version=15.0.0.0, Culture=neutral, PublicKeyToken=31bf3856ad364e35"
_FRAMEWORK = "mscorlib, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089"
_DATA = "Microsoft.Exchange.Data"
NO_GUID = uuid.UUID(int=0)

CONFIGURABLE = (f"{_DATA}.ConfigurableObject", "System.Object")
AD_OBJECT = (f"{_DATA}.Directory.ADObject", f"{_DATA}.Directory.ADRawEntry", *CONFIGURABLE)
PRESENTATION = (f"{_DATA}.Directory.Management.ADPresentationObject", *AD_OBJECT)


def multi_valued(items: Iterable[Any] = (), element: str = "System.String") -> ListValue:
    """A MultiValuedProperty of framework values: System.String, System.Guid, System.Byte[] ..."""
    return ListValue(
        items,
        (
            f"{_DATA}.MultiValuedProperty`1[[{element}, {_FRAMEWORK}]]",
            f"{_DATA}.MultiValuedPropertyBase",
            "System.Object",
        ),
    )


def directory_list(items: Iterable[Any] = (), element: str = "ADObjectId") -> ListValue:
    """An ADMultiValuedProperty, by default of ids of other objects."""
    full = f"{_DATA}.Directory.{element}, {_DATA}.Directory, {_ASSEMBLY}"
    return ListValue(
        items,
        (
            f"{_DATA}.Directory.ADMultiValuedProperty`1[[{full}]]",
            f"{_DATA}.MultiValuedProperty`1[[{full}]]",
            f"{_DATA}.MultiValuedPropertyBase",
            "System.Object",
        ),
    )


def address_list(items: Iterable[str]) -> ListValue:
    """A ProxyAddressCollection."""
    element = f"{_DATA}.ProxyAddress, {_DATA}, {_ASSEMBLY}"
    return ListValue(
        items,
        (
            f"{_DATA}.ProxyAddressCollection",
            f"{_DATA}.ProxyAddressBaseCollection`1[[{element}]]",
            f"{_DATA}.MultiValuedProperty`1[[{element}]]",
            f"{_DATA}.MultiValuedPropertyBase",
            "System.Object",
        ),
    )


def generic_list(items: Iterable[Any], element: str) -> ListValue:
    """A List<T> of a class of Microsoft.Exchange.Data.Directory."""
    full = f"{_DATA}.Directory.{element}, {_DATA}.Directory, {_ASSEMBLY}"
    return ListValue(items, (f"System.Collections.Generic.List`1[[{full}]]", "System.Object"))


def strings(items: Iterable[Any], class_name: str) -> ListValue:
    """A list of a class of its own, such as NetworkAddressCollection."""
    return ListValue(items, (class_name, "System.Object"))


def culture_list(cultures: Iterable[PSObj]) -> ListValue:
    """A MultiValuedProperty of cultures."""
    return multi_valued(cultures, "System.Globalization.CultureInfo")


def english() -> PSObj:
    """The culture en-US as it travels."""
    return PSObj(
        ("System.Globalization.CultureInfo", "System.Object"),
        {
            "LCID": 1033,
            "Name": "en-US",
            "DisplayName": "English (United States)",
            "IetfLanguageTag": "en-US",
            "ThreeLetterISOLanguageName": "eng",
            "ThreeLetterWindowsLanguageName": "ENU",
            "TwoLetterISOLanguageName": "en",
        },
        to_string="en-US",
    )


def guid(text: str | None) -> uuid.UUID:
    """A GUID of the directory as the wire has it; all zeros for none."""
    return uuid.UUID(text) if text else NO_GUID


def directory_properties(
    item: DirectoryObject,
    identity: str,
    category: str,
    classes: tuple[str, ...],
    dc: str,
    version: str = "0.1 (8.0.535.0)",
) -> dict[str, Any]:
    """What every directory object has. `dc`: the domain controller it was read from."""
    return {
        "Identity": identity,
        "IsValid": True,
        "ExchangeVersion": version,
        "Name": item.name,
        "DistinguishedName": item.distinguished_name,
        "Guid": guid(item.guid),
        "ObjectCategory": category,
        "ObjectClass": multi_valued(classes),
        "WhenChanged": item.when_changed,
        "WhenCreated": item.when_created,
        "WhenChangedUTC": item.when_changed,
        "WhenCreatedUTC": item.when_created,
        "OrganizationId": "",
        "Id": identity,
        "OriginatingServer": dc,
        "ObjectState": "Unchanged",
    }


def stored_time(text: str) -> datetime | None:
    """A time as the store keeps it (ISO text or empty)."""
    return datetime.fromisoformat(text) if text else None
