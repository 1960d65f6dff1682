"""What is said of each cause, to the people it happens to.

Texts may hold `{idp}`, the identity provider's name as the organization knows it; `words_for` fills
it in.
"""

from dataclasses import dataclass

from sso.causes.kinds import Cause
from sso.causes.texts import FOR_ADMINISTRATORS, TELL_ADMIN, TEXTS, Text


@dataclass(frozen=True)
class Words:
    """What a refusal page says: title and one sentence, then advice to each reader."""

    title: str
    explanation: str
    learner: str
    administrator: str
    # Whether the learner can do something about it, or only an administrator.
    can_try_again: bool


def words_for(cause: Cause, *, idp: str) -> Words:
    """The texts for `cause` in the current language, naming the identity provider."""
    texts = TEXTS[cause]

    def fill(text: Text) -> str:
        return str(text).replace("{idp}", idp)

    return Words(
        title=fill(texts.title),
        explanation=fill(texts.explanation),
        learner=fill(texts.learner),
        administrator=fill(texts.administrator),
        can_try_again=texts.learner is not TELL_ADMIN and cause not in FOR_ADMINISTRATORS,
    )
