"""The scenarios of the hostile SFTP server, each named by what the server does."""

from __future__ import annotations

import struct

from tests.support import sftp_server as sftp
from tests.support.hostile_sftp import (
    EITHER,
    ESCAPES,
    HONEST_BYTES,
    OUTSIDE,
    WHOLE,
    Fake,
    Scenario,
    always,
    directory,
    dropped_on_close,
    dying,
    endless_length,
    endless_names,
    failing,
    for_another,
    full_disk,
    honest_with,
    later,
    limited,
    longer,
    named,
    past_half,
    rewritten,
    said_twice,
    shorter,
    silent,
    swallowed,
    symlink,
    truncated,
)
from tests.support.sftp_server import Attrs, framed, string

STOLEN = Fake(b"authorized_keys")

_NAMES = {
    "lists a name that climbs out": b"../evil",
    "lists a name with a slash": b"sub/planted",
    "lists a name that climbs out in the middle": b"sub/../../evil",
    "lists an absolute name": OUTSIDE + b"/authorized_keys",
    "lists an empty name": b"",
    "lists a name with a NUL": b"a\0b",
    "lists a name of 300 bytes": b"n" * 300,
}
_ODD_NAMES = {
    "lists names that take the terminal over": ESCAPES.replace(b"/", b""),
    "lists a name that is not UTF-8": b"caf\xe9",
    "lists a name like an option": b"--delete",
    "lists a link like our partial directory": b".sftp-partial",
}
_LINKS = {
    "has a link to an absolute place": OUTSIDE,
    "has a link that climbs out": b"../../../outside",
    "has a link with escapes in its target": ESCAPES,
    "has a link with a NUL in its target": b"a\0b",
    "has a link to nothing at all": b"",
    "has a link with a target of 5000 bytes": b"t" * 5000,
}
_READS = {
    "sends more than was asked for": longer,
    "answers a request that nobody made": for_another,
    "answers every request twice": said_twice,
    "sends no bytes for ever": always(lambda number: framed(sftp.DATA, number, string(b""))),
    "ends a file in the middle": past_half(failing(sftp.EOF)),
    "fails in the middle of a file": past_half(failing()),
    "answers with a status that does not exist": past_half(failing(4_000_000_000, ESCAPES)),
    "answers a read with done": past_half(failing(sftp.OK)),
    "answers a read with names": past_half(named(b"x")),
    "answers a read with a kind that does not exist": past_half(always(lambda number: framed(250, number, b""))),
    "announces a packet of 4 GiB": past_half(endless_length),
    "sends a packet of no bytes": past_half(always(lambda _: string(b""))),
    "sends a packet that ends before its number": past_half(always(lambda _: string(b"\x67\0"))),
    "sends data longer than its packet": past_half(
        always(lambda number: framed(sftp.DATA, number, b"\xff\xff\xff\xff" + b"x" * 10))
    ),
    "ends in the middle of a packet": past_half(truncated),
    "ends in the middle of a file": past_half(dying),
    "falls silent in the middle of a file": past_half(silent),
    "fails with words that take the terminal over": past_half(failing(sftp.FAILURE, ESCAPES * 50)),
    "fails with words of 10 MB": past_half(failing(sftp.FAILURE, ESCAPES * 400_000)),
    "fails with words that are not UTF-8": past_half(failing(sftp.PERMISSION_DENIED, b"caf\xe9\xff\0")),
}
_LISTINGS = {
    "lists new names for ever": endless_names,
    "lists the same name for ever": named(b"again"),
    "lists no names for ever": always(lambda number: sftp.names(number, [])),
    "lists fewer names than it counts": always(lambda number: framed(sftp.NAME, number, b"\xff\xff\xff\xff")),
    "lists attributes without an end": always(
        lambda number: framed(
            sftp.NAME, number, b"\0\0\0\1" + string(b"a") + string(b"a") + b"\x80\0\0\0\xff\xff\xff\xff"
        )
    ),
    "breaks a listing off": later(failing()),
    "falls silent in a listing": silent,
    "ends in a listing": dying,
}

