"""Statements compiled once find and write what querysets would."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import JSONObject
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Domain, Organization, User
from database.compiled import Blank, CompiledDelete, CompiledQuery, CompiledUpdate, Together
from tests.database.rows import columns_of

BY_ID = CompiledQuery(
    lambda: User.objects.get_queryset().filter(pk=Blank("id")).select_related("organization")
)


def test_objects_are_what_a_queryset_finds(make_user):
    ana = make_user("ana", attributes={"groups": ["staff"]})

    found = BY_ID.first(id=ana.pk)

    expected = User.objects.get_queryset().get(pk=ana.pk)
    assert found == expected
    assert columns_of(found) == columns_of(expected)
    assert columns_of(found.organization) == columns_of(ana.organization)


def test_related_objects_cost_no_statement_of_their_own(make_user, django_assert_num_queries):
    ana = make_user("ana")

    with django_assert_num_queries(1):
        assert BY_ID.first(id=ana.pk).organization.slug == ana.organization.slug


def test_a_key_that_refers_to_nothing_is_none(make_staff, django_assert_num_queries):
    ops = make_staff("ops")

    with django_assert_num_queries(1):
        assert BY_ID.first(id=ops.pk).organization is None


def test_an_object_can_be_changed_and_saved(make_user):
    ana = make_user("ana")

    found = BY_ID.first(id=ana.pk)
    found.title = "Engineer"
    found.save()

    assert BY_ID.first(id=ana.pk).title == "Engineer"


def test_what_is_not_asked_for_is_fetched_when_needed(make_user, django_assert_num_queries):
    narrow = CompiledQuery(
        lambda: User.objects.get_queryset().filter(pk=Blank("id")).only("user_name")
    )
    ana = make_user("ana", title="Engineer")

    with django_assert_num_queries(2):
        found = narrow.first(id=ana.pk)
        assert (found.user_name, found.title) == ("ana", "Engineer")


def test_nobody_is_found_for_what_is_not_there(make_user, acme):
    make_user("ana")

    assert BY_ID.first(id=acme.pk) is None
    assert BY_ID.all(id=None) == []


def test_rows_are_what_a_values_list_finds(make_user, make_organization):
    query = CompiledQuery(
        lambda: (
            User.objects.in_organization(Blank("organization"))
            .filter(created_at__lt=Blank("now"))
            .order_by("user_name")
            .values_list(
                "user_name",
                "created_at",
                Exists(
                    Domain.objects.filter(organization=OuterRef("organization"), name=Blank("name"))
                ),
            )
        )
    )
    here, elsewhere = make_organization("here"), make_organization("elsewhere")
    ana, ben = (make_user(name, organization=here) for name in ("ana", "ben"))
    make_user("cyd", organization=elsewhere)
    Domain.objects.create(organization=here, name="here.example", token="t")
    now = timezone.now()

    found = query.all(organization=here.pk, now=now, name="here.example")

    assert found == [("ana", ana.created_at, True), ("ben", ben.created_at, True)]
    assert query.all(organization=here.pk, now=now - timedelta(days=1), name="") == []
    assert query.all(organization=elsewhere.pk, now=now, name="here.example")[0][2] is False


def test_a_statement_is_compiled_once(make_user, make_organization):
    made = []
    query = CompiledQuery(
        lambda: made.append(1) or Organization.objects.filter(slug=Blank("slug")).order_by()
    )
    make_organization("here")

    assert query.first(slug="here").slug == "here"
    assert query.first(slug="nowhere") is None
    assert len(made) == 1


def test_to_compile_a_statement_asks_the_database_nothing(make_user, django_assert_num_queries):
    """SQLite's connections ask whether it knows JSON, each for itself."""
    ana = make_user("ana")
    query = CompiledQuery(
        lambda: (
            User.objects.filter(pk=Blank("id"))
            .annotate(made=JSONObject(name="user_name"))
            .values_list("made")
        )
    )

    with django_assert_num_queries(1):
        assert query.first(id=ana.pk) == ({"name": ana.user_name},)


def test_percent_signs_are_what_the_queryset_means_by_them(make_organization):
    query = CompiledQuery(
        lambda: Organization.objects.alias(rest=F("session_hours") % 5).filter(
            rest=Blank("rest"), name__contains="100%s"
        )
    )
    here = make_organization("here", name="100%s", session_hours=12)
    make_organization("there", name="100%s", session_hours=13)
    make_organization("elsewhere", name="100 s", session_hours=12)

    assert query.all(rest=2) == [here]


@pytest.mark.django_db(transaction=True)
def test_threads_share_a_statement_and_no_connection(make_user):
    ana = make_user("ana")
    BY_ID.first(id=ana.pk)

    def ask(_number):
        try:
            return BY_ID.first(id=ana.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(ask, range(8))) == [ana] * 8


