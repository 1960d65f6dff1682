"""What people are told when somebody changed how their account is proved: by mail, from a worker.

Whoever takes an account over begins with this. The owner hears of it by another way.
"""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_tasks import task

from accounts.languages import language_of, page_language
from accounts.mail import portal_address, send_mail_to
from accounts.models import User


class News(StrEnum):
    SET_UP = "set_up"
    REMOVED = "removed"
    RESET = "reset"
    CODE_USED = "code_used"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"


SUBJECTS: dict[News, Promise] = {
    News.SET_UP: gettext_lazy("An authenticator app was set up for your account"),
    News.REMOVED: gettext_lazy("The authenticator app of your account was removed"),
    News.RESET: gettext_lazy("Your second factor was reset"),
    News.CODE_USED: gettext_lazy("A recovery code of your account was used"),
    News.PASSKEY_ADDED: gettext_lazy("A passkey was registered for your account"),
    News.PASSKEY_REMOVED: gettext_lazy("A passkey of your account was removed"),
}


def tell(user: User, news: News, **facts: str | int) -> None:
    """Have the person told, once the transaction that changed it is committed."""
    if user.email:
        tell_of_factors.enqueue(str(user.pk), news.value, dict(facts), page_language())


@task()
def tell_of_factors(
    user_id: str, news: str, facts: dict[str, str | int], language: str = ""
) -> str:
    user = User.objects.select_related("organization").filter(pk=UUID(user_id)).first()
    if user is None or not user.email:
        return "nobody to write to"
    with language_of(user, language):
        _write(user, News(news), facts)
    return "told"


def _write(user: User, news: News, facts: dict[str, str | int]) -> None:
    at = user.organization
    send_mail_to(
        user,
        str(SUBJECTS[news]),
        "accounts/factors_mail",
        why=_("You get this mail because the sign-in of your account at %(at)s was changed.")
        % {"at": at or _("the learning portal")},
        news=news.value,
        facts=facts,
        account_url=portal_address(reverse("account")),
    )
