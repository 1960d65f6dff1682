"""What an administrator does to people, to one or to many: named, counted, confirmed, done.

Apps define their verbs with these; a list shows those that its rows are about. So each act has one
wording, one rule whom it applies to and one service, whichever list it is chosen from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.errors import AccountsError, LastFullAdmin, LastFullAdminWhoGetsIn
from accounts.models import Organization, User
from accounts.roles import Ability
from audit.actors import Actor

Text = str | Promise
# Says something of so many people.
Phrase = Callable[[int], str]

# One page of confirmation, one click: more people than this at a time are a job for a directory.
AT_ONCE = 1_000


def phrase(singular: str, plural: str) -> Phrase:
    return lambda count: ngettext(singular, plural, count) % {"count": count}


def same(text: Text) -> Phrase:
    """What is said alike of one and of many."""
    return lambda count: str(text)


BACK = same(gettext_lazy("Back"))


@dataclass(frozen=True, slots=True)
class Done:
    """What to say afterwards: the good part, and what could not be done and why."""

    message: str
    refusals: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Verb:
    """`question` takes the name of one person, `phrase` the number of many."""

    name: str
    label: Text
    icon: str
    ability: Ability
    # Of people of any state, those it does something to.
    applies_to: Callable[[Any], Any]
    question: Text
    # The same words in title and button, as in "Deactivate 3 people".
    phrase: Phrase
    # What it will do to the people it applies to, a sentence each.
    consequences: Callable[[Sequence[User]], Sequence[str]]
    run: Callable[[list[User], Actor], Done]
    # What the button says that leaves everything as it is.
    way_out: Phrase = BACK
    # Numbers to weigh before the decision, as label and value.
    facts: Callable[[Sequence[User]], Sequence[tuple[str, int]]] = lambda people: ()
    is_loss: bool = False
    # Whether it takes another administrator to do it to oneself.
    spares_oneself: bool = True
    at_once: int = AT_ONCE


def said(*sentences: Phrase) -> Callable[[Sequence[User]], Sequence[str]]:
    """Consequences that depend on nothing but the number of people."""
    return lambda people: [sentence(len(people)) for sentence in sentences]


def one_by_one(
    service: Callable[..., object], done: Phrase
) -> Callable[[Iterable[User], Actor], Done]:
    """What a verb runs that is one service for each person, called with `user` and `actor`.

    Each in a transaction of their own: one refusal stops nobody else.
    """

    def run(people: Iterable[User], actor: Actor) -> Done:
        count, said_no = 0, []
        for person in people:
            try:
                service(user=person, actor=actor)
            except LastFullAdminWhoGetsIn as refusal:
                said_no.append(f"{person}: {refusal}")
            except LastFullAdmin:
                said_no.append(
                    _("%(name)s is the last full admin. Give somebody else the role first.")
                    % {"name": person}
                )
            except AccountsError as refusal:
                said_no.append(f"{person}: {refusal}")
            else:
                count += 1
        return Done(done(count) if count else "", said_no)

    return run


def by_organization(people: Iterable[User]) -> list[tuple[Organization, list[User]]]:
    """Platform staff may have chosen people of several organizations."""
    found: dict[Organization, list[User]] = {}
    for person in people:
        if person.organization is not None:
            found.setdefault(person.organization, []).append(person)
    return list(found.items())