PULLS: dict[str, Scenario] = {
    "is honest": Scenario(WHOLE),
    "answers out of order": Scenario(WHOLE, shuffled=True),
    "sends less than was asked for": Scenario(WHOLE, spoiled={sftp.READ: shorter}),
    "knows no extensions": Scenario(WHOLE, extensions=()),
    **{name: Scenario(fakes=(Fake(bad),)) for name, bad in _NAMES.items()},
    **{
        f"{name}, of a directory": Scenario(fakes=(directory(bad, STOLEN),))
        for name, bad in _NAMES.items()
        if len(bad) < 300
    },
    **{name: Scenario(EITHER, (Fake(odd),)) for name, odd in _ODD_NAMES.items()},
    "lists a link like our partial directory": Scenario(EITHER, (symlink(b".sftp-partial", OUTSIDE),)),
    **{name: Scenario(EITHER, (symlink(b"link", target),)) for name, target in _LINKS.items()},
    "answers for a link with no name": Scenario(fakes=(symlink(b"link", b"x"),), spoiled={sftp.READLINK: named()}),
    "answers for a link with two names": Scenario(
        EITHER, (symlink(b"link", b"x"),), {sftp.READLINK: named(b"x", OUTSIDE)}
    ),
    "lists a link, then a directory of its name": Scenario(
        EITHER, (symlink(b"x", OUTSIDE), directory(b"x", STOLEN), symlink(b"y", OUTSIDE), directory(b"y", STOLEN))
    ),
    "lists a link, then a file of its name": Scenario(
        EITHER, (symlink(b"x", OUTSIDE + b"/authorized_keys"), Fake(b"x"))
    ),
    "lists a directory, then a link of its name": Scenario(EITHER, (directory(b"x", STOLEN), symlink(b"x", OUTSIDE))),
    "lists a file twice": Scenario(EITHER, (Fake(b"x"), Fake(b"x", Attrs(0o100600, 100, 5)))),
    "has a directory that is in itself": Scenario(fakes=(directory(b"deep", is_in_itself=True),)),
    "says a file is larger than it is": Scenario(fakes=(honest_with(size=2 * HONEST_BYTES),)),
    "says a file is smaller than it is": Scenario(EITHER, (honest_with(size=HONEST_BYTES // 2),)),
    "says a file is empty that is not": Scenario(EITHER, (honest_with(size=0),)),
    "says a file has 2^63 bytes": Scenario(fakes=(honest_with(size=1 << 63),)),
    "says a file has less than no bytes": Scenario(fakes=(honest_with(size=(1 << 64) - 1),)),
    "says no size": Scenario(EITHER, (honest_with(size=None),)),
    "says no mode": Scenario(EITHER, (Fake(b"odd", Attrs(None, 7, 5)),)),
    "says setuid": Scenario(EITHER, (honest_with(mode=0o104755),)),
    "says every bit of a mode": Scenario(EITHER, (honest_with(mode=0o107777),)),
    "says a block device": Scenario(EITHER, (Fake(b"odd", Attrs(0o060666, 7, 5)),)),
    "says a mode of no kind": Scenario(EITHER, (Fake(b"odd", Attrs(0xFFFFFFFF, 7, 5)),)),
    "says a time far ahead": Scenario(EITHER, (honest_with(mtime_s=0xFFFFFFFF),)),
    "changes a file that is being read": Scenario(EITHER, spoiled={sftp.OPEN: rewritten}),
    **{name: Scenario(spoiled={sftp.READ: spoiled}) for name, spoiled in _READS.items()},
    **{name: Scenario(spoiled={sftp.READDIR: spoiled}) for name, spoiled in _LISTINGS.items()},
    "answers every request twice": Scenario(EITHER, spoiled={sftp.READ: said_twice}),
    "refuses to open a file": Scenario(spoiled={sftp.OPEN: failing(sftp.PERMISSION_DENIED, ESCAPES)}),
    "opens a file without a handle": Scenario(spoiled={sftp.OPEN: failing(sftp.OK)}),
    "opens a file with a handle of 300 kB": Scenario(
        EITHER, spoiled={sftp.OPEN: always(lambda number: framed(sftp.HANDLE, number, string(b"h" * 300_000)))}
    ),
    "opens a directory without a handle": Scenario(spoiled={sftp.OPENDIR: failing(sftp.OK)}),
    "leads the source elsewhere": Scenario(EITHER, spoiled={sftp.REALPATH: named(b"/" + ESCAPES + b"\0")}),
    "names two real paths": Scenario(EITHER, spoiled={sftp.REALPATH: named(b"/", b"/x")}),
    "greets with noise": Scenario(spoiled={sftp.INIT: always(lambda _: b"Welcome to vast.ai!\r\n" + ESCAPES)}),
    "greets with version 2": Scenario(
        EITHER, spoiled={sftp.INIT: always(lambda _: string(struct.pack(">BI", sftp.VERSION, 2)))}
    ),
    "greets with version 99": Scenario(
        EITHER, spoiled={sftp.INIT: always(lambda _: string(struct.pack(">BI", sftp.VERSION, 99)))}
    ),
    "greets with half an extension": Scenario(
        EITHER, spoiled={sftp.INIT: always(lambda _: string(struct.pack(">BI", sftp.VERSION, 3) + b"\0\0\xff\xffx"))}
    ),
    "greets with nothing": Scenario(spoiled={sftp.INIT: silent}),
    "allows reads of no bytes": Scenario(EITHER, spoiled={sftp.LIMITS: limited(0, 0, 0, 0)}),
    "allows reads of 2^64 bytes": Scenario(WHOLE, spoiled={sftp.LIMITS: limited(*[(1 << 64) - 1] * 4)}),
    "answers for the limits with half of them": Scenario(
        EITHER, spoiled={sftp.LIMITS: always(lambda number: framed(sftp.EXTENDED_REPLY, number, b"\0" * 9))}
    ),
}

PUSHES: dict[str, Scenario] = {
    "takes everything": Scenario(WHOLE),
    "answers a push out of order": Scenario(WHOLE, shuffled=True),
    "knows no extensions on a push": Scenario(WHOLE, extensions=()),
    "says written and writes nothing": Scenario(spoiled={sftp.WRITE: swallowed}),
    "says written and writes half": Scenario(spoiled={sftp.WRITE: past_half(swallowed)}),
    "fails in the middle of a push": Scenario(spoiled={sftp.WRITE: past_half(failing())}),
    "fails a push with words that take the terminal over": Scenario(
        spoiled={sftp.WRITE: past_half(failing(4_000_000_000, ESCAPES * 50))}
    ),
    "has a full disk": Scenario(spoiled={sftp.WRITE: full_disk}),
    "answers a write that nobody made": Scenario(EITHER, spoiled={sftp.WRITE: past_half(for_another)}),
    "answers a write with data": Scenario(
        spoiled={sftp.WRITE: past_half(always(lambda number: framed(sftp.DATA, number, string(b"x"))))}
    ),
    "falls silent in the middle of a push": Scenario(spoiled={sftp.WRITE: past_half(silent)}),
    "ends in the middle of a push": Scenario(spoiled={sftp.WRITE: past_half(dying)}),
    "loses the end of a file on closing it": Scenario(spoiled={sftp.CLOSE: dropped_on_close}),
    "refuses to rename": Scenario(spoiled={sftp.RENAME: failing(), sftp.POSIX_RENAME: failing()}),
    "says renamed and renames nothing": Scenario(spoiled={sftp.RENAME: swallowed, sftp.POSIX_RENAME: swallowed}),
    "refuses to make directories": Scenario(spoiled={sftp.MKDIR: failing(sftp.PERMISSION_DENIED, ESCAPES)}),
    "says made and makes no directory": Scenario(spoiled={sftp.MKDIR: swallowed}),
    "refuses to open a file for writing": Scenario(spoiled={sftp.OPEN: failing(sftp.PERMISSION_DENIED, ESCAPES)}),
    "refuses modes and times": Scenario(EITHER, spoiled={sftp.SETSTAT: failing(), sftp.FSETSTAT: failing()}),
    "refuses to sync": Scenario(EITHER, spoiled={sftp.FSYNC: failing()}),
}
