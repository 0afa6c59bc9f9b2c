"""What to do about a config file that `ssh` refuses, by the words in which it does."""

from __future__ import annotations

import re

_UNKNOWN = re.compile(r"(?m)^(?P<file>.+): line (?P<line>\d+): Bad configuration option: (?P<option>\S+)")
_LINE = re.compile(r"(?m)^(?P<file>.+?):? line (?P<line>\d+):")
_MODE = re.compile(r"Bad owner or permissions on (?P<file>.+)")
# Options of one system's ssh, which another's takes for a mistake.
_ELSEWHERE = {
    "usekeychain": "UseKeychain",
    "gssapikeyexchange": "GSSAPIKeyExchange",
    "gssapitrustdns": "GSSAPITrustDns",
}


def hint(stderr: str) -> str:
    """Return what cures the fault that `ssh` names, with file and line; empty if it names none."""
    if found := _UNKNOWN.search(stderr):
        option = found["option"]
        if known := _ELSEWHERE.get(option.lower()):
            return f"another system's ssh knows it; put this line at the top of {found['file']}: IgnoreUnknown {known}"
        return f"correct line {found['line']} of {found['file']}, or if another ssh knows it: IgnoreUnknown {option}"
    if found := _MODE.search(stderr):
        return f"it must be yours alone: chmod 600 {found['file'].strip()}"
    if found := _LINE.search(stderr):
        return f"correct line {found['line']} of {found['file']}"
    return ""
