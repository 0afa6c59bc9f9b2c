"""Host keys that are not the pinned ones; key files and agents that can't be used."""

from __future__ import annotations

from ssh_transport import errors

from .symptom import Symptom

_REFUSED = "{who} refused the login"
_COPY_ANEW = (
    "see whether it can be read: ssh-keygen -y -f {path}; then copy the file anew, or: sed -i 's/\\r$//' {path}"
)

SYMPTOMS = (
    Symptom(
        "host key",
        r"REVOKED HOST KEY DETECTED|is marked as revoked|host key for \S+ was revoked",
        errors.HostKeyChanged,
        "the host key of {who} is revoked; nothing was sent",
        "known_hosts or a list of revoked keys says that it was stolen or replaced",
        "ask who runs the box; see which file says so: ssh -v {box}",
    ),
    Symptom(
        "host key",
        r"REMOTE HOST IDENTIFICATION HAS CHANGED|POSSIBLE DNS SPOOFING|^Host key for .+ has changed and you have"
        r"|^Offending (?:\S+ )?key (?:for IP )?in |differs from the key for the IP address"
        r"|^Exiting, you have requested strict checking",
        errors.HostKeyChanged,
        "the host key of {who} changed; nothing was sent",
        "the box was made anew, its address went to another, or someone is in between",
        "if you know that it was made anew: ssh-transport config.forget {box}",
    ),
    Symptom(
        "host key",
        r"^No \S+ host key is known for |^The authenticity of host .+ can't be established"
        r"|^Certificate invalid: ",
        errors.HostKeyUnknown,
        "the host key of {who} is not known; nothing was sent",
        "no line of known_hosts has a key for it",
        "compare the fingerprint with the console's: ssh -o StrictHostKeyChecking=ask {box}",
    ),
    # Of a changed one `ssh` says more; where it asks and nobody answers, as with a jump, no more than this.
    Symptom(
        "jump's host key",
        r"Host key verification failed",
        errors.HostKeyUnknown,
        "the host key of {who} is not known; nothing was sent",
        "no line of known_hosts has a key for it, and nobody was there to ask",
        "log in to the jump by itself once, and compare its fingerprint; its name: ssh -G {box} | grep proxyjump",
        follows=frozenset({"host key"}),
    ),
    Symptom(
        "host key",
        r"Host key verification failed",
        errors.HostKeyChanged,
        "the host key of {who} is not trusted; nothing was sent",
        "known_hosts has another key for it, or none",
        follows=frozenset({"host key"}),
    ),
    Symptom(
        "key",
        r"^Load key \"(?P<path>[^\"]*)\": bad permissions|^Permissions 0\d+ for '(?P<file>.+)' are too open",
        errors.LoginRefused,
        "{who} refused the login: `ssh` left out a key file that others can read",
        "its mode is too open, as that of a downloaded .pem file is",
        "chmod 600 {path}{file}",
    ),
    Symptom(
        "key",
        r"UNPROTECTED PRIVATE KEY FILE",
        errors.LoginRefused,
        "{who} refused the login: `ssh` left out a key file that others can read",
        "its mode is too open, as that of a downloaded .pem file is",
        "see which file: ssh -v {box}; then: chmod 600 FILE",
    ),
    Symptom(
        "key",
        r"^Load key \"(?P<path>[^\"]*)\": (?:.*libcrypto|invalid format|incomplete message|unexpected bytes"
        r"|(?:string|bignum) is|unknown or unsupported key type|memory allocation|cryptographic operation)",
        errors.LoginRefused,
        "{who} refused the login: `ssh` can't read a key file",
        "it was pasted without its last line end, has Windows line ends, or is no private key",
        _COPY_ANEW,
    ),
    Symptom(
        "key",
        r"^Load key \"(?P<path>[^\"]*)\": .*passphrase",
        errors.LoginRefused,
        "a private key for {who} has a passphrase",
        "nobody has unlocked it, and nobody is asked",
        "unlock it once: ssh-add {path}",
    ),
    Symptom(
        "key",
        r"^Load key \"(?P<path>[^\"]*)\": ",
        errors.LoginRefused,
        "{who} refused the login: a key file could not be read",
        "it belongs to another user, or is no file",
        "ls -l {path}",
    ),
    Symptom(
        "key warning",
        r"^(?:Warning: )?(?:Identity file|no such identity:) (?P<path>[^\s:]+)",
        errors.LoginRefused,
        "{who} refused the login: a key file that was named is not there",
        "`IdentityFile` in the alias, or `-i`, names another path than the key has",
        "ls -l {path}",
    ),
    Symptom(
        "key",
        r"no mutual signature (?:supported|algorithm)",
        errors.LoginRefused,
        "{who} refused the login: it takes RSA keys only by SHA-1, which this `ssh` gave up",
        "its sshd is older than OpenSSH 7.2",
        "use an ed25519 key: ssh-transport -H {box} keys.generate keys.push",
    ),
    Symptom(
        "key",
        r"agent refused operation|[Aa]gent admitted failure to sign|signing failed for .* from agent"
        r"|communication with agent failed|^Error connecting to agent|^Could not open a connection to your authent",
        errors.LoginRefused,
        "{who} refused the login: the agent did not sign",
        "it is locked, waits for a touch or a confirmation, or the key's lifetime is over",
        "see whether it answers: ssh-add -T ~/.ssh/id_ed25519.pub; unlock it: ssh-add -X",
    ),
    Symptom(
        "key",
        r"^sign_and_send_pubkey: signing failed for |^private key .+ contents do not match public",
        errors.LoginRefused,
        "{who} refused the login: a key could not sign",
        "its private and its public file belong to two keys, or its token is not plugged in",
        "see which: ssh -v {box}",
    ),
)
