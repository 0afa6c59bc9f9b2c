"""One entry among others in a file on a box: a machine of a netrc file, a host of git's credentials."""

from __future__ import annotations

# Both programs read the file to be changed as `part=text`, and the entry that is to stand there as `part=piece`.
# `mode`: "only" prints our entry, "with" the file with the piece in its place, "value" the password, "names" all names.
# They run on any awk (mawk, busybox, gawk) in the C locale, as a password may be any bytes.

# The tokens of netrc(5) are those that Python and curl know: white space around, quotes with backslashes, comments. A
# macro reaches to the next empty line. What follows `default` is never found, so a new entry goes before it.
NETRC = r"""
part == "piece" { piece = piece $0 "\n" }
part == "text" { text = text $0 "\n" }

function next_word(   start, char) {
    while (at <= length(text) && index(" \t\r\n", substr(text, at, 1))) at++
    start = from = at
    word = ""
    if (substr(text, at, 1) == "\"") {
        for (at++; at <= length(text) && (char = substr(text, at, 1)) != "\""; at++) {
            if (char == "\\") char = substr(text, ++at, 1)
            word = word char
        }
        at++
        return 1
    }
    while (at <= length(text) && !index(" \t\r\n", substr(text, at, 1))) {
        char = substr(text, at, 1)
        if (char == "\\") char = substr(text, ++at, 1)
        word = word char
        at++
    }
    return at > start
}

function skip_line() {
    while (at <= length(text) && substr(text, at, 1) != "\n") at++
}

function fields(   end, key) {
    password = ""
    for (end = at; next_word(); ) {
        if (substr(text, from, 1) == "#") { skip_line(); continue }
        if (word != "login" && word != "user" && word != "account" && word != "password") break
        key = word
        next_word()
        if (key == "password") password = word
        end = at
    }
    at = end
}

function rest_of_line(   look) {
    for (look = at; index(" \t\r", substr(text, look, 1)) && look <= length(text); ) look++
    if (substr(text, look, 1) == "\n") at = look + 1
}

function put_piece() {
    if (mode != "with" || placed || piece == "") return
    if (done != "" && substr(done, length(done)) != "\n") done = done "\n"
    done = done piece
    placed = 1
}

END {
    at = kept = 1
    while (next_word()) {
        if (substr(text, from, 1) == "#") { skip_line(); continue }
        start = from
        if (word == "macdef") {
            while (at <= length(text) && substr(text, at, 2) != "\n\n") at++
        } else if (word == "default") {
            done = done substr(text, kept, start - kept)
            kept = start
            put_piece()
            fields()
        } else if (word == "machine") {
            next_word()
            name = word
            fields()
            if (mode == "names") { print name; continue }
            if (name != entry) continue
            if (mode == "value") { printf "%s", password; exit }
            rest_of_line()
            done = done substr(text, kept, start - kept)
            if (mode == "only") ours = ours substr(text, start, at - start)
            kept = at
            put_piece()
        }
    }
    done = done substr(text, kept)
    if (mode == "with") { put_piece(); printf "%s", done }
    if (mode == "only") printf "%s", ours
}
"""

# gitcredentials(7): one URL a line, the first that fits is taken; an `@` within is percent-encoded. Where it is not,
# what follows may be the rest of a password, so it is no name.
GIT = r"""
part == "piece" { piece = piece $0 "\n"; next }
part != "text" { next }
{
    host = $0
    sub(/^[^@]*@/, "", host)
    sub(/\/.*$/, "", host)
    if (mode == "names") { if (host != $0 && !index(host, "@")) print host; next }
    if (host != entry || host == $0) { if (mode == "with") print; next }
    if (mode == "only") print
    if (mode == "value") { sub(/@.*$/, ""); sub(/^.*:/, ""); printf "%s", $0; exit }
    if (mode == "with" && !placed) { printf "%s", piece; placed = 1 }
}
END { if (mode == "with" && !placed) printf "%s", piece }
"""


def netrc(entry: str, login: str, password: str) -> bytes:
    """Return a stanza as wandb writes it; what has white space or signs that mean something in it is quoted."""
    text = f"machine {entry}\n  login {_quoted(login)}\n  password {_quoted(password)}\n"
    return text.encode("utf-8", "surrogateescape")


def git(entry: str, login: str, password: str) -> bytes:
    """Return a line of git's credentials."""
    return f"https://{login}:{password}@{entry}\n".encode()


def _quoted(word: str) -> str:
    if word and not set(word) & set(' \t"\\') and not word.startswith("#"):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
