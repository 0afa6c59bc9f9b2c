"""
Scripts that use a secret on the box. The value is masked in their output before it leaves the box.

Curl and Python read the value from standard input; a command gets it in its environment, and only this command.
"""

from __future__ import annotations

from .scripts import FUNCTIONS

MISSING = "missing"
NO_TOOL = 127
TIMEOUT_S = 120
# Exit codes of curl(1): no name, no connection, timeout, no TLS, no answer, a broken one.
OFFLINE_CODES = frozenset({5, 6, 7, 28, 35, 52, 55, 56, 60, 97})

# The input is the value, a line with the token, and output up to another one: what a command has left running may hold
# the pipe. In the output each line of the value becomes stars, and what in it may be a value of its own; also as JSON,
# in percent-encoding and in base64, wherever in what was encoded it began. The longest go first: one may be part of
# another.
_MASKED = r"""
token=$1
shift
seen "$path" || exit
[ -n "$(content value "$path")" ] || { printf '%s missing' "$token"; exit 0; }
masked() {
    awk -v token="$token" '
        function hide(text,   size) {
            if (text !~ /[A-Za-z0-9]/ || text in known) return
            known[text] = 1
            size = length(text)
            hidden[size, ++number[size]] = text
            if (size > most) most = size
        }
        function in_base64(text,   at, bytes, out, left) {
            for (at = 1; (left = length(text) - at + 1) > 0; at += 3) {
                bytes = code[substr(text, at, 1)] * 65536 + code[substr(text, at + 1, 1)] * 256
                bytes += code[substr(text, at + 2, 1)]
                out = out substr(digits, int(bytes / 262144) + 1, 1) substr(digits, int(bytes / 4096) % 64 + 1, 1)
                out = out (left > 1 ? substr(digits, int(bytes / 64) % 64 + 1, 1) : "=")
                out = out (left > 2 ? substr(digits, bytes % 64 + 1, 1) : "=")
            }
            hide(out)
            gsub(/\+/, "-", out)
            gsub(/\//, "_", out)
            hide(out)
        }
        function hide_all(text,   at, char, path, percent) {
            hide(text)
            in_base64(text)
            for (at = 0; at < 3; at++) in_base64(substr(text, at + 1, int((length(text) - at) / 3) * 3))
            for (at = 1; at <= length(text); at++) {
                char = substr(text, at, 1)
                if (char !~ /[A-Za-z0-9._~-]/) char = sprintf("%%%02X", code[char])
                percent = percent char
                path = path (char == "%2F" ? "/" : char)
            }
            hide(percent)
            hide(path)
            gsub(/[\\"]/, "\\\\&", text)
            hide(text)
        }
        BEGIN {
            digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
            for (at = 1; at < 256; at++) code[sprintf("%c", at)] = at
        }
        !asked && $0 == token {
            asked = 1
            for (size = most; size > 0; size--)
                for (at = 1; at <= number[size]; at++) all[++count] = hidden[size, at]
            next
        }
        !asked {
            sub(/\r$/, "")
            hide_all($0)
            rest = $0
            if (sub(/^[^=:]*[=:][ \t]*/, "", rest) && length(rest) > 7) hide_all(rest)
            words = split($0, word, /[ \t=:,;{}"\047\[\]]+/)
            for (at = 1; at <= words; at++) if (length(word[at]) > 7) hide_all(word[at])
            words = split($0, word, /["\047]/)
            for (at = 1; at <= words; at++) if (length(word[at]) > 7) hide_all(word[at])
            next
        }
        {
            for (at = 1; at <= count; at++) {
                rest = $0
                $0 = ""
                while ((found = index(rest, all[at])) > 0) {
                    $0 = $0 substr(rest, 1, found - 1) "********"
                    rest = substr(rest, found + length(all[at]))
                }
                $0 = $0 rest
            }
            print
        }
        index($0, token " ") == 1 { exit }'
}
"""
_RUN = """
{ content value "$path"; echo; echo "$token"; ask 2>&1; code=$?; echo; echo "$token $code"; } | masked
"""

_PYTHON = r"""
import base64, json, sys, urllib.error, urllib.request

class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *unused):
        return None

url, data, *lines = sys.argv[1:]
key, _, text = sys.stdin.read().strip().partition(" = ")
text = json.loads(text, strict=False)
if key == "user":
    text = "Authorization: Basic " + base64.b64encode(text.encode()).decode()
headers = dict(line.split(": ", 1) for line in [*lines, text])
try:
    request = urllib.request.Request(url, data.encode() or None, headers)
    answer = urllib.request.build_opener(Stay).open(request, timeout=30)
except urllib.error.HTTPError as error:
    answer = error
except OSError as error:
    print(error)
    sys.exit(7)
print(answer.read(1000000).decode("utf-8", "replace"))
print(answer.status)
"""

# $1 token, $2 url, $3 data, $4 "header" or "user", $5 text before the value, $6 text after it, then more headers.
REQUEST = f"""{FUNCTIONS}{_MASKED}
url=$1 data=$2 key=$3 before=$4 after=$5
shift 5
line() {{
    printf '%s = "%s' "$key" "$before"
    content value "$path" | tr -d '\\n' | sed 's/[\\\\"]/\\\\&/g'
    printf '%s"\\n' "$after"
}}
ask() {{
    if command -v curl >/dev/null; then
        for header; do
            set -- "$@" -H "$header"
            shift
        done
        [ -z "$data" ] || set -- "$@" -H 'Content-Type: application/json' -d "$data"
        line | curl -q -sS -K - --max-time 30 --max-filesize 1000000 -w '\\n%{{http_code}}\\n' "$@" "$url"
    elif command -v python3 >/dev/null; then
        [ -z "$data" ] || set -- "$@" 'Content-Type: application/json'
        line | python3 -I -S -c "$python" "$url" "$data" "$@"
    else
        echo "neither curl nor python3"
        return {NO_TOOL}
    fi
}}
python='{_PYTHON}'
{_RUN}"""

# $1 token, $2 the variable or empty, $3 the program that it needs or empty, $4 the command. The variable is exported
# before `exec`: with `env NAME=value` the value would be in the arguments of a process. After that, no name of ours
# counts any more. What the command has started ends with it, and both do with the link: standard input is open.
COMMAND = f"""{FUNCTIONS}{_MASKED}
variable=$1 tool=$2 command=$3
exec 3<&0
ends() {{
    for signal in TERM KILL; do
        kill -s "$signal" -- "-$work" || kill -s "$signal" "$work" || return 0
        [ -n "$1" ] || sleep 1
    done
}}
ask() {{
    [ -z "$tool" ] || command -v "$tool" >/dev/null || {{ echo "no $tool"; return {NO_TOOL}; }}
    (
        exec </dev/null 3<&-
        set -- sh -c "$command"
        ! command -v timeout >/dev/null || set -- timeout {TIMEOUT_S} "$@"
        ! command -v setsid >/dev/null || set -- setsid "$@"
        [ -z "$variable" ] || eval "$variable=\\$(content value \\"\\$path\\") && export $variable" || exit
        exec "$@"
    ) &
    work=$!
    ( read -r _ <&3; ends '' ) >/dev/null 2>&1 &
    watch=$!
    wait "$work"
    code=$?
    {{ kill "$watch"; wait "$watch"; ends now; }} 2>/dev/null
    return "$code"
}}
{_RUN}"""
