"""AES-256-GCM by OpenSSL's library, which nearly every box has, and the keys of parts. Runs on a box's Python 3.6."""

import ctypes
import hashlib
import hmac
import struct
from typing import Any, Union

TAG_BYTES = 16
_NAMES = ("libcrypto.so.3", "libcrypto.so.1.1", "libcrypto.so.1.0.0", "libcrypto.so.10", "libcrypto.so")
_GET_TAG, _SET_TAG = 0x10, 0x11  # EVP_CTRL_AEAD_GET_TAG and EVP_CTRL_AEAD_SET_TAG of openssl/evp.h


def password(key: bytes, number: int, plain: str) -> str:
    """
    Return what the key of a part is made from, which no other content shares: so its nonce may be the same whenever it
    is sealed.

    :param key: of the copy.
    :param plain: the SHA-256 of what is in the part.
    """
    return hmac.new(key, b"%d %s" % (number, plain.encode("ascii")), "sha256").hexdigest()


def part_key(made_from: str) -> bytes:
    """Return the key of a part, as `openssl enc` makes it: that takes no key but as an argument, which others see."""
    return hashlib.pbkdf2_hmac("sha256", made_from.encode("ascii"), b"", 1, 32)


def nonce(number: int) -> bytes:
    """Return the nonce of a part."""
    return struct.pack(">IQ", 0, number)


def works() -> bool:
    """Whether the library is there, and does what it should."""
    try:
        return opened(bytes(32), 1, sealed(bytes(32), 1, b"tried")) == b"tried"
    except (OSError, AttributeError, ValueError):
        return False


def sealed(key: bytes, number: int, plain: Union[bytes, bytearray]) -> bytearray:
    """Return what is stored of a part."""
    made = bytearray(len(plain) + TAG_BYTES)
    _run("Encrypt", key, number, plain, made)
    return made


def opened(key: bytes, number: int, stored: Union[bytes, bytearray]) -> bytearray:
    """
    Return a part as it was.

    :raises ValueError: it is not what was sealed under this key and number.
    """
    made = bytearray(max(0, len(stored) - TAG_BYTES))
    _run("Decrypt", key, number, stored, made)
    return made


def streamed(key: bytes, number: int, stored: Union[bytes, bytearray]) -> bytes:
    """Return a part as it was that was sealed without a tag, by `openssl enc`: as GCM, its counter begins at 2."""
    library = _library()
    context, made = ctypes.c_void_p(library.EVP_CIPHER_CTX_new()), ctypes.create_string_buffer(len(stored) + 1)
    cipher, end = ctypes.c_void_p(library.EVP_aes_256_ctr()), ctypes.c_int()
    try:
        well = library.EVP_EncryptInit_ex(context, cipher, None, key, nonce(number) + struct.pack(">I", 2)) == 1
        well = well and library.EVP_EncryptUpdate(context, made, ctypes.byref(end), bytes(stored), len(stored)) == 1
    finally:
        library.EVP_CIPHER_CTX_free(context)
    if not well:
        raise ValueError("not what was sealed")
    return made.raw[: end.value]


def _library() -> Any:
    for name in _NAMES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        library.EVP_CIPHER_CTX_new.restype = ctypes.c_void_p
        library.EVP_aes_256_gcm.restype = library.EVP_aes_256_ctr.restype = ctypes.c_void_p
        return library
    raise OSError("no libcrypto")


def _run(way: str, key: bytes, number: int, given: Union[bytes, bytearray], made: bytearray) -> None:
    """Turn what is given into what is made; the tag is behind the longer one."""
    length = min(len(given), len(made))
    library = _library()
    context = ctypes.c_void_p(library.EVP_CIPHER_CTX_new())
    # Nothing is copied: parts are long, and a box has several at once.
    source = (ctypes.c_char * len(given)).from_buffer(given) if isinstance(given, bytearray) else given
    target, end = (ctypes.c_char * len(made)).from_buffer(made), ctypes.c_int()
    held = ctypes.create_string_buffer(bytes(given[length:]), TAG_BYTES)
    begin, update, finish = (getattr(library, "EVP_%s%s" % (way, step)) for step in ("Init_ex", "Update", "Final_ex"))
    cipher = ctypes.c_void_p(library.EVP_aes_256_gcm())
    try:
        well = begin(context, cipher, None, key, nonce(number)) == 1
        well = well and update(context, target, ctypes.byref(end), source, length) == 1
        if way == "Decrypt":
            well = well and library.EVP_CIPHER_CTX_ctrl(context, _SET_TAG, TAG_BYTES, held) == 1
        rest = ctypes.create_string_buffer(TAG_BYTES)
        well = well and finish(context, rest, ctypes.byref(ctypes.c_int())) == 1
        if way == "Encrypt":
            well = well and library.EVP_CIPHER_CTX_ctrl(context, _GET_TAG, TAG_BYTES, held) == 1
    finally:
        library.EVP_CIPHER_CTX_free(context)
    if not well or end.value != length:
        raise ValueError("not what was sealed")
    if way == "Encrypt":
        made[length:] = held.raw
