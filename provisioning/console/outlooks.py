"""What comes next of a person and their directory, in one sentence, and what to press there."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from provisioning.policies import Outlook

Text = str | Promise


@dataclass(frozen=True, slots=True)
class OutlookWords:
    """`kind` and `icon` are a banner's. `page` is where it is decided here, if anywhere; else
    somebody has to press something in the directory, where `is_pressed_there`."""

    kind: str
    icon: str
    sentence: Text
    page: str = ""
    link: Text = ""
    is_pressed_there: bool = False


WORDS: dict[Outlook, OutlookWords] = {
    Outlook.NOT_CONNECTED: OutlookWords(
        "info",
        "info",
        gettext_lazy("No directory is connected, so none says anything about %(person)s."),
        "directory",
        gettext_lazy("Connect one"),
    ),
    Outlook.UNDOABLE: OutlookWords(
        "warn",
        "trash",
        gettext_lazy(
            "%(name)s deleted this account. Undo brings it back under the same id; assigned again "
            "there, %(person)s becomes a new account."
        ),
        "directory_undo",
        gettext_lazy("See whom Undo brings back"),
    ),
    Outlook.DELETED: OutlookWords(
        "info",
        "trash",
        gettext_lazy(
            "This account is deleted and stays so. If %(name)s sends %(person)s again, that is a "
            "new account with a new id."
        ),
    ),
    Outlook.HELD: OutlookWords(
        "bad",
        "pause",
        gettext_lazy(
            "%(name)s is paused, so nothing that it says about %(person)s gets in until somebody "
            "decides."
        ),
        "directory",
        gettext_lazy("Decide on Directory sync"),
    ),
    Outlook.SHUT_OUT: OutlookWords(
        "bad",
        "key",
        gettext_lazy(
            "No token is valid, so every call of %(name)s is refused, also those about %(person)s."
        ),
        "directory",
        gettext_lazy("See the tokens"),
    ),
    Outlook.REFUSED: OutlookWords(
        "bad",
        "x-circle",
        gettext_lazy("The last call about %(person)s was refused: %(cause)s."),
        is_pressed_there=True,
    ),
    Outlook.TO_BE_TAKEN_OVER: OutlookWords(
        "info",
        "swap",
        gettext_lazy(
            "%(name)s does not look after %(person)s. If it sends this user name, it takes them "
            "over: name, e-mail and the like become what it says."
        ),
        is_pressed_there=True,
    ),
    Outlook.NAME_IN_THE_WAY: OutlookWords(
        "warn",
        "warn",
        gettext_lazy(
            "%(name)s does not look after %(person)s. If it sends this user name, it is refused "
            "with “name already taken”, since “Adopt existing people” is off."
        ),
        "directory_people",
        gettext_lazy("See whom it would take over"),
    ),
    Outlook.CLOSED_HERE: OutlookWords(
        "warn",
        "pause",
        gettext_lazy(
            "%(person)s was deactivated here, not by %(name)s. Its next message that says “active” "
            "brings them back: take them out of the app there as well."
        ),
        is_pressed_there=True,
    ),
    Outlook.CLOSED: OutlookWords(
        "info",
        "pause",
        gettext_lazy(
            "%(name)s switched %(person)s off. Assigned to the app again there, they come back "
            "with what they had."
        ),
        is_pressed_there=True,
    ),
    Outlook.OPENED_HERE: OutlookWords(
        "warn",
        "check-circle",
        gettext_lazy(
            "%(person)s was brought back here after %(name)s had removed them. If it still wants "
            "them gone, its next message removes them again: assign them there."
        ),
        is_pressed_there=True,
    ),
    Outlook.DIFFERENT: OutlookWords(
        "warn",
        "swap",
        gettext_lazy(
            "The portal has something else than %(name)s last said of %(person)s. Its next message "
            "about them sets it right."
        ),
        is_pressed_there=True,
    ),
    Outlook.IN_STEP: OutlookWords(
        "ok",
        "check-circle",
        gettext_lazy(
            "The portal has what %(name)s last said of %(person)s. Nothing has to be done: the "
            "next change there comes by itself."
        ),
        is_pressed_there=True,
    ),
}


def to_press(dialect: str, *, is_refused: bool = False) -> str:
    """How this directory is made to send one person now."""
    if dialect.startswith("entra"):
        return _(
            "To send the person now, in Entra: Provisioning › Provision on demand › choose the "
            "person › Provision. It shows each step and what we answered."
        )
    if dialect == "okta" and is_refused:
        return _("To try again now, in Okta: Dashboard › Tasks › the task › Retry Selected.")
    if dialect == "okta":
        return _(
            "To send the person now, in Okta: the app › Assignments › the pencil beside the person "
            "› Save. For everybody: Provisioning › To App › Force Sync."
        )
    return _("To send the person now, let your directory synchronize this one person again.")
