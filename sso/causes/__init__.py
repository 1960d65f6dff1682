"""Why nobody was signed in, and what is said about it."""

from sso.causes.kinds import Cause
from sso.causes.words import Words, words_for

__all__ = ["Cause", "Words", "words_for"]
