"""
Plain text out of what mails, chats, web pages and editors make of it.

Every pattern here needs time in proportion to the text: none repeats what can match in two ways.
"""

from __future__ import annotations

import html
import re

# Chats and mail programs replace ASCII by full-width and typographic characters.
_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_ASCII |= dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212), ord("-"))
_ASCII |= dict.fromkeys((0x00A0, 0x2002, 0x2003, 0x2007, 0x2009, 0x202F, 0x3000), ord(" "))
_ASCII |= dict.fromkeys((0x2018, 0x2019, 0x201B), ord("'"))
_ASCII |= dict.fromkeys((0x201C, 0x201D, 0x201E, 0x201F, 0x00AB, 0x00BB, 0x300C, 0x300D), ord('"'))
_ASCII |= dict.fromkeys((0x2028, 0x2029, 0x85, 0x0B, 0x0C), ord("\n"))
_INVISIBLE = (0x00AD, *range(0x200B, 0x2010), 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0xFE00, 0xFE10))
_ARROWS = dict.fromkeys((0x2192, 0x21D2), "->")
# Tables are drawn with lines.
_LINES = dict.fromkeys(range(0x2500, 0x2580), " ") | dict.fromkeys((0x2502, 0x2503, 0x2551), "|")
_TYPOGRAPHY: dict[int, int | str | None] = {**_ASCII, **_ARROWS, **_LINES, **dict.fromkeys(_INVISIBLE), 0x09: "  "}

_TAG = re.compile(
    r"</?(?P<name>a|b|big|blockquote|body|br|code|dd|div|dl|dt|em|font|h[1-6]|hr|html|i|kbd|li|mark|ol|p|pre|samp|small|"
    r"span|strong|table|tbody|td|th|thead|tr|tt|u|ul|var)(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
# As programs write their settings in XML.
_ELEMENT = re.compile(r"<(?P<name>[A-Za-z]\w{1,30})(?:[ ][^<>]*)?>(?P<value>[^<>\n]{1,200})</(?P=name)>")
_BREAKS = {"br", "p", "div", "li", "tr", "pre", "blockquote", "dd", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr"}
_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LINK = re.compile(r"\[(?P<text>[^\[\]\n]+)\]\((?:mailto:|https?:|ssh:)[^()\n]*\)")
_ANGLES = re.compile(r"<(?:mailto:)?(?P<target>[^<>\s@]+@[^<>\s]+|(?:ssh|scp|sftp)://[^<>\s]+)>")
# What a mail program puts behind an address that it has made a link of, and what stands in front of one.
_MAILTO = re.compile(r"(?<=[^\s<])<mailto:[^<>\s]*>|\bmailto:(?=\S)", re.IGNORECASE)
_SSH_LINK = re.compile(r"<a[ ][^<>]*href=[\"']?(?P<url>(?:ssh|sftp)://[^\s\"'<>]+)[^<>]*>", re.IGNORECASE)
# Names may begin and end with them, commands don't.
_UNDERSCORES = re.compile(r"(?<!\w)_{2,3}(?=(?:ssh|scp|sftp|rsync)[ .])", re.IGNORECASE)
_UNDERSCORES_BEHIND = re.compile(r"(?<=[^\s_])_{2,3}(?!\w)")
_ESCAPE = re.compile(r"\\(?P<char>[@:*_~`\[\]-])")
_WINDOWS = re.compile(r"[A-Za-z]:\\|~\\|\.{1,2}\\|\$\w+\\|%\w+%\\|\\\\")
_EMPHASIS = re.compile(r"(?<![\w*])\*{1,3}(?=[^\s*])|(?<=[^\s*])\*{1,3}(?![\w*/])")
_FENCE = re.compile(r"^[ ]*(?:```|~~~)[\w+-]*[ ]*$", re.MULTILINE)
_QUOTED_MAIL = re.compile(r"^(?:>[ ]?)+", re.MULTILINE)
_CONTINUED = re.compile(r"(?<!:)(?:\\|(?<=[ ])[`^])[ ]*\n[ ]*")
_OPTION_LINE = re.compile(r"\n[ ]*(?=-{1,2}[A-Za-z])")
_PLACEHOLDER = re.compile(r"<[A-Za-z][\w /.-]{0,60}>|\[[A-Za-z][\w /-]{0,60}\]|\{\{?[A-Za-z][\w /.-]{0,60}\}?\}")
# The longest text that a console shows has some kilobytes; more is a log.
LONGEST = 65_536


def plain(text: str) -> str:
    """Return the text as one would type it: ASCII punctuation, no markup, a continued command on one line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_TYPOGRAPHY)
    text = _COLOUR.sub("", text)
    text = _MAILTO.sub("", _LINK.sub(r"\g<text>", text))
    if "<" in text or "&" in text:
        text = _without_markup(text)
    text = _QUOTED_MAIL.sub("", _FENCE.sub("", text))
    text, emphases = _UNDERSCORES.subn("", _EMPHASIS.sub("", text))
    text = _UNDERSCORES_BEHIND.sub("", text) if emphases else text
    text = re.sub(r"[^ \n]+", lambda word: _unescaped(word[0]), text) if "\\" in text else text
    return _OPTION_LINE.sub(" ", _CONTINUED.sub(" ", text))


def joined_placeholders(text: str) -> str:
    """Return the text with what a person should have filled in, such as ``<private key path>``, as one word each."""
    return _PLACEHOLDER.sub(lambda match: match[0].replace(" ", "_"), text)


def is_placeholder(word: str) -> bool:
    """Whether a word stands for another that a person should have filled in."""
    return bool(_PLACEHOLDER.fullmatch(word) or re.match(r"\$\{?[A-Za-z_]", word))


def has_placeholder(text: str) -> bool:
    """Whether a part of a text is one that a person should have filled in."""
    return bool(_PLACEHOLDER.search(text)) or "$" in text


def _without_markup(text: str) -> str:
    text = _SSH_LINK.sub(r" \g<url> ", text)
    text = _TAG.sub(lambda tag: "\n" if tag["name"].lower() in _BREAKS else " " if tag["name"][0] in "tT" else "", text)
    text = _ELEMENT.sub(r"\n\g<name>: \g<value>\n", text)
    text = html.unescape(text).translate(_TYPOGRAPHY)
    return _ANGLES.sub(r"\g<target>", text)


def _unescaped(word: str) -> str:
    """Return a word without the backslashes that markdown puts before punctuation; a Windows path keeps its own."""
    return word if _WINDOWS.search(word) else _ESCAPE.sub(r"\g<char>", word)
