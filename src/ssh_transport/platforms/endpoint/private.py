"""Cuts passwords, keys and tokens out of a pasted text, before anything else looks at it."""

from __future__ import annotations

import re

# A word for a secret. Not as the value of an option (`PreferredAuthentications=publickey,password`), nor in its name.
_LABEL = re.compile(
    r"""(?xi) 密码 | 口令 | 令牌 | 密钥[ ]*(?=[:=]) |
    비밀번호 | 암호 | パスワード | пароль | mot[ ]de[ ]passe | contraseña | kennwort | senha |
    (?<![a-z0-9=,_.@/${-])
    (?: [a-z_-]{0,30}? (?:passwords?|passwort|passwd|passphrase|pwd|secret|token|api[ _-]?key) (?![a-z0-9_@./-]) |
    (?:ssh|root|[a-z_-]{0,30}[_-])? (?:pass|pw) (?=[ ]*["']?[:=]) )
    """
)
_VALUE = re.compile(r"""[ ]*["']?[ ]*(?:[:=]|is\b|are\b|为|是)?[ ]*(?:"[^"\n]*"|'[^'\n]*'|[^\s,;|]+)?""", re.IGNORECASE)
_WORD = r"""(?:"[^"\n]*"|'[^'\n]*'|[^\s'"]+)"""
_FLAG = re.compile(
    rf"(?i)(?P<flag>\bsshpass[ ]+(?:-[ev][ ]+)*-p[ ]*|(?<=[ ])(?:-pw|--?pass(?:word|wd)?|--token)(?:[ ]+|=)){_WORD}"
)
# What stands in place of a secret behind an option, so that nothing else is taken for it.
_MASK = "***"
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^-]|-(?!----END))*(?:-----END [A-Z ]*-----)?")
_PUBLIC_KEY = re.compile(r"(?:sk-)?(?:ssh|ecdsa)-[\w@.-]{1,60} AAAA[A-Za-z0-9+/=]*(?:[ ]+[^\s\"']+)?")
_COMMAND = re.compile(r"(?i)(?:ssh|scp|sftp|rsync|plink)[ ]+\S|(?:ssh|scp|sftp)://")
_OTHER_LABEL = re.compile(
    r"(?i)[ ]*[\"']?(?:ssh|public|host|ip|addr|port|user|login|"
    r"主机|地址|服务器|公网|端口|用户|账号|登录)[^:=\n]{0,20}[:=]"
)


def without_secrets(text: str) -> str:
    """Return the text without keys, and without what stands behind or below a word for a password."""
    text = _FLAG.sub(rf"\g<flag>{_MASK}", _PUBLIC_KEY.sub("", _PRIVATE_KEY.sub("", text)))
    lines: list[str] = []
    next_is_private = False
    for line in text.split("\n"):
        if next_is_private and line.strip() and not (_COMMAND.search(line) or _OTHER_LABEL.match(line)):
            next_is_private = False
            continue
        kept, labelled = _cut(line)
        next_is_private = labelled or (next_is_private and not line.strip())
        lines.append(kept)
    return "\n".join(lines)


def _cut(line: str) -> tuple[str, bool]:
    """Return the line without words for secrets and their values, and whether the value must be on the next line."""
    kept: list[str] = []
    start = 0
    has_command = False
    while found := _LABEL.search(line, start):
        kept.append(line[start : found.start()])
        has_command = has_command or bool(_COMMAND.search(kept[-1]))
        if has_command:
            # A password may have spaces.
            return "".join(kept), not line[found.end() :].strip(" :='\"")
        value = _VALUE.match(line, found.end())
        start = value.end() if value else found.end()
        if not line[found.end() : start].strip(" :='\""):
            # In the head of a table, it is the name of a column.
            is_column = "|" in line or "  " in line.strip()
            return line if is_column else "".join(kept), not is_column
        kept.append(" ")
    return "".join([*kept, line[start:]]), False
