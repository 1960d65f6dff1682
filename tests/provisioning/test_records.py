"""Records of people whom somebody else than the directory wrote."""

from provisioning.models import DirectoryRecord
from provisioning.services.records import update_record


def test_what_no_attribute_tells_costs_no_statement(make_user, django_assert_num_queries):
    ana = make_user("ana")

    with django_assert_num_queries(0):
        update_record(user=ana, fields={"role", "last_login"})


def test_a_change_in_the_console_reaches_a_person_without_a_record(make_user):
    ana = make_user("ana", title="Planner")
    DirectoryRecord.objects.filter(user=ana).delete()

    update_record(user=ana, fields={"title"})

    assert DirectoryRecord.objects.get(user=ana).document["title"] == "Planner"
