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

# The input is the value, a line with the token, and output; every line of the value is replaced by stars in the output.
_MASKED = r"""
token=$1
shift
seen "$path" || exit
[ -n "$(content value "$path")" ] || { printf '%s missing' "$token"; exit 0; }
masked() {
    awk -v token="$token" '
        !asked && $0 == token { asked = 1; next }
        !asked { if ($0 != "") hidden[++count] = $0; next }
        {
            for (number = 1; number <= count; number++) {
                rest = $0
                $0 = ""
                while ((found = index(rest, hidden[number])) > 0) {
                    $0 = $0 substr(rest, 1, found - 1) "********"
                    rest = substr(rest, found + length(hidden[number]))
                }
                $0 = $0 rest
            }
            print
        }'
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
# before `exec`: with `env NAME=value` the value would be in the arguments of a process.
COMMAND = f"""{FUNCTIONS}{_MASKED}
variable=$1 tool=$2 command=$3
ask() {{
    [ -z "$tool" ] || command -v "$tool" >/dev/null || {{ echo "no $tool"; return {NO_TOOL}; }}
    (
        if [ -n "$variable" ]; then
            eval "$variable=\\$(content value \\"\\$path\\")"
            export "${{variable?}}"
        fi
        limit=
        command -v timeout >/dev/null && limit='timeout {TIMEOUT_S}'
        exec </dev/null
        exec $limit sh -c "$command"
    )
}}
{_RUN}"""
