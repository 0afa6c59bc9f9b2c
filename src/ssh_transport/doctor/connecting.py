"""Checks the steps of connecting to a box: name, TCP, banner, host key, login. Each step needs the one before."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING

import paramiko

from ssh_transport.box.carrier import Login, shown_host_key
from ssh_transport.errors import LoginRefused, ReachError
from ssh_transport.openssh import host_keys
from ssh_transport.text import one_line

from .finding import failure, ok, warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ssh_transport.box import Box

    from .finding import Finding

_FAKE = ipaddress.ip_network("198.18.0.0/15")
_TIMEOUT_S = 10
_BANNER_BYTES = 255  # RFC 4253 §4.2


class Blocked(Exception):
    """A step failed that all later ones depend on; carries its finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.seen)
        self.finding = finding


def examine(box: Box) -> Iterator[Finding]:
    """
    Yield a finding for each step; afterwards the connection of the box is open.

    :raises Blocked: with the finding of the step that failed.
    """
    resolved = box.resolved
    if resolved.proxy_jump or resolved.proxy_command:
        yield ok("proxy", f"through {resolved.proxy_jump or resolved.proxy_command}")
    else:
        yield _name(resolved.host)
        yield _tcp_and_banner(box)
    yield _host_key(box)
    yield _login(box)


def _name(host: str) -> Finding:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as exc:
        fix = "check the spelling; the box may be gone: copy the string from the console again"
        raise Blocked(failure("name", f"{host} does not resolve", cause=exc.strerror or str(exc), fix=fix)) from exc
    addresses = sorted({str(entry[4][0]) for entry in found})
    if any(ipaddress.ip_address(address.split("%")[0]) in _FAKE for address in addresses):
        return warning(
            "name",
            f"{host} is {', '.join(addresses)}",
            cause="198.18.0.0/15 is the fake-ip range of a TUN proxy (Clash, Mihomo) on this machine",
            fix="exempt the host or its port from the proxy, or turn TUN mode off",
        )
    return ok("name", f"{host} is {', '.join(addresses)}")


def _tcp_and_banner(box: Box) -> Finding:
    resolved = box.resolved
    server = f"{resolved.host} port {resolved.port}"
    try:
        with socket.create_connection((resolved.host, resolved.port), _TIMEOUT_S) as opened:
            banner = opened.recv(_BANNER_BYTES)
    except ConnectionRefusedError as exc:
        fix = f"is the box on? is it the port that the console shows now? ssh-transport config.update {box.name} PORT"
        raise Blocked(failure("port", f"{server} refuses", cause="nothing listens there", fix=fix)) from exc
    except TimeoutError as exc:
        cause = "TCP does not open, or opens and no SSH banner comes: a proxy, firewall or dead gateway in between"
        fix = "turn off VPN or TUN proxy and try again; then copy the endpoint from the console again"
        raise Blocked(failure("banner", f"nothing from {server} in {_TIMEOUT_S} s", cause=cause, fix=fix)) from exc
    except OSError as exc:
        fix = "is this machine online? is there a firewall in between?"
        raise Blocked(failure("port", server, cause=exc.strerror or str(exc), fix=fix)) from exc
    text = one_line(banner.decode("utf-8", "replace").strip()) or "nothing, and closed"
    if not banner.startswith(b"SSH-"):
        cause = "that is no SSH server; or it drops new logins for now (MaxStartups, PerSourcePenalties)"
        fix = "wait ten minutes, then check the port in the console"
        raise Blocked(failure("banner", f"{server} sent {text}", cause=cause, fix=fix))
    return ok("banner", text)


def _host_key(box: Box) -> Finding:
    known = host_keys.pinned(box.resolved)
    try:
        key = shown_host_key(box)
    except ReachError as exc:
        raise Blocked(failure("host key", exc.what, cause=exc.cause, fix=exc.hint)) from exc
    shown = f"{host_keys.fingerprint(key)} ({key.get_name()})"
    if known and key not in known:
        pinned = ", ".join(host_keys.fingerprint(old) for old in known)
        cause = f"pinned is {pinned}: the box was re-created, or someone is in between"
        raise Blocked(failure("host key", shown, cause=cause, fix=f"ssh-transport config.forget {box.name}"))
    if not known:
        if not host_keys.can_pin(box.resolved):
            error = host_keys.unpinned(box.resolved, f"{box.resolved.known_hosts[0]} can't be written")
            raise Blocked(failure("host key", error.what, cause=error.cause, fix=error.hint))
        profile, _ = box.platform
        where = profile.fingerprint_shown_in or "the platform's console"
        return warning(
            "host key", shown, cause="not pinned yet: this is a first contact", fix=f"compare it with {where}"
        )
    return ok("host key", f"{shown}, as pinned")


def _login(box: Box) -> Finding:
    files = [path.name for path in box.resolved.identities if path.is_file()]
    in_agent = [] if box.resolved.identities_only else [key.get_name() for key in paramiko.Agent().get_keys()]
    keys = ", ".join([*files, *(f"agent: {name}" for name in in_agent)]) or "none"
    try:
        box.reconnect(Login(keys_only=True, remember=False))
    except LoginRefused as exc:
        if "passphrase" in exc.what:
            raise Blocked(failure("login", exc.what, cause=exc.cause, fix=exc.hint)) from exc
        cause = f"{one_line('; '.join(exc.cause.splitlines()))}; keys offered: {keys}"
        raise Blocked(
            failure(
                "login", f"{box.resolved.user} is refused", cause=cause, fix=f"ssh-transport -H {box.name} keys.push"
            )
        ) from exc
    except ReachError as exc:
        raise Blocked(failure("login", exc.what, cause=exc.cause, fix=exc.hint)) from exc
    return ok("login", f"{box.resolved.user}, by key (offered: {keys})")
