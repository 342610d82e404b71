"""Addresses of files that hold texts: which of them Label Studio serves, and how they are asked for.

Whoever imports tasks writes these addresses, so none of them is ever asked itself: of an address only the path is kept,
or the name in a storage that Label Studio knows, and that is asked of Label Studio alone.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from urllib.parse import parse_qs, unquote, urlsplit

from mraru.records import TextFault

LONGEST_ADDRESS = 4000  # characters
WEB_SCHEMES = ("http", "https")
NEVER_STORAGES = ("ftp", "ftps", "file", "ws", "wss", "blob", "javascript")
ARGUMENTS: Mapping[str, str] = {"/data/local-files/": "d", "/storage-data/uploaded/": "filepath"}  # that name the file

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
_FILE = re.compile(r"(?:/[^/]+)*?(/data/upload/.+|/data/local-files/?|/storage-data/uploaded/?)")
_RESOLVED = re.compile(r"(?:/[^/]+)*?/(?:tasks|projects)/\d+/(?:resolve|presign)/?")


def find_address(value: object) -> str | TextFault:
    """What Label Studio is asked for: a path of its own, or a name in a storage; else why there is nothing to ask.

    The host of an address is left out: Label Studio writes its own under any name that it has (LABEL_STUDIO_HOST).

    >>> find_address("https://labels.example.com/data/upload/3/ab12-a.txt"), find_address("s3://bucket/a.txt")
    ('/data/upload/3/ab12-a.txt', 's3://bucket/a.txt')
    >>> find_address("/tasks/5/resolve/?fileuri=czM6Ly9idWNrZXQvYS50eHQ=")
    's3://bucket/a.txt'
    >>> find_address("https://example.com/a.txt").name, find_address("The parcel is late").name
    ('FOREIGN_ADDRESS', 'NO_ADDRESS')
    """
    if not isinstance(value, str):
        return TextFault.NO_ADDRESS
    address = value.strip()
    if not address:
        return TextFault.EMPTY
    if len(address) > LONGEST_ADDRESS or not address.isprintable():
        return TextFault.NO_ADDRESS
    scheme = _SCHEME.match(address)
    if scheme is not None and scheme.group(1).lower() not in WEB_SCHEMES:
        return TextFault.FOREIGN_ADDRESS if scheme.group(1).lower() in NEVER_STORAGES else address
    if scheme is None and not address.startswith("/"):
        return TextFault.NO_ADDRESS
    return _find_served(address)


def is_in_storage(address: str) -> bool:
    """Whether an address is the name of a file in a storage, which Label Studio resolves."""
    return not address.startswith("/")


def to_path(address: str, task_id: int) -> str:
    """Where Label Studio serves it, as its editor asks for it.

    >>> to_path("s3://bucket/a.txt", 5)
    '/tasks/5/resolve/?fileuri=czM6Ly9idWNrZXQvYS50eHQ='
    """
    if not is_in_storage(address):
        return address
    return f"/tasks/{task_id}/resolve/?fileuri={urlsafe_b64encode(address.encode()).decode()}"


def name_file(address: str) -> str:
    """What the file is called, with its path."""
    parts = urlsplit(address)
    argument = ARGUMENTS.get(parts.path)
    return parse_qs(parts.query).get(argument, [""])[0] if argument else unquote(parts.path)


def _find_served(address: str) -> str | TextFault:
    """The path of an address, where Label Studio serves files there; a name in a storage of what it has resolved."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return TextFault.NO_ADDRESS
    if _RESOLVED.fullmatch(parts.path):
        return _find_resolved(parts.query)
    served = _FILE.fullmatch(parts.path)
    if served is None or ".." in unquote(parts.path).split("/"):
        return TextFault.FOREIGN_ADDRESS
    path = served.group(1)
    for folder, argument in ARGUMENTS.items():
        if path.rstrip("/") == folder.rstrip("/"):
            named = re.search(rf"(?:^|&)({argument}=[^&]+)", parts.query)
            return f"{folder}?{named.group(1)}" if named else TextFault.FOREIGN_ADDRESS
    return path


def _find_resolved(query: str) -> str | TextFault:
    """The name in a storage that Label Studio has put into an address of its own."""
    (written,) = parse_qs(query).get("fileuri", [""])[:1]
    try:
        name = urlsafe_b64decode(written.encode()).decode()
    except ValueError:
        return TextFault.FOREIGN_ADDRESS
    scheme = _SCHEME.match(name)
    is_storage = scheme is not None and scheme.group(1).lower() not in (*WEB_SCHEMES, *NEVER_STORAGES)
    return name if is_storage and name.isprintable() else TextFault.FOREIGN_ADDRESS
