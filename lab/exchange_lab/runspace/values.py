# Copyright (c) 2026 The dialtone.exchange developers
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that pipelines carry: Python's own types, and what they can't say.

Written plainly: str, bool, int, float, None, list, dict, bytes, uuid.UUID, datetime (aware), timedelta, Decimal.
An int becomes Int32 when it fits; `Int64`, `UInt32` and `UInt64` say otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


class Int64(int):
    """A number that is System.Int64 whatever its size."""


class UInt32(int):
    """A System.UInt32."""


class UInt64(int):
    """A System.UInt64."""


class Version(str):
    """A System.Version, as text."""

    __slots__ = ()


class Uri(str):
    """A System.Uri, as text."""

    __slots__ = ()


class SecureString(str):
    """The text of a System.Security.SecureString, decrypted."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "SecureString(...)"


class _Unlimited:
    """The value `Unlimited` of Unlimited<T> parameters; everything else of such a parameter is int or timedelta."""

    def __repr__(self) -> str:
        return "UNLIMITED"

    def __str__(self) -> str:
        return "Unlimited"


UNLIMITED = _Unlimited()


class EnumValue:
    """A real .NET enum value: type name, member name, number. (Exchange objects carry enums as plain text.)"""

    __slots__ = ("name", "type_name", "value")

    def __init__(self, type_name: str, name: str, value: int) -> None:
        self.type_name, self.name, self.value = type_name, name, value

    def __str__(self) -> str:
        return self.name


class ListValue(list[Any]):
    """A list with its own .NET type names, such as MultiValuedProperty."""

    def __init__(self, items: Iterable[Any], type_names: tuple[str, ...]) -> None:
        super().__init__(items)
        self.type_names = type_names


class PSObj:
    """A .NET object: type names (most derived first), adapted properties, note properties, ToString.

    On the wire `props` become <Props> and `notes` <MS>. Type names have no "Deserialized." prefix.
    """

    __slots__ = ("notes", "props", "to_string", "types")

    def __init__(
        self,
        types: tuple[str, ...],
        props: dict[str, Any] | None = None,
        notes: dict[str, Any] | None = None,
        to_string: str | None = None,
    ) -> None:
        self.types = types
        self.props: dict[str, Any] = props if props is not None else {}
        self.notes: dict[str, Any] = notes if notes is not None else {}
        self.to_string = to_string

    def items(self) -> Iterator[tuple[str, Any]]:
        """All properties, note properties last."""
        yield from self.props.items()
        yield from self.notes.items()

    def find(self, name: str) -> tuple[str, Any] | None:
        """The property of this name in any case, with its real spelling; None when there is none."""
        for properties in (self.notes, self.props):
            if name in properties:
                return name, properties[name]
        low = name.lower()
        for key, value in self.items():
            if key.lower() == low:
                return key, value
        return None

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a property, whatever the case of its name."""
        found = self.find(name)
        return default if found is None else found[1]

    def __str__(self) -> str:
        return (
            self.to_string if self.to_string is not None else (self.types[0] if self.types else "")
        )

    def __repr__(self) -> str:
        return f"PSObj({self.types[0] if self.types else '?'}: {self})"


def text_of(value: Any) -> str:
    """What .NET's ToString() would say, as far as parameters and messages need it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, (list, tuple)):
        return " ".join(text_of(item) for item in value)
    return str(value)
