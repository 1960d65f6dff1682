"""Three small customers without an identity provider: one for each policy about profiles."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.people import MEMBERS, Member


@dataclass(frozen=True)
class SmallCustomer:
    """`bound` has connected their profile; where there is none, they have a password alone."""

    slug: str
    company: str
    # As the portal keeps it; whoever shows these pages knows nothing of its models.
    binding_policy: str
    admin: tuple[str, str]
    colleague: tuple[str, str]
    invited: tuple[tuple[str, str], ...]
    story: str
    bound: Member | None = None

    @property
    def administrator(self) -> str:
        return self.address(self.admin)

    def address(self, name: tuple[str, str]) -> str:
        return f"{'.'.join(name).lower()}@{self.slug}.example"


SMALL_CUSTOMERS = (
    SmallCustomer(
        slug="tidewater",
        company="Tidewater Boats",
        binding_policy="required",
        admin=("Greta", "Holm"),
        colleague=("Noor", "Aziz"),
        invited=(("Ola", "Berg"),),
        story="A profile is required. Ola Berg is invited; Noor Aziz is here, as at Lantern Press.",
        bound=MEMBERS["hN00rAz31Bx"],
    ),
    SmallCustomer(
        slug="lantern",
        company="Lantern Press",
        binding_policy="optional",
        admin=("Pavel", "Novotny"),
        colleague=("Noor", "Aziz"),
        invited=(("Kim", "Sato"), ("Eva", "Brandt")),
        story="A profile is optional. Kim Sato and Eva Brandt are invited.",
        bound=MEMBERS["hN00rAz31Bx"],
    ),
    SmallCustomer(
        slug="quarry",
        company="Quarry Stone",
        binding_policy="off",
        admin=("Ruth", "Adler"),
        colleague=("Ben", "Osei"),
        invited=(("Rui", "Costa"),),
        story="No profiles. Rui Costa is invited.",
    ),
)
