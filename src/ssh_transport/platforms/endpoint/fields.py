"""The names that consoles, APIs and people give to host, port and user, in English, Chinese and others."""

from __future__ import annotations

import re

from ssh_transport.platforms import address
from ssh_transport.platforms.address import Endpoint, unreadable

from .draft import at, number, whole
from .plain import is_placeholder

_HOST = (
    "host hostname hostip hostaddress ip ipaddr ipaddress ipv4 addr address server serverip serveraddress ipv4address "
    "instanceip machineip vmip mainip dns dnsname proxyhost "
    "主机 主机名 主机地址 主机ip 地址 服务器 服务器地址 服务器ip 公网ip 外网ip 公网地址 ip地址 公网ip地址 域名 "
    "连接地址 登录地址 实例ip 端点 "
    "호스트 호스트명 호스트이름 서버 서버주소 주소 아이피 "
    "ホスト ホスト名 サーバー サーバ サーバー名 アドレス ipアドレス "
    "rechner serveradresse ipadresse adresse hôte serveur adresseip servidor dirección direccion direcciónip endereço "
    "indirizzo хост сервер адрес ipадрес айпи"  # noqa: RUF001 - Russian
)
_PORT = (
    "port portnumber port22 tcpport22 端口 端口号 主机端口 外网端口 公网端口 映射端口 登录端口 连接端口 "
    "포트 포트번호 ポート ポート番号 puerto porta порт"
)
_USER = (
    "user username userid login loginuser loginname account "
    "用户 用户名 用户名称 登录用户 登录名 登录用户名 登录账号 账号 账户 帐号 帐户 系统用户 "
    "사용자 사용자명 사용자이름 계정 아이디 ユーザー ユーザー名 ユーザ ユーザ名 アカウント "
    "benutzer benutzername nutzer utilisateur identifiant usuario usuário utente пользователь имяпользователя логин"
)
_KINDS = {name: kind for kind, names in (("host", _HOST), ("port", _PORT), ("user", _USER)) for name in names.split()}
# RunPod's environment of a pod, and Vast's list of instances.
_OF_ROOT = frozenset({"runpodtcpport22", "sshaddr"})
# What may stand in front of such a name, and says nothing.
_PREFIX = re.compile(
    r"(?:(?:ssh|sftp|the|your|public|external|remote|ansible|runpod|vast|pod|instance|default|"
    r"远程|实例|外网|公网)[ _-]*)+"
)


def is_of_root(name: str) -> bool:
    """Whether only a platform whose boxes have the user root calls a field so."""
    return re.sub(r"[ _.-]", "", name).lower() in _OF_ROOT


def kind(name: str) -> str:
    """Return ``host``, ``port`` or ``user`` for the name of a field, else an empty string."""
    plain = name.strip(" *-_•·\"'`#").lower()
    for said in (plain, _PREFIX.sub("", plain, count=1)):
        if found := _KINDS.get(re.sub(r"[ _.-]", "", said)):
            return found
    return ""


def endpoint(values: dict[str, str]) -> Endpoint:
    """
    Return the endpoint of a host, a port and a user as written; the host may contain the other two.

    :raises EndpointError: one of them is not valid or not filled in.
    """
    if any(is_placeholder(value) for value in values.values()):
        raise unreadable("a part of it is not filled in yet")
    said = at(values["host"])
    return Endpoint(
        host=said.host,
        user=said.user or (address.user(whole(values["user"])) if values.get("user") else None),
        port=said.port or (number(values["port"]) if values.get("port") else None),
    )
