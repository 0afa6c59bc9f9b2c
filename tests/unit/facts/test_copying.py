"""The version of an rsync decides what may be asked of it."""

from __future__ import annotations

import subprocess

import pytest

from ssh_transport.facts.copying import Version, local_rsync, rsync_version, unfit_rsync

_OLD = """rsync  version 3.1.3  protocol version 31
Copyright (C) 1996-2018 by Andrew Tridgell, Wayne Davison, and others.
Capabilities:
    64-bit files, 64-bit inums, 64-bit timestamps, 64-bit long ints,
    socketpairs, hardlinks, symlinks, IPv6, batchfiles, inplace,
    append, ACLs, xattrs, iconv, symtimes, prealloc
"""
_SUMS = ("xxh128", "xxh3", "xxh64", "md5", "md4", "sha1")
_NEW = """rsync  version {}  protocol version 31
Copyright (C) 1996-2022 by Andrew Tridgell, Wayne Davison, and others.
Optimizations:
    SIMD-roll, no asm-roll, openssl-crypto, no asm-MD5
Checksum list:
    xxh128 xxh3 xxh64 (xxhash) md5 md4 sha1 none
Compress list:
    {}
Daemon auth list:
    sha512 sha256 sha1 md5 md4
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(_OLD, Version((3, 1, 3), zstd=False), id="3.1.3"),
        pytest.param(
            _NEW.format("3.2.7", "zstd lz4 zlibx zlib none"), Version((3, 2, 7), zstd=True, checksums=_SUMS), id="3.2.7"
        ),
        pytest.param(_NEW.format("v3.2.3", "lz4 zstd"), Version((3, 2, 3), zstd=True, checksums=_SUMS), id="v3.2.3"),
        pytest.param(
            _NEW.format("3.2.7", "zlibx zlib none"), Version((3, 2, 7), zstd=False, checksums=_SUMS), id="no zstd"
        ),
        pytest.param(
            _NEW.format("3.5.0", "lz4 zstd zlibx"), Version((3, 5, 0), zstd=True, checksums=_SUMS), id="3.5.0"
        ),
        pytest.param(
            _NEW.format("3.4.0pre1", "nozstd zstdlike"),
            Version((3, 4, 0), zstd=False, checksums=_SUMS),
            id="pre-release",
        ),
        pytest.param("welcome!\n" + _OLD, Version((3, 1, 3), zstd=False), id="behind a banner"),
        pytest.param("rsync  version 3.0.9  protocol version 30\n", None, id="no progress of the whole"),
        pytest.param("openrsync: protocol version 29\nrsync version 2.6.9 compatible\n", None, id="macOS"),
        pytest.param("openrsync 0.1 (protocol version 27)\n", None, id="OpenBSD"),
        pytest.param("bash: rsync: command not found", None, id="none"),
        pytest.param("", None, id="empty"),
    ],
)
def test_a_version_is_number_zstd_and_checksums(text: str, expected: Version | None) -> None:
    """The texts of the rsyncs in the field are told apart; what lacks the needed options is none."""
    assert expected == rsync_version(text)


@pytest.mark.parametrize(
    ("text", "called"),
    [
        (_OLD, ""),
        ("openrsync: protocol version 29\nrsync version 2.6.9 compatible\n", "openrsync"),
        ("openrsync 0.1 (protocol version 27)\n", "openrsync"),
        ("rsync  version 3.0.9  protocol version 30\n", "rsync 3.0.9"),
        ("bash: rsync: command not found", ""),
        ("", ""),
    ],
)
def test_an_rsync_that_is_there_and_can_not_be_used_is_called_what_it_is(text: str, called: str) -> None:
    assert unfit_rsync(text) == called


def test_the_installed_rsync_is_understood() -> None:
    """The rsync of this machine says its version in a form that is read."""
    text = subprocess.run(["rsync", "--version"], capture_output=True, text=True, check=True).stdout
    found = local_rsync()

    assert found
    assert str(found) in text.splitlines()[0]
    assert found.number >= (3, 1, 0)


@pytest.mark.parametrize("missing", ["rsync", "ssh"])
def test_a_machine_without_either_program_has_no_rsync(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rsync without `ssh` copies nothing."""
    monkeypatch.setattr("shutil.which", lambda name: None if name == missing else f"/usr/bin/{name}")

    assert local_rsync() is None
