"""A bucket of OpenStack Swift on loopback, which speaks S3 by its own filter and checks signatures and their age."""

from __future__ import annotations

import getpass
import subprocess
import sys
from typing import Self

from .served_bucket import ServedBucket, free_ports

_BACK_ENDS = ("account", "container", "object")
_BACK_END = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
swift_dir = {place}
devices = {place}/devices
mount_check = false
workers = 0
user = {user}
log_address = /nonexistent
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""
_PROXY = """\
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = {port}
swift_dir = {place}
workers = 0
user = {user}
log_address = /nonexistent
[pipeline:main]
pipeline = catch_errors cache s3api tempauth proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:tempauth]
use = egg:swift#tempauth
user_lab_person = {secret} .admin
"""
# One copy of everything, on one device.
_RINGS = """\
import sys
from swift.common.ring import RingBuilder
for kind, port in zip(("account", "container", "object"), sys.argv[2:]):
    made = RingBuilder(1, 1, 0)
    device = {"region": 1, "zone": 1, "ip": "127.0.0.1", "port": int(port), "device": "d", "weight": 1.0}
    made.add_dev({**device, "replication_ip": "127.0.0.1", "replication_port": int(port)})
    made.rebalance()
    made.get_ring().save(f"{sys.argv[1]}/{kind}.ring.gz")
"""
_CONFIG = """\
[swift-hash]
swift_hash_path_suffix = tests
[storage-policy:0]
name = one
default = yes
"""


class Swift(ServedBucket):
    """Four processes and a bucket, for as long as the ``with`` lasts."""

    key_id = "lab:person"

    def __enter__(self) -> Self:
        *ports, self.port = free_ports(len(_BACK_ENDS) + 1)
        (self.place / "devices" / "d").mkdir(parents=True)
        (self.place / "swift.conf").write_text(_CONFIG)
        told = {"place": self.place, "user": getpass.getuser(), "secret": self.secret}
        subprocess.run([sys.executable, "-c", _RINGS, self.place, *map(str, ports)], check=True)
        for kind, port in zip(_BACK_ENDS, ports, strict=True):
            self._starts(kind, port, _BACK_END.format(kind=kind, port=port, **told))
        self._starts("proxy", self.port, _PROXY.format(port=self.port, **told))
        self.makes_bucket()
        return self

    def _starts(self, kind: str, port: int, config: str) -> None:
        path = self.place / f"{kind}.conf"
        path.write_text(config)
        self.starts(port, f"swift-{kind}-server", str(path))
