"""Sign-ins a core second: ours, stock djangosaml2 and the floor, in turns in one run.

Machines wander, so a figure alone says little: the three take turns, and what counts is the ratio.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHAPES = ("assertion signed", "both signed", "encrypted")
# Enough of each for a steady median; the stock side takes a tenth of a second every time.
COUNTS = {"ours": 60, "floor": 60, "stock": 12}
ROUNDS = 3


@dataclass(frozen=True)
class Figure:
    """The median time of one sign-in, in seconds."""

    cpu: float
    wall: float
    statements: int

    @property
    def per_core_second(self) -> float:
        return 1 / self.cpu


def make_keys(folder: Path) -> None:
    from sandbox.saml_messages import SigningIdentity, idp_metadata

    for name, entity_id in (("idp", "https://idp.bench.example"), ("sp", "https://sp.example")):
        made = SigningIdentity.generate(entity_id)
        (folder / f"{name}.key").write_text(made.key_pem)
        (folder / f"{name}.crt").write_text(made.certificate_pem)
        if name == "idp":
            (folder / "idp.xml").write_bytes(
                idp_metadata(made, sso_url="https://idp.bench.example/sso")
            )


def environment(folder: Path, database: str) -> dict[str, str]:
    """What a side is told: a production-like portal, with a database and keys of its own."""
    return {
        "BENCH_FOLDER": str(folder),
        "DATABASE_URL": database,
        "DJANGO_SECRET_KEY": "only-for-benchmarks",
        "DJANGO_DEBUG": "False",
        "LOG_LEVEL": "ERROR",
        # As in real life: whether somebody is to be offered LinkedIn is asked at each sign-in.
        "LINKEDIN_CLIENT_ID": "bench",
        "LINKEDIN_CLIENT_SECRET": "bench",
        "PORTAL_BASE_URL": "http://127.0.0.1:8000",
    }


def run(name: str, shape: str, folder: Path, database: str) -> dict[str, list[float]]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.contestant", name, shape, str(COUNTS[name])],
        cwd=ROOT,
        env=os.environ | environment(folder, database),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{name}, {shape}: {done.stderr.strip().splitlines()[-1]}")
    figures: dict[str, list[float]] = json.loads(done.stdout.strip().splitlines()[-1])
    return figures


def measure(
    names: Iterable[str], shape: str, folder: Path, databases: dict[str, str]
) -> dict[str, Figure]:
    seen: dict[str, dict[str, list[float]]] = {}
    for _round in range(ROUNDS):
        for name in names:
            for kind, values in run(name, shape, folder, databases[name]).items():
                seen.setdefault(name, {}).setdefault(kind, []).extend(values)
    return {
        name: Figure(
            statistics.median(kinds["cpu"]),
            statistics.median(kinds["wall"]),
            int(max(kinds["statements"])),
        )
        for name, kinds in seen.items()
    }


def row(shape: str, figures: dict[str, Figure]) -> str:
    ours, floor, stock = figures["ours"], figures["floor"], figures.get("stock")
    cells = [
        f"{shape:18}",
        f"{ours.cpu * 1000:8.2f}",
        f"{floor.cpu * 1000:8.2f}",
        f"{stock.cpu * 1000:8.1f}" if stock else f"{'–':>8}",
        f"{ours.per_core_second:9.0f}",
        f"{stock.cpu / ours.cpu:9.1f} ×" if stock else f"{'–':>11}",
        f"{stock.wall / ours.wall:9.1f} ×" if stock else f"{'–':>11}",
        f"{floor.cpu / ours.cpu:9.2f}",
        f"{ours.statements:5}",
    ]
    return " ".join(cells)


def compare(title: str, databases: dict[str, str], folder: Path) -> None:
    names = ["ours", "floor"] + (["stock"] if shutil.which("xmlsec1") else [])
    print(f"\nSign-in, {title}: one POST to the ACS, returning person. Medians, ms of CPU.")
    if "stock" not in names:
        print("Stock djangosaml2 needs the xmlsec1 program, which isn't here: not compared.")
    print(
        f"{'':18} {'ours':>8} {'floor':>8} {'stock':>8} {'ours/s':>9} "
        f"{'CPU':>11} {'wall':>11} {'of floor':>9} {'SQL':>5}"
    )
    for shape in SHAPES:
        print(row(shape, measure(names, shape, folder, databases)), flush=True)


def postgres_databases(url: str) -> dict[str, str] | None:
    """Fresh databases on the server at `url`, or None where none answers."""
    import psycopg

    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=2) as server:
            for name in ("bench_ours", "bench_stock"):
                server.execute(f"DROP DATABASE IF EXISTS {name}")
                server.execute(f"CREATE DATABASE {name}")
    except psycopg.OperationalError:
        return None
    base = url.rpartition("/")[0]
    return {
        "ours": f"{base}/bench_ours",
        "stock": f"{base}/bench_stock",
        "floor": f"{base}/bench_stock",
    }


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="portal-bench-") as name:
        folder = Path(name)
        make_keys(folder)
        sqlite = {
            side: f"sqlite:///{folder / ('ours' if side == 'ours' else 'stock')}.sqlite3"
            for side in COUNTS
        }
        compare("SQLite", sqlite, folder)
        url = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
        databases = postgres_databases(url)
        if databases is None:
            print("\nPostgreSQL doesn't answer: measured on SQLite alone.")
        else:
            compare("PostgreSQL", databases, folder)


if __name__ == "__main__":
    main()
