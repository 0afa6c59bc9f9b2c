"""Edits one entry of a file on a box: a machine of a netrc file, or a host of git's credentials."""

from __future__ import annotations

# Both programs read the file to be changed as `input=text`, and the new entry as `input=new`. `mode`: "only" prints our
# entry, "with" the file with the new entry in its place, "value" the password, "names" the names of all entries. Ours
# is that of our login, or each one of the machine if there is none. "rest" prints the lines where others of it begin,
# "others" those that keep ours from being read: their numbers, as a login may itself be a token. They run on any awk
# (mawk, busybox, gawk) in the C locale, as a password may be any bytes.

# The syntax of netrc(5) as Python and curl parse it: tokens separated by white space, quotes with backslashes,
# comments. A macro ends at the next empty line. Entries after `default` are never used, so a new one goes before it. Of
# two logins curl takes the first and Python the last.
NETRC = r"""
BEGIN { entry = ENVIRON["entry"]; login = ENVIRON["login"] }
input == "new" { new_entry = new_entry $0 "\n" }
input == "text" { text = text $0 "\n" }

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
    user = password = ""
    for (end = at; next_word(); ) {
        if (substr(text, from, 1) == "#") { skip_line(); continue }
        if (word != "login" && word != "user" && word != "account" && word != "password") break
        key = word
        next_word()
        if (key == "password") password = word
        if (key == "login" || key == "user") user = word
        end = at
    }
    at = end
}

function rest_of_line(   look) {
    for (look = at; index(" \t\r", substr(text, look, 1)) && look <= length(text); ) look++
    if (substr(text, look, 1) == "\n") at = look + 1
}

function put_new_entry() {
    if (mode != "with" || placed || new_entry == "") return
    if (done != "" && substr(done, length(done)) != "\n") done = done "\n"
    done = done new_entry
    placed = 1
}

END {
    at = kept = 1
    while (next_word()) {
        if (substr(text, from, 1) == "#") { skip_line(); continue }
        start = from
        if (word == "macdef") {
            while (at <= length(text) && substr(text, at, 2) != "\n\n") at++
        } else if (word == "default" || word == "machine") {
            if (word == "default") {
                done = done substr(text, kept, start - kept)
                kept = start
                put_new_entry()
            } else next_word()
            name = word
            fields()
            if (mode == "names") { print name; continue }
            if (name != entry) continue
            if (login != "" && user != login) {
                if (mode == "rest" || mode == "others") print split(substr(text, 1, start), lines, "\n")
                continue
            }
            if (mode == "value") { printf "%s", password; exit }
            rest_of_line()
            done = done substr(text, kept, start - kept)
            if (mode == "only") ours = ours substr(text, start, at - start)
            kept = at
            put_new_entry()
        }
    }
    done = done substr(text, kept)
    if (mode == "with") { put_new_entry(); printf "%s", done }
    if (mode == "only") printf "%s", ours
}
"""

# gitcredentials(7): one URL on each line, the first match is used, also one with a path; an `@` in a password is
# percent-encoded. If it is not, git can't use the line, and the host is behind the last one.
GIT = r"""
BEGIN { entry = ENVIRON["entry"]; login = ENVIRON["login"] }
input == "new" { new_entry = new_entry $0 "\n"; next }
input != "text" { next }
{
    host = $0
    sub(/^[^@]*@/, "", host)
    sub(/\/.*$/, "", host)
    sub(/^.*@/, "", host)
    if (mode == "names") { if (host != $0) print host; next }
    bare = $0
    sub(/\/*$/, "", bare)
    is_there = host == entry && host != $0
    start = "https://" login ":"
    if (!is_there || login != "" && (index(bare, start) != 1 || substr(bare, index(bare, "@") + 1) != entry)) {
        if (mode == "with") print
        if (is_there && (mode == "rest" || mode == "others" && !seen && index($0, "https://") == 1)) print FNR
        next
    }
    seen = 1
    if (mode == "only") print
    if (mode == "value") { sub(/@.*$/, ""); sub(/^.*:/, ""); printf "%s", $0; exit }
    if (mode == "with" && !placed) { printf "%s", new_entry; placed = 1 }
}
END { if (mode == "with" && !placed) printf "%s", new_entry }
"""


def netrc(entry: str, login: str, password: str) -> bytes:
    """Return an entry as wandb writes it; values with white space, quotes, backslashes or a leading # are quoted."""
    text = f"machine {entry}\n  login {_quoted(login)}\n  password {_quoted(password)}\n"
    return text.encode("utf-8", "surrogateescape")


def git(entry: str, login: str, password: str) -> bytes:
    """Return a line of git's credentials."""
    return f"https://{login}:{password}@{entry}\n".encode()


def _quoted(word: str) -> str:
    if word and not set(word) & set(' \t"\\') and not word.startswith("#"):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
