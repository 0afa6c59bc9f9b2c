"""What a server says of the user, and an `ssh` whose login was refused."""

from __future__ import annotations

from ssh_transport import errors

from .symptom import Symptom

# A service that a login script asks is no box.
_NO_SERVICE = r"^(?!git@|\S+@(?:\S+\.)?(?:github\.com|gitlab\.com|bitbucket\.org|hf\.co):)"
SYMPTOMS = (
    Symptom(
        "account",
        r"\bpam_slurm|no active jobs on this node",
        errors.LoginRefused,
        "{who} lets in only those who have a job there",
        "a scheduler gives its machines out: Slurm",
        "start one on the cluster's login node, then again: salloc, or sbatch; see your jobs: squeue --me",
    ),
    Symptom(
        "account",
        r"Too many authentication failures",
        errors.LoginRefused,
        "{who} refused the login: too many keys were offered before the right one",
        "an agent offers all it has, and a server takes six",
        "name the one key in the alias: IdentityFile and `IdentitiesOnly yes`",
    ),
    Symptom(
        "penalty",
        r"Not allowed at this time|Exceeded MaxStartups",
        errors.LinkLost,
        "{who} refuses this address for a while",
        "too many logins at once, or too many that failed (MaxStartups, PerSourcePenalties)",
        "wait some minutes, then try once: ssh {box}",
    ),
    Symptom(
        "account",
        r"^\W*[Ss]ystem is (?:booting up|going down)|[Ll]ogins are currently disabled|^NO LOGINS: ",
        errors.Unreachable,
        "{who} lets nobody in yet",
        "it is booting or shutting down",
        "wait a minute, then: ssh {box}",
    ),
    Symptom(
        "account",
        r"[Aa]ccount (?:has expired|has been (?:locked|disabled|suspended)|is (?:expired|locked|disabled|suspended))"
        r"|Account expired|[Pp]assword has expired|required to change your password|Password change required"
        r"|User \S+ (?:from \S+ )?not allowed because ",
        errors.LoginRefused,
        "{who} knows the user, and lets them in no more",
        "the account or its password has expired, or is locked",
        "have whoever runs the box renew it: chage -l USER",
    ),
    Symptom(
        "login",
        _NO_SERVICE + r"(?:\S{1,300}: )?Permission denied \((?P<methods>publickey(?:,gssapi[a-z-]*)*)\)\.?$",
        errors.LoginRefused,
        "{who} refused the login",
        "the server accepts: {methods}",
        "have its console, or whoever can log in, add the line of your .pub; or name the key that it knows: -i KEY",
        frozenset({"key", "key warning", "account", "host key"}),
    ),
    Symptom(
        "login",
        _NO_SERVICE + r"(?:\S{1,300}: )?Permission denied \((?P<methods>[a-z][a-z0-9@.,-]*)\)\.?$",
        errors.LoginRefused,
        "{who} refused the login",
        "the server accepts: {methods}",
        "push the key first: ssh-transport -H {box} keys.push",
        frozenset({"key", "key warning", "account", "host key"}),
    ),
    Symptom(
        "login",
        r"No more authentication methods|No supported authentication methods available|^Authentication failed\."
        r"|^Permission denied, please try again",
        errors.LoginRefused,
        "{who} refused the login",
        "it takes no key that was offered",
        "push the key first: ssh-transport -H {box} keys.push",
        frozenset({"key", "key warning", "account", "host key"}),
    ),
)
