"""What `accounts` announces upwards. Sent with `send()` inside the transaction."""

from django.dispatch import Signal

# user: User, actor: Actor
user_created = Signal()
# user: User (changed already), changed: frozenset[str] (names of its fields), actor: Actor
user_changed = Signal()
# user: User, actor: Actor, reason: str
user_deactivated = Signal()
# user: User, actor: Actor
user_reactivated = Signal()
# user: User (active by now), actor: Actor
invitation_accepted = Signal()
# organization: Organization (changed already), before: dict[str, Any], actor: Actor
policies_changed = Signal()
