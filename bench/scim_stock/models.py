"""The models that django-scim2's documentation asks for."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django_scim.models import AbstractSCIMGroupMixin, AbstractSCIMUserMixin


class Group(AbstractSCIMGroupMixin):
    name = models.CharField(max_length=255)

    def __str__(self):
        return self.name


class User(AbstractSCIMUserMixin, AbstractUser):
    # Its adapter calls this `user_set` from the group's side.
    scim_memberships = models.ManyToManyField(Group, related_name="user_set")

    @property
    def scim_groups(self):
        return self.scim_memberships


class Token(models.Model):
    text = models.CharField(max_length=64, unique=True)

    def __str__(self):
        return self.text
