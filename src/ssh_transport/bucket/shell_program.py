"""
The program for a box without Python: POSIX `sh` with what most boxes have, `curl` or GNU wget, and `openssl`.

It reads commands, a line each, and says lines of JSON as `worker` does. Addresses and passwords come over standard
input and go on by that: `printf` is part of the shell, so that they are in no argument. busybox's wget takes addresses
as arguments alone, which all users of the box see: it is not used.

``receive ROOT HOLDER COPY``, then for each part
``part NUMBER LENGTH SHA PASS PLAIN PLAIN_LENGTH ADDRESS``  fetch and open it, in the background. At the end
``begin NUMBER``, ``piece PART OFFSET LENGTH`` for each piece of it, ``publish NUMBER SIZE TIME NAME``,
for each file, and ``drop PART`` for those of which nothing is left; then ``finish``.

``send ROOT FOLLOW``, ``look NUMBER NAME`` for each file, then for each part
``plain NUMBER SLICE...``  hash what is in it; each slice is the number of a file, an offset and a length
``seal NUMBER PASS SLICE...``, and ``upload NUMBER ADDRESS``, or ``forget NUMBER``.
"""

from __future__ import annotations

from ssh_transport.box import python

# Sealed parts are opened as AES-256-CTR, which is what AES-GCM is but for the tag at the end (NIST SP 800-38D, 6.5):
# `openssl enc` knows no GCM. That nothing was touched is proved by the hashes, which come over ssh.
_PROGRAM = r"""
umask 077
say() { printf '{%s}\n' "$1"; }
lack() { say "\"lacks\": \"$1\""; exit; }
word() { word=$(printf '%b.' "$1"); word=${word%.}; }
digest() { set -- $(sha256sum <"$1"); printf %s "$1"; }
size() { if [ -f "$1" ]; then set -- $(wc -c <"$1"); else set -- 0; fi; printf %s "$1"; }
bytes() { dd bs=262144 iflag=skip_bytes,count_bytes if="$1" skip="$2" count="$3" 2>/dev/null; }
crypt() {
    way=$1 pass=$2 number=$3 file=$4
    printf '%s\n' "$pass" | openssl enc "$way" -aes-256-ctr -pbkdf2 -iter 1 -md sha256 -nosalt \
        -iv "$(printf '%024x00000002' "$number")" -pass stdin -in "$file"
}

case $(curl --version 2>/dev/null) in "curl "*) by=curl ;; *)
    case $(wget --version 2>/dev/null) in *"GNU Wget"*) by=wget ;; *)
        lack "neither curl nor GNU wget" ;;
    esac ;;
esac
[ "$(printf abc | { bytes /dev/stdin 1 1; })" = b ] || lack "no dd that can be relied on"
case $(printf abc | sha256sum) in ba7816bf*) ;; *) lack "no sha256sum" ;; esac
# Another would show addresses to whoever lists processes.
case $(command -v printf) in /*) lack "no sh that has printf built in" ;; esac
seals=false
[ "$(crypt -e pass 1 /dev/null 2>/dev/null; echo $?)" = 0 ] && seals=true
say '"shell": true, "seals": '$seals

get() {
    case $by in
    curl) printf 'url = "%s"\n' "$1" |
        curl -q -K - -sS -f -C "$2" -o "$3" --max-filesize "$4" --speed-limit 1 --speed-time 60 ;;
    wget) printf '%s\n' "$1" | wget -q -i - -c -O "$3" --tries=1 --timeout=60 --max-redirect=0 ;;
    esac 2>/dev/null
}
put() {
    kind='Content-Type: application/octet-stream' azure='x-ms-blob-type: BlockBlob'
    case $by in
    curl) printf 'url = "%s"\n' "$1" |
        curl -q -K - -sS -f -T "$2" -H 'Expect:' -H "$kind" -H "$azure" --speed-limit 1 --speed-time 60 ;;
    wget) printf '%s\n' "$1" | wget -q -i - -O - --tries=1 --timeout=60 --max-redirect=0 \
        --method=PUT --body-file="$2" --header="$kind" --header="$azure" ;;
    esac 2>/dev/null
}
bad() { say "\"part\": $1, \"bad\": \"$2\""; }
fail() { say "\"failed\": \"$1\""; exit 1; }
# Of those that have ended the number may be another process's by now.
beside() {
    count=$((count + 1))
    : >"$marks/job-$count"
    { "$@"; rm -f "$marks/job-$count"; } &
    eval "job_$count=\$!"
}
end() {
    kill $beat 2>/dev/null
    while [ "$count" -gt 0 ]; do
        [ ! -e "$marks/job-$count" ] || eval "kill \$job_$count" 2>/dev/null
        count=$((count - 1))
    done
    rm -rf ${work:+"$work"}
}

receive() {
    word "$1"; root=$word holder=$word/$2 place=$word/$2/$3
    mkdir -p "$root" && [ ! -h "$holder" ] && mkdir -p "$holder" && [ ! -h "$place" ] && mkdir -p "$place" ||
        fail "Not a directory"
    marks=$place
    rm -f "$marks"/job-*
}
part() { beside fetch "$@"; }
fetch() {
    got=$place/$1.got made=$place/$1.made
    if [ -f "$made" ] && [ "$(digest "$made")" = "$5" ]; then say "\"part\": $1, \"bytes\": 0"; return; fi
    tries=0
    while have=$(size "$got"); [ "$have" -lt "$2" ]; do
        get "$7" "$have" "$got" "$2"; code=$?
        if [ "$(size "$got")" -gt "$have" ]; then tries=0; else tries=$((tries + 1)); fi
        # A server that knows no ranges sends all of it again.
        [ $code != 33 ] || rm -f "$got"
        if [ $tries -ge 5 ]; then bad "$1" "$by ended with $code"; return; fi
        [ $tries = 0 ] || sleep $tries
    done
    if [ "$(digest "$got")" != "$3" ]; then rm -f "$got"; bad "$1" "it is not what was put there"; return; fi
    if [ "$4" = - ]; then mv -f "$got" "$made"; else crypt -d "$4" "$1" "$got" | head -c "$6" >"$made"; rm -f "$got"; fi
    if [ "$(digest "$made")" != "$5" ]; then rm -f "$made"; bad "$1" "it is not what was sealed"; return; fi
    say "\"part\": $1, \"bytes\": $2"
}
begin() { file=$place/file; : >"$file"; named=${named:-0}; }
piece() { bytes "$place/$1.made" "$2" "$3" >>"$file" || fail "No space left on device"; }
publish() {
    [ "$(size "$file")" = "$2" ] || return 0
    word "$4"; dir=$root rest=$word
    while case $rest in */*) ;; *) false ;; esac; do
        dir=$dir/${rest%%/*} rest=${rest#*/}
        [ ! -h "$dir" ] || return 0
        [ -d "$dir" ] || mkdir "$dir" 2>/dev/null || return 0
    done
    [ ! -d "$dir/$rest" ] || return 0
    TZ=UTC0 touch -t "$3" "$file" && mv -f "$file" "$dir/$rest" && named=$((named + 1))
}
drop() { rm -f "$place/$1.made"; }
finish() { rm -rf "$place"; rmdir "$holder" 2>/dev/null; say "\"named\": ${named:-0}"; exit 0; }

send() {
    word "$1"; root=$word follow=$2
    work=$(mktemp -d "${TMPDIR:-/tmp}/ssh-transport-relay-XXXXXX") || fail "No space left on device"
    marks=$work
}
look() {
    word "$2"; eval "name_$1=\$word"; path=$root/$word
    if [ -f "$path" ] && [ -r "$path" ] && { [ $follow = 1 ] || [ ! -h "$path" ]; } &&
        told=$(stat -L -c '%s, %Y' "$path"); then
        say "\"file\": $1, \"look\": [$told]"
    else
        say "\"file\": $1, \"look\": null"
    fi
}
slices() {
    while [ $# != 0 ]; do
        eval "path=\$root/\$name_$1"
        bytes "$path" "$2" "$3"
        shift 3
    done
}
plain() { beside hashed "$@"; }
hashed() {
    number=$1; shift
    set -- $(slices "$@" | sha256sum)
    say "\"part\": $number, \"plain\": \"$1\""
}
seal() { beside sealed "$@"; }
sealed() {
    number=$1 pass=$2; shift 2
    if [ "$pass" = - ]; then slices "$@"
    else slices "$@" | { exec 3<&0; crypt -e "$pass" "$number" /dev/fd/3; }; fi >"$work/$number"
    say "\"part\": $number, \"length\": $(size "$work/$number"), \"sha\": \"$(digest "$work/$number")\""
}
upload() { beside store "$@"; }
store() {
    for wait in 1 2 4 8 0; do
        said=$(put "$2" "$work/$1"); code=$?
        case $code$said in 0*"<Code>"*) code="an error" ;; 0*)
            say "\"part\": $1, \"bytes\": $(size "$work/$1")"; rm -f "$work/$1"; return ;;
        esac
        sleep $wait
    done
    rm -f "$work/$1"
    bad "$1" "$by ended with $code"
}
forget() { rm -f "$work/$1"; say "\"part\": $1, \"bytes\": 0"; }

while sleep 2; do say '"at": 0'; done &
beat=$! count=0
trap end EXIT
while IFS= read -r line; do eval "$line" </dev/null; done
"""


def script() -> str:
    """Return what runs `worker` where there is Python, and this where there is none."""
    return python.SCRIPT + _PROGRAM
