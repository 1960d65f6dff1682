"""Documents: what a directory says of a person or a group, checked, under canonical names.

A document is a dict. Extension attributes stand under the URN of their schema, `schemas` is left
out since it follows from the rest, and what has no value is absent (RFC 7643, section 2.5).
"""

from provisioning.documents.members import member_ids
from provisioning.documents.search import search_form
from provisioning.documents.validation import Document, Element, validate

__all__ = ["Document", "Element", "member_ids", "search_form", "validate"]