def test_a_value_that_is_missing_is_an_error():
    with pytest.raises(KeyError):
        BY_ID.first()


def test_an_update_changes_what_the_queryset_finds_and_counts_it(make_user):
    rename = CompiledUpdate(
        lambda: User.objects.get_queryset().filter(pk=Blank("id")),
        title=Blank("title"),
        last_login=Blank("now"),
    )
    ana, ben = make_user("ana"), make_user("ben")
    now = timezone.now()

    assert rename.run(id=ana.pk, title="Engineer", now=now) == 1
    assert rename.run(id=ana.organization_id, title="Nobody", now=now) == 0

    ana.refresh_from_db()
    ben.refresh_from_db()
    assert (ana.title, ana.last_login) == ("Engineer", now)
    assert (ben.title, ben.last_login) == ("", None)


def test_rows_are_locked_as_the_queryset_says(make_user):
    locked = CompiledQuery(
        lambda: User.objects.select_for_update(no_key=True).filter(pk=Blank("id"))
    )
    ana = make_user("ana")

    with transaction.atomic(), CaptureQueriesContext(connection) as seen:
        assert locked.first(id=ana.pk) == ana

    can_lock = connection.features.has_select_for_no_key_update
    assert seen[0]["sql"].endswith("FOR NO KEY UPDATE") is can_lock


def test_a_delete_removes_what_the_queryset_finds_and_counts_it(make_organization):
    acme, globex = make_organization("acme"), make_organization("globex")
    for organization in (acme, globex):
        Domain.objects.create(organization=organization, name=f"{organization.slug}.example")
    forget = CompiledDelete(lambda: Domain.objects.filter(organization=Blank("organization")))

    assert forget.run(organization=acme.pk) == 1
    assert forget.run(organization=acme.pk) == 0
    assert [domain.organization for domain in Domain.objects.all()] == [globex]


def test_texts_that_never_change_stand_in_the_statement_as_they_are(make_user):
    text = "100 % of O'Neill's \\ %s"
    odd = make_user("odd", title=text)
    titled = CompiledQuery(
        lambda: User.objects.get_queryset().filter(title=text, user_name=Blank("name"))
    )

    assert titled.first(name="odd") == odd
    with CaptureQueriesContext(connection):
        assert titled.first(name="odd") == odd


def test_an_index_of_some_rows_only_serves_a_kept_plan(make_user):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite plans each time")
    ana = make_user("ana")
    here = ana.organization_id
    names = [f"person-{number}" for number in range(300)]
    User.objects.get_queryset().bulk_create(
        User(organization_id=here, user_name=name, source=User.Source.API) for name in names
    )
    present = CompiledQuery(
        lambda: (
            User.objects.get_queryset()
            .filter(organization=Blank("organization"), user_name_key=Blank("key"))
            .present()
        )
    )
    for _time in range(3):
        assert present.first(organization=here, key="ana") == ana

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_user")
        cursor.execute("SELECT name FROM pg_prepared_statements WHERE statement ~ 'name_key'")
        ((name,),) = cursor.fetchall()
        cursor.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"EXPLAIN EXECUTE {name}('{here}', 'ana')")
        plan = " ".join(line for (line,) in cursor.fetchall())

    assert "accounts_user_name_unique_in_organization" in plan


def test_writes_of_several_tables_go_together_and_are_counted_apart(make_user):
    ana, ben = make_user("ana"), make_user("ben")
    for name in ("a.example", "b.example"):
        Domain.objects.create(organization=ana.organization, name=name)
    leave = Together(
        CompiledUpdate(
            lambda: User.objects.get_queryset().filter(pk=Blank("id")),
            title=Blank("title"),
            last_login=Blank("now"),
        ),
        CompiledUpdate(
            lambda: Organization.objects.filter(pk=Blank("organization"), name="100 %"),
            session_hours=Blank("hours"),
        ),
        CompiledDelete(lambda: Domain.objects.filter(organization=Blank("organization"))),
    )
    now = timezone.now()

    def run(statements):
        with CaptureQueriesContext(connection) as seen:
            found = leave.run(
                id=ana.pk, title="Left", now=now, organization=ana.organization_id, hours=3
            )
        assert len(seen) == statements
        return found

    is_one = connection.vendor == "postgresql"
    assert run(1 if is_one else 3) == [1, 0, 2]
    assert run(1 if is_one else 3) == [1, 0, 0]
    ana.refresh_from_db()
    ben.refresh_from_db()
    assert (ana.title, ana.last_login, ben.title) == ("Left", now, "")
    assert not Domain.objects.exists()
