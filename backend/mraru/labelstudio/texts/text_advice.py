"""What to do about texts in files that could not be had."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mraru.records import TextFault

ADVICE: Mapping[TextFault, str] = {
    TextFault.NO_ADDRESS: 'Where the field holds the text itself, leave valueType="url" out of its tag.',
    TextFault.FOREIGN_ADDRESS: "Files are fetched from Label Studio alone: import the texts, upload the files, or add "
    "their storage to the project (Settings > Cloud Storage).",
    TextFault.NO_FILE: "Upload the files again, correct the addresses, or add their storage to the project (Settings > "
    "Cloud Storage).",
    TextFault.NOT_ALLOWED: "Let the user of LABEL_STUDIO_API_KEY see these files, and Label Studio read the storage.",
    TextFault.NOT_SERVED: "Start Label Studio with LOCAL_FILES_SERVING_ENABLED=true.",
    TextFault.TOO_LARGE: "Shorten the files, or set MRARU_MAX_FILE_BYTES higher.",
    TextFault.NOT_DECODED: "Save the files as text in UTF-8.",
    TextFault.PAGE: "Let LABEL_STUDIO_URL name Label Studio without a login page before it. The files are fetched when "
    "the project is next read, see MRARU_RECONCILE_EVERY_S.",
    TextFault.NOT_FETCHED: "The files are fetched when the project is next read, see MRARU_RECONCILE_EVERY_S.",
}


def advise(faults: Iterable[TextFault]) -> str:
    """A sentence for each kind of fault; "" where files are not at fault.

    >>> advise([TextFault.NOT_SERVED, TextFault.EMPTY, TextFault.NOT_SERVED])
    'Start Label Studio with LOCAL_FILES_SERVING_ENABLED=true.'
    """
    return " ".join(ADVICE[fault] for fault in dict.fromkeys(faults) if fault in ADVICE)
