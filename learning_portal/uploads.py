"""How large a file may be that somebody sends us."""

from __future__ import annotations

from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import QueryDict


class SmallUploadHandler(MemoryFileUploadHandler):
    """Keeps files in memory, and refuses a request that is too large for that before it is read.

    Django's second handler writes larger ones to disk, whatever their size and whoever sends them:
    also to an address that expects no file, from somebody who isn't signed in.
    """

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> tuple[QueryDict, Any] | None:
        if content_length > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig("The request body is larger than FILE_UPLOAD_MAX_MEMORY_SIZE.")
        return super().handle_raw_input(input_data, META, content_length, boundary, encoding)
