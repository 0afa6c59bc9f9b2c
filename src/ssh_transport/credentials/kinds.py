"""Which credential a file holds: private keys by content, the credential files of programs by name and content."""

from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING

from . import catalogue
from .private_keys import kind_of
from .tokens import has_secret, has_token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SSH_DIRECTORY = ".ssh"


def _holding(pattern: str) -> Callable[[bytes], bool]:
    compiled = re.compile(pattern.encode(), re.MULTILINE | re.IGNORECASE)
    return lambda data: compiled.search(data) is not None


_anything = _holding(r"\S")
_json_key = _holding(r'"key"\s*:\s*"[0-9a-f]{32}"')
_json_login = _holding(r'"(?:access|refresh|id|oauth|auth|api|session)?_?(?:token|key|secret)"\s*:\s*"[^"]{16}')
_kubernetes = _holding(r"^[ \t]{0,80}(?:token|client-key-data|password|id-token|refresh-token):\s*\S")
_git_config = _holding(r"://[^\s/:@]*:[^\s/@]+@|://[^\s/:@]{16,}@|extraheader\s*=\s*\S*authorization")

# An fnmatch pattern for the end of a lower-case path; what the file is; a test of its content. The first pattern that
# matches a name decides.
FILES: tuple[tuple[str, str, Callable[[bytes], bool]], ...] = (
    (".git/config", "a repository's settings with a login", _git_config),
    (".gitconfig", "git's settings with a login", _git_config),
    (".gnupg/private-keys-v1.d/*", "a PGP private key", _anything),
    (".gnupg/secring.gpg", "PGP private keys", _anything),
    (".netrc*", "a netrc file with passwords", _holding(r"password\s+\S")),
    ("netrc", "a netrc file with passwords", _holding(r"password\s+\S")),
    ("_netrc", "a netrc file with passwords", _holding(r"password\s+\S")),
    (".git-credentials", "git's stored passwords", _anything),
    ("git/credentials", "git's stored passwords", _holding(r"://\S*@")),
    ("gh/hosts.yml", "a GitHub login", _holding(r"oauth_token:\s*\S")),
    (".pgpass", "PostgreSQL passwords", _anything),
    ("*pypirc*", "a PyPI token", _holding(r"^[ \t]{0,80}password\s*[=:]\s*\S")),
    (".npmrc", "an npm token", _holding(r"_(?:authToken|auth|password)\s*=\s*(?!\$\{)\S")),
    (".cargo/credentials*", "a crates.io token", _anything),
    (".aws/credentials*", "AWS credentials", _anything),
    (".aws/config", "AWS credentials", _holding(r"^[ \t]{0,80}aws_(?:secret_access_key|session_token)\s*=\s*\S")),
    (".aws/*cache/*", "AWS credentials", _anything),
    (".vault-token", "a Vault token", _anything),
    (".ngc/config", "an NGC key", _holding(r"^[ \t]{0,80}apikey\s*=\s*\S")),
    (".ngc", "an NGC key", _holding(r"apikey\s*[=:]\s*\S")),
    ("containers/auth.json", "a container registry login", _holding(r'"(?:auth|identitytoken)"\s*:\s*"[^"]')),
    ("auth.json", "a program's login", _json_login),
    (".credentials.json", "a program's login", _json_login),
    ("oauth_creds.json", "a program's login", _json_login),
    (".boto", "cloud storage credentials", _holding(r"(?:secret|token)\w*\s*=\s*\S")),
    (".s3cfg", "cloud storage credentials", _holding(r"^secret_key\s*=\s*\S")),
    (".ossutilconfig", "cloud storage credentials", _holding(r"secret\s*=\s*\S")),
    ("application_default_credentials.json", "Google Cloud credentials", _anything),
    ("gcloud/credentials.db", "Google Cloud credentials", _anything),
    ("gcloud/access_tokens.db", "Google Cloud credentials", _anything),
    ("gcloud/legacy_credentials/*", "Google Cloud credentials", _anything),
    (".azure/*token*", "Azure tokens", _anything),
    (".azure/service_principal*", "Azure credentials", _anything),
    (".kube/config", "a Kubernetes login", _anything),
    ("*kubeconfig*", "a Kubernetes login", _kubernetes),
    (".docker/config.json", "a container registry login", _holding(r'"(?:auth|identitytoken)"\s*:\s*"[^"]')),
    ("huggingface/token", "a Hugging Face token", _anything),
    ("huggingface/stored_tokens", "Hugging Face tokens", _anything),
    (".huggingface/token", "a Hugging Face token", _anything),
    (".modelscope/credentials", "a ModelScope login", _anything),
    (".modelscope/credentials/*", "a ModelScope login", _anything),
    ("kaggle.json", "a Kaggle key", _json_key),
    ("wandb/settings", "a Weights & Biases key", _holding(r"^[ \t]{0,80}api_key\s*[=:]\s*\S")),
    (".vast_api_key", "a Vast.ai key", _anything),
    ("vastai/vast_api_key", "a Vast.ai key", _anything),
    (".runpod/config.toml", "a RunPod key", _holding(r"api_?key\s*=\s*['\"]?\w")),
    ("rclone.conf", "rclone's credentials", _holding(r"^[ \t]{0,80}\w*(?:token|pass|password|secret|key)\s*=\s*\S")),
    *(
        (name, "an example with a real token", has_token)
        for name in (".env*.example", ".env*.template", ".env*.sample")
    ),
    (".*_key", "a secret in a file of its own", _holding(r"\A\S{8,4096}\s*\Z")),
    *((name, "environment variables with secrets", has_secret) for name in (".env", ".env.*", "*.env", ".envrc")),
)


def _ending(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?:^|.*/){fnmatch.translate(pattern)}", re.DOTALL)


_RULES = [(_ending(pattern), kind, holds) for pattern, kind, holds in FILES]
# A fast first test, as nearly every name matches no pattern: last components, and the longest text between wildcards.
_BASES = frozenset(pattern.rpartition("/")[2] for pattern, _, _ in FILES if "*" not in pattern)
_FRAGMENTS = frozenset(max(pattern.split("*"), key=len) for pattern, _, _ in FILES if "*" in pattern)


def kind_in(data: bytes, size_bytes: int, paths: Iterable[str]) -> str:
    """
    Return a description of the credential that a file holds, or an empty string.

    Keys by their content, files of programs by name and content, then whatever the catalogue knows.

    :param data: the beginning of the file.
    :param size_bytes: the size of the whole file.
    :param paths: all paths of the file, such as a link and its target.
    """
    if kind := kind_of(data, size_bytes):
        return kind
    for path in map(str.lower, paths):
        if path.rpartition("/")[2] in _BASES or any(fragment in path for fragment in _FRAGMENTS):
            for pattern, kind, holds in _RULES:
                if pattern.match(path):
                    if holds(data):
                        return kind
                    break
    return catalogue.kind_of(data)
