"""What becomes of a domain by what DNS says: proved, kept through failures, given up late."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import dns.exception
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest
import time_machine

from accounts import jobs
from accounts.dns import DnsAnswer, look_up
from accounts.mail import MailNotSent
from accounts.models import DnsOutcome, Domain, Organization
from accounts.policies import DomainNews, news_of_domain
from accounts.services import add_domain, mark_domain_verified, note_dns_answer
from audit.actions import Action
from audit.actors import Actor
from audit.models import AuditEvent
from jobs.errors import FailedInPart
from tests.accounts.zones import Zone
from tests.at_once import at_once

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def domain(acme: Organization, system_actor: Actor) -> Domain:
    return add_domain(organization=acme, name="acme.example", actor=system_actor)


@pytest.fixture
def proved(domain: Domain, zone: Zone, system_actor: Actor) -> Domain:
    mark_domain_verified(domain=domain, actor=system_actor)
    zone.records[domain.name] = [domain.txt_record]
    return domain


@pytest.fixture
def run_daily(django_capture_on_commit_callbacks: Any) -> Any:
    """The daily check, so many days in a row; answers the day after."""

    def run(days: int = 1, *, start: datetime = START) -> datetime:
        context: Any = SimpleNamespace(task_result=SimpleNamespace(id="0" * 32))
        for day in range(days):
            with (
                time_machine.travel(start + day * DAY, tick=False),
                django_capture_on_commit_callbacks(execute=True),
            ):
                jobs.check_domains.func(context)
        return start + days * DAY

    return run


def is_proved(domain: Domain) -> bool:
    domain.refresh_from_db()
    return domain.verified_at is not None


class TestStickiness:
    def test_dns_that_is_down_for_a_month_loses_nothing(
        self, proved: Domain, zone: Zone, run_daily: Any, mailoutbox: list[Any]
    ) -> None:
        zone.is_down = True
        run_daily(30)

        assert is_proved(proved)
        assert proved.outcome == DnsOutcome.UNREACHABLE
        assert mailoutbox == []

    def test_a_record_that_is_gone_is_told_after_a_day_and_lost_after_a_week(
        self, proved: Domain, zone: Zone, run_daily: Any, admin: Any, mailoutbox: list[Any]
    ) -> None:
        zone.records.clear()
        after = run_daily(1)
        assert mailoutbox == []
        after = run_daily(6, start=after)
        assert is_proved(proved)
        assert [mail.subject for mail in mailoutbox] == ["The DNS record of acme.example is gone"]
        assert "9 Nov 2026" in mailoutbox[0].body
        assert proved.txt_record in mailoutbox[0].body
        assert mailoutbox[0].to == [admin.email]

        run_daily(1, start=after)

        assert not is_proved(proved)
        assert mailoutbox[1].subject == "acme.example is no longer proved"
        event = AuditEvent.objects.get(action=Action.DOMAIN_UNPROVED)
        assert event.organization == proved.organization

    def test_a_record_that_comes_back_starts_the_count_anew(
        self, proved: Domain, zone: Zone, run_daily: Any
    ) -> None:
        zone.records.clear()
        after = run_daily(6)
        zone.records[proved.name] = [proved.txt_record]
        after = run_daily(1, start=after)
        zone.records.clear()
        run_daily(6, start=after)

        assert is_proved(proved)
        assert proved.missing_since == after

    def test_failures_among_the_answers_neither_count_nor_forgive(
        self, proved: Domain, zone: Zone, run_daily: Any, admin: Any
    ) -> None:
        zone.records.clear()
        after = run_daily(3)
        zone.is_down = True
        after = run_daily(10, start=after)
        assert is_proved(proved)
        assert proved.missing_since == START
        zone.is_down = False
        run_daily(1, start=after)

        assert not is_proved(proved)

    def test_nobody_loses_a_domain_without_having_been_told(
        self,
        proved: Domain,
        zone: Zone,
        run_daily: Any,
        admin: Any,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def away(*_to: Any, **_mail: Any) -> None:
            raise MailNotSent

        monkeypatch.setattr("accounts.notices.send_mail_to", away)
        zone.records.clear()
        run_daily(9)

        assert is_proved(proved)

    def test_a_mail_that_goes_out_late_leaves_time_all_the_same(
        self, proved: Domain, zone: Zone, run_daily: Any, admin: Any, mailoutbox: list[Any]
    ) -> None:
        zone.records.clear()
        after = run_daily(1)
        zone.is_down = True
        after = run_daily(9, start=after)
        zone.is_down = False
        after = run_daily(3, start=after)  # told on the 12th of November, at the first of these
        assert is_proved(proved)
        assert "15 Nov 2026" in mailoutbox[0].body

        run_daily(1, start=after)

        assert not is_proved(proved)

    def test_one_answer_that_nobody_foresaw_is_not_the_end_of_the_others(
        self,
        proved: Domain,
        zone: Zone,
        globex: Organization,
        run_daily: Any,
        system_actor: Actor,
        monkeypatch: pytest.MonkeyPatch,
        caplog: Any,
    ) -> None:
        other = add_domain(organization=globex, name="globex.example", actor=system_actor)
        zone.records[other.name] = [other.txt_record]

        def answer(name: str, *, wanted: str) -> DnsAnswer:
            if name == proved.name:
                raise ValueError("nobody foresaw this")
            return DnsAnswer(DnsOutcome.SEEN, (wanted,))

        monkeypatch.setattr("accounts.jobs.dns.look_up", answer)
        with pytest.raises(FailedInPart):
            run_daily(1)

        assert is_proved(other)
        assert is_proved(proved)
        assert "nobody foresaw this" in caplog.text

    def test_a_suspended_organization_s_domains_are_left_alone(
        self, proved: Domain, zone: Zone, run_daily: Any
    ) -> None:
        Organization.objects.update(status=Organization.Status.SUSPENDED)
        run_daily(1)

        assert zone.asked == []

    def test_a_domain_nobody_proves_is_no_longer_looked_up(
        self, domain: Domain, zone: Zone, run_daily: Any
    ) -> None:
        Domain.objects.update(created_at=START)
        run_daily(16)

        assert len(zone.asked) == 14

    def test_a_domain_taken_off_the_list_meanwhile_is_no_error(
        self, domain: Domain, zone: Zone, system_actor: Actor
    ) -> None:
        key = str(domain.pk)
        Domain.objects.all().delete()

        assert jobs.check_domain.func(key) == ""
        news = note_dns_answer(
            domain=domain, outcome=DnsOutcome.SEEN, records=[], actor=system_actor
        )
        assert news is DomainNews.NONE


class TestTwoOrganizations:
    def test_nobody_proves_what_another_organization_has_proved(
        self, proved: Domain, globex: Organization, zone: Zone, run_daily: Any
    ) -> None:
        theirs = Domain.objects.create(organization=globex, name=proved.name, token="other")
        Domain.objects.update(created_at=START)
        zone.records[proved.name].append(theirs.txt_record)
        run_daily(1)

        assert is_proved(proved)
        assert not is_proved(theirs)
        assert theirs.outcome == DnsOutcome.SEEN

    def test_what_one_gave_up_another_can_prove(
        self, proved: Domain, globex: Organization, zone: Zone, run_daily: Any
    ) -> None:
        theirs = Domain.objects.create(organization=globex, name=proved.name, token="other")
        Domain.objects.filter(pk=proved.pk).update(verified_at=None)
        Domain.objects.update(created_at=START)
        zone.records[proved.name] = [theirs.txt_record]
        run_daily(1)

        assert is_proved(theirs)


@pytest.mark.races
@pytest.mark.django_db(transaction=True)
def test_of_two_organizations_that_prove_a_domain_at_once_one_does(
    acme: Organization, globex: Organization, zone: Zone
) -> None:
    rows = [
        Domain.objects.create(organization=each, name="both.example", token=each.slug)
        for each in (acme, globex)
    ]
    zone.records["both.example"] = [row.txt_record for row in rows]

    at_once(*[partial(jobs.check_domain.func, str(row.pk)) for row in rows])

    assert Domain.objects.verified().count() == 1
    assert Domain.objects.filter(outcome=DnsOutcome.SEEN).count() == 2


OLD = START - 8 * DAY
TABLE = [
    (False, DnsOutcome.SEEN, None, 0, None, DomainNews.PROVED),
    (True, DnsOutcome.SEEN, OLD, 9, OLD + DAY, DomainNews.NONE),
    (False, DnsOutcome.NOTHING, None, 9, None, DomainNews.NONE),
    (True, DnsOutcome.OTHERS, None, 0, None, DomainNews.NONE),
    (True, DnsOutcome.NO_DOMAIN, START - DAY, 1, None, DomainNews.MISSING),
    (True, DnsOutcome.NO_DOMAIN, START - DAY / 2, 9, None, DomainNews.NONE),
    (True, DnsOutcome.NOTHING, OLD, 2, OLD + DAY, DomainNews.LOST),
    (True, DnsOutcome.NOTHING, OLD, 1, OLD + DAY, DomainNews.NONE),
    (True, DnsOutcome.NOTHING, OLD, 9, None, DomainNews.MISSING),
    (True, DnsOutcome.NOTHING, OLD, 9, START - 2 * DAY, DomainNews.NONE),
    (True, DnsOutcome.NOTHING, OLD, 9, START - 3 * DAY, DomainNews.LOST),
    (True, DnsOutcome.UNREACHABLE, OLD, 9, OLD + DAY, DomainNews.NONE),
]


@pytest.mark.parametrize(
    ("is_proved", "outcome", "missing_since", "misses", "warned_at", "news"), TABLE
)
def test_news(is_proved, outcome, missing_since, misses, warned_at, news) -> None:
    found = news_of_domain(
        is_proved=is_proved,
        outcome=outcome,
        missing_since=missing_since,
        misses=misses,
        warned_at=warned_at,
        now=START,
    )

    assert found is news


class TestLookUp:
    """A name server on this machine, asked over UDP by the resolver that workers use."""

    @pytest.fixture
    def answers(self, settings: Any) -> Iterator[dict[str, Any]]:
        answers: dict[str, Any] = {}
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))
        settings.DNS_NAMESERVERS = [f"127.0.0.1:{server.getsockname()[1]}"]

        def serve() -> None:
            while True:
                wire, client = server.recvfrom(4096)
                if not wire:
                    return
                query = dns.message.from_wire(wire)
                reply = dns.message.make_response(query)
                name = query.question[0].name
                answer = answers.get(name.to_text(), dns.rcode.NXDOMAIN)
                if isinstance(answer, dns.rcode.Rcode):
                    reply.set_rcode(answer)
                elif answer:
                    reply.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", *answer))
                server.sendto(reply.to_wire(), client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield answers
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", server.getsockname())
        thread.join()
        server.close()

    def test_the_record_among_others(self, answers: dict[str, Any]) -> None:
        answers["acme.example."] = ['"v=spf1"', '"learning-portal-" "verify=abc"']

        answer = look_up("acme.example", wanted="learning-portal-verify=abc")

        assert answer.outcome is DnsOutcome.SEEN
        assert sorted(answer.records) == ["learning-portal-verify=abc", "v=spf1"]

    def test_what_nobody_can_store_or_read_costs_nobody_their_check(
        self,
        answers: dict[str, Any],
        domain: Domain,
        globex: Organization,
        system_actor: Actor,
        run_daily: Any,
    ) -> None:
        """One organization's record must not end the job that looks all of them up."""
        another = add_domain(organization=globex, name="globex.example", actor=system_actor)
        answers["acme.example."] = ['"zero\\000byte \\007 \\255"']
        answers["globex.example."] = [f'"{another.txt_record}"']

        run_daily()

        domain.refresh_from_db()
        assert domain.records == ["zero\ufffdbyte \ufffd \ufffd"]
        assert is_proved(another)

    @pytest.mark.parametrize(
        ("published", "outcome"),
        [
            (['"v=spf1"'], DnsOutcome.OTHERS),
            (['"learning-portal-verify=abcd"'], DnsOutcome.OTHERS),
            ([], DnsOutcome.NOTHING),
            (dns.rcode.NXDOMAIN, DnsOutcome.NO_DOMAIN),
            (dns.rcode.SERVFAIL, DnsOutcome.UNREACHABLE),
            (dns.rcode.REFUSED, DnsOutcome.UNREACHABLE),
        ],
    )
    def test_each_outcome(self, answers: dict[str, Any], published: Any, outcome: Any) -> None:
        answers["acme.example."] = published

        assert look_up("acme.example", wanted="learning-portal-verify=abc").outcome is outcome

    def test_a_server_that_is_silent_costs_seconds_and_says_nothing(self) -> None:
        class Silent(dns.resolver.Resolver):
            def resolve(self, *args: Any, lifetime: float, **kwargs: Any) -> Any:
                assert lifetime <= 5
                raise dns.exception.Timeout

        answer = look_up("acme.example", wanted="x", resolver=Silent(configure=False))

        assert answer == DnsAnswer(DnsOutcome.UNREACHABLE)

    def test_a_name_that_is_none_is_unreachable(self) -> None:
        assert look_up("a..b", wanted="x").outcome is DnsOutcome.UNREACHABLE
