"""The names of the demo's companies: a DNS that answers for `.example` and for nothing else.

It speaks UDP on the number that the sandbox's pages have over TCP. What is published is kept in the
sandbox's folder, where the portal's `seed_demo` publishes too.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from sandbox.places import directory, private_file

ZONE = dns.name.from_text("example.")
SECONDS = 5
LONGEST = 255


def records() -> dict[str, list[str]]:
    """TXT records by name."""
    path = directory() / "zone.json"
    published: dict[str, list[str]] = json.loads(path.read_text()) if path.exists() else {}
    return published


def publish(name: str, value: str) -> bool:
    """Put a TXT record at a name of the zone, beside what is there; False for another's name."""
    try:
        wanted = dns.name.from_text(name.strip().lower())
    except dns.exception.DNSException:
        return False
    if not wanted.is_subdomain(ZONE) or wanted == ZONE:
        return False
    published = records()
    here = published.setdefault(wanted.to_text(omit_final_dot=True), [])
    text = value.strip()[:LONGEST]
    if text and text not in here:
        here.append(text)
    path = directory() / "zone.json"
    with private_file(path, json.dumps(published, indent=2)) as written:
        os.replace(written, path)
    return True


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """What is published, and a form to publish more: the DNS provider's console."""
    is_refused = False
    if request.method == "POST":
        if publish(request.POST.get("name", ""), request.POST.get("value", "")):
            return redirect("names")
        is_refused = True
    return render(
        request, "sandbox/names.html", {"names": records().items(), "is_refused": is_refused}
    )


def answer_to(wire: bytes) -> bytes | None:
    """The answer to a question, as it goes over the wire; None for what is none."""
    try:
        query = dns.message.from_wire(wire)
    except (dns.exception.DNSException, ValueError):
        return None
    if query.flags & dns.flags.QR or not query.question:
        return None
    reply = dns.message.make_response(query)
    question = query.question[0]
    if not question.name.is_subdomain(ZONE):
        reply.set_rcode(dns.rcode.REFUSED)
        return reply.to_wire()
    found = records().get(question.name.to_text(omit_final_dot=True).lower())
    if found is None:
        reply.set_rcode(dns.rcode.NXDOMAIN)
    elif question.rdtype == dns.rdatatype.TXT:
        quoted = [json.dumps(value) for value in found]
        reply.answer.append(dns.rrset.from_text(question.name, SECONDS, "IN", "TXT", *quoted))
    return reply.to_wire()


def serve(host: str, port: int) -> socket.socket:
    """Answer questions from now on, in a thread; closing the socket ends it."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((host, port))
    threading.Thread(target=_answer_all, args=(server,), daemon=True, name="names").start()
    return server


def _answer_all(server: socket.socket) -> None:
    with contextlib.suppress(OSError):  # closed
        while True:
            wire, client = server.recvfrom(4096)
            reply = answer_to(wire)
            if reply is not None:
                server.sendto(reply, client)
