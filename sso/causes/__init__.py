"""Why nobody was signed in, and what is said about it."""

from sso.causes.codes import CodeHelp, codes_in
from sso.causes.fixes import Fix, fix_for
from sso.causes.kinds import Cause
from sso.causes.words import Words, words_for

__all__ = ["Cause", "CodeHelp", "Fix", "Words", "codes_in", "fix_for", "words_for"]
