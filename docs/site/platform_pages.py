"""A page for each platform, made from its profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docs.site.markdown import cell, code, contents, table
from ssh_transport.platforms.profiles import GENERIC, all_profiles

if TYPE_CHECKING:
    from ssh_transport.platforms.profile import Profile, Reach

_FIRST_LOGIN = {
    "password": "A password that the console shows; `keys.push` asks for it once.",
    "key": "A key that was given to the platform before the box was made.",
    "either": "A password or a key.",
}


def made() -> dict[str, str]:
    """Return the pages by path: one for each platform, and one that lists them."""
    profiles = all_profiles()
    rows = [
        (f"[{profile.display_name}]({slug}.md)", code(slug), _kinds(profile), profile.first_login)
        for slug, profile in profiles.items()
    ]
    index = (
        "# Platforms\n\nWhat is known of each platform is data in `profiles/`. A file of the same shape in your own "
        "config directory (`ssh-transport/profiles/*.toml`) adds a platform, or takes the place of one.\n\n"
        f"{table(('platform', 'profile', 'endpoints', 'first login'), rows)}\n{contents(profiles, is_hidden=True)}"
    )
    return {"platforms/index.md": index} | {f"platforms/{slug}.md": _page(one) for slug, one in profiles.items()}


def _page(profile: Profile) -> str:
    parts = [f"# {profile.display_name}\n\n{_sentence(profile.console)}\n"]
    if profile.slug != GENERIC:
        parts.append(f"`config.add` calls it `{profile.slug}`.\n")
    parts.append(f"## Endpoints\n\n{table(('endpoint', 'what it can do', 'better'), map(_reach, profile.endpoints))}")
    if profile.listings:
        parts.append(f"## Boxes that it lists\n\n{_listings(profile)}")
    parts.append(f"## First login\n\n{_FIRST_LOGIN[profile.first_login]}\n\n{_host_key(profile)}")
    parts.append(f"## What lasts\n\n{_lasting(profile)}")
    parts.append(f"## Secrets\n\n{_secrets(profile)}")
    parts.append(f"## Known problems\n\n{_problems(profile)}")
    return "\n".join(parts)


def _reach(reach: Reach) -> tuple[str, str, str]:
    return reach.name, ", ".join(reach.capabilities) or "a shell for a person", _sentence(reach.better)


def _listings(profile: Profile) -> str:
    rows = [
        (code(f"config.sync {one.name or profile.slug}"), code(" ".join(one.command)), f"{_sentence(one.get)}")
        for one in profile.listings
    ]
    return table(("task", "what it asks", "before that"), rows)


def _host_key(profile: Profile) -> str:
    shown = profile.fingerprint_shown_in
    compare = f"Compare the fingerprint with {shown}.\n" if shown else "The platform shows no fingerprint.\n"
    return compare + (f"\n{_sentence(profile.keys_in_console)}\n" if profile.keys_in_console else "")


def _lasting(profile: Profile) -> str:
    places = profile.directories
    rows = [
        ("home", code(places.home)),
        ("scratch, fast and perhaps wiped", code(places.scratch)),
        ("outlives the box", code(places.durable) or "nothing"),
        ("changes on a stop", ", ".join(profile.changes.stop) or "nothing that is known"),
        ("changes when it is re-created", ", ".join(profile.changes.recreate) or "nothing that is known"),
    ]
    return table(("what", "where, which"), [row for row in rows if row[1]])


def _secrets(profile: Profile) -> str:
    secrets = profile.secrets
    said = [f"Allowed below {_list(secrets.allow)}."]
    said += [f"Refused below {_list(secrets.deny)}."] if secrets.deny else []
    said += [f"What is on its disk is seen by {secrets.captured_by}."] if secrets.captured_by else []
    shared = [(", ".join(map(code, (mount.path, *mount.aliases))), mount.seen_by) for mount in profile.shared_mounts]
    return " ".join(said) + "\n" + (f"\n{table(('shared disk', 'seen by'), shared)}" if shared else "")


def _problems(profile: Profile) -> str:
    rows = [(f"[{one.id}](../problems/index.md#{one.id.lower()})", cell(one.symptom)) for one in profile.known_problems]
    return table(("id", "symptom"), rows) if rows else "None of its own.\n"


def _kinds(profile: Profile) -> str:
    return ", ".join(reach.name for reach in profile.endpoints)


def _list(paths: tuple[str, ...]) -> str:
    return ", ".join(map(code, paths))


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}{'' if text[-1] in '.!?' else '.'}" if text else ""
