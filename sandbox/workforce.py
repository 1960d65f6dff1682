"""Everybody else who works at Acme and Globex: names by the hundred, the same ones every time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.people import address

_FIRST_NAMES = (
    "Aino Amir Anna Aylin Bea Björn Carla Chen Chloé Daan Dina Elif Emeka Erik Fatima Felix Grace "
    "Hana Hugo Ida Imran Ingrid Jan Joana Kofi Lars Leila Linh Luca Malik Mei Mina Noah Olga Pablo "
    "Rosa Samir Sofia Tariq Vera"
)
_LAST_NAMES = (
    "Adeyemi Albrecht Andersen Bakker Bianchi Costa Dimitrov Dubois Eriksen Ferrari Fischer Garcia "
    "Hansen Haugen Horváth Ibrahim Ivanov Jansen Kaya Kim Kowalski Laine Lefèvre Lopes Mäkinen "
    "Mensah Moreau Müller Nguyen Nowak Okoye Papadakis Patel Popescu Qureshi Santos Schmidt Silva "
    "Svensson Tamm Virtanen"
)
FIRST_NAMES = _FIRST_NAMES.split()
LAST_NAMES = _LAST_NAMES.split()
JOBS = (
    ("Engineering", ("Robotics engineer", "Software engineer", "Test engineer", "Team lead")),
    ("Production", ("Line technician", "Shift lead", "Quality inspector")),
    ("Sales", ("Account manager", "Sales engineer")),
    ("Product", ("Product manager", "Designer")),
    ("Finance", ("Controller", "Accountant")),
    ("People", ("Recruiter", "People partner")),
)
# How a company is made up, person by person: indexes into JOBS.
MIX = (0, 1, 0, 2, 1, 0, 3, 1, 4, 0, 2, 5)


@dataclass(frozen=True)
class Employee:
    first_name: str
    last_name: str
    email: str
    title: str
    department: str
    stable_id: str


def employees(domain: str, *, start: int = 0) -> Iterator[Employee]:
    """Endlessly many for one company, no two of one name. Companies start at different places."""
    number = start
    while True:
        # 40 and 41 have no common factor: the pair repeats after 1,640 people.
        first_name = FIRST_NAMES[number % len(FIRST_NAMES)]
        last_name = LAST_NAMES[number * 17 % len(LAST_NAMES)]
        department, titles = JOBS[MIX[number % len(MIX)]]
        yield Employee(
            first_name,
            last_name,
            address(first_name, last_name, domain),
            titles[number // len(MIX) % len(titles)],
            department,
            f"E-{number + 10_000}",
        )
        number += 1
