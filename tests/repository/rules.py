"""The rules that every file of the repository keeps, as functions from text to findings.

A finding is one line: where, and what is wrong. No rule reads a file itself: `files` maps a path from the
repository's root to its text, so the rules can be tried on samples (repository_test.py).
"""

import posixpath
import re

# Which rooms a room may include. docs/architecture.md says why; arrows point one way only.
ARROWS = {
    "base": set(),
    "stock": set(),
    "config": {"stock", "base"},
    "store": {"stock", "base"},
    "net": {"stock", "config", "base"},
    "actors": {"net", "store", "config", "stock", "base"},
    "web": set(),
    "api": {"web", "actors", "net", "store", "config", "stock", "base"},
    "emulator": {"actors", "net", "store", "config", "stock", "base"},
    "bench": {"emulator", "actors", "net", "store", "config", "stock", "base"},
    "ankkor": {"api", "web", "emulator", "actors", "net", "store", "config", "stock", "base"},
}
# CMake targets that are not called as their room is.
ROOM_OF_TARGET = {"load": "bench", "daemon": "ankkor"}

SOURCES = (".cpp", ".hpp")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
CMAKE_TARGET = re.compile(r"\bankkor::(\w+)")
# The standard library's headers are the ones without a folder and without an ending.
STANDARD_HEADER = re.compile(r"[a-z_0-9]+")
CLOCK = re.compile(r"\b(?:\w+_clock::now|clock_gettime|gettimeofday|time\s*\(\s*(?:nullptr|NULL|0)\s*\))")


def room_of(path):
    top = path.split("/", 1)[0]
    return top if top in ARROWS else None


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def layering(files):
    """Includes and links follow the arrows; stock/ knows the standard library and itself only, and no clock."""
    for path, text in sorted(files.items()):
        room = room_of(path)
        if room is None:
            continue
        if path.endswith(SOURCES):
            yield from layering_of_source(path, text, room, files)
        elif posixpath.basename(path) == "CMakeLists.txt":
            for found in CMAKE_TARGET.finditer(text):
                target = ROOM_OF_TARGET.get(found[1], found[1])
                if target != room and target not in ARROWS[room]:
                    yield f"{path}:{line_of(text, found.start())}: {room}/ may not link ankkor::{found[1]}"


def layering_of_source(path, text, room, files):
    for found in INCLUDE.finditer(text):
        where = f"{path}:{line_of(text, found.start())}"
        ours, library = found[1], found[2]
        if ours is not None:
            other = room_of(ours)
            if other is None or ours not in files:
                yield f'{where}: "{ours}" is no file of a room; includes are written from the root'
            elif other != room and other not in ARROWS[room]:
                yield f"{where}: {room}/ may not include {other}/"
        elif room_of(library) is not None:
            yield f"{where}: our own files are included with quotation marks"
        elif room == "stock" and not STANDARD_HEADER.fullmatch(library):
            yield f"{where}: stock/ may use the standard library only, not <{library}>"
    if room == "stock":
        for found in CLOCK.finditer(text):
            yield f"{path}:{line_of(text, found.start())}: stock/ is given the time, it takes none (I7)"


# -- documents ----------------------------------------------------------------

FENCE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^\[[^\]]+\]:\s*<?(\S+?)>?\s*$", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*\s*$", re.MULTILINE)
ABSOLUTE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)


def blanked(pattern, text):
    """The text with every match made spaces, so that offsets and lines stay."""
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def anchors(text):
    """The anchors that a document's headings have, as GitHub makes them."""
    made = {}
    for heading in HEADING.findall(blanked(FENCE, text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "")
        slug = re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-")
        count = made.get(slug, 0)
        made[slug] = count + 1
        yield slug if count == 0 else f"{slug}-{count}"


def links(files):
    """Every relative link in a document leads to a file that is there, and to a heading that is in it."""
    folders = {posixpath.dirname(path) for path in files}
    for path, text in sorted(files.items()):
        if not path.endswith(".md"):
            continue
        prose = blanked(CODE, blanked(FENCE, text))
        for found in sorted([*LINK.finditer(prose), *REFERENCE.finditer(prose)], key=lambda match: match.start()):
            if ABSOLUTE.match(found[1]):
                continue
            where = f"{path}:{line_of(text, found.start())}"
            target, _, anchor = found[1].partition("#")
            file = posixpath.normpath(posixpath.join(posixpath.dirname(path), target)) if target else path
            if file not in files and file not in folders:
                yield f"{where}: {found[1]} leads nowhere"
            elif anchor and anchor not in set(anchors(files.get(file, ""))):
                yield f"{where}: {file} has no heading #{anchor}"


# -- leftovers ----------------------------------------------------------------

# Written in two parts, so that this file keeps its own rules.
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
# Somebody's own folders; where a program or a service lives (/run, /var/lib, /etc, /usr) is no such place.
PRIVATE_PATH = re.compile(r"(?<![\w.$}/-])/(?:home|wo" r"rk|Us" r"ers|root|media|mnt)/\w[\w./-]*")
SILENCED = re.compile(r"//(.*)\bNOLINT(?!END)(?:NEXTLINE|BEGIN)?(?:\([^)\n]*\))?(.*)$", re.MULTILINE)


# A test as the threat model names it: words joined by underscores, more of them than any identifier has.
NAMED_TEST = re.compile(r"`([a-z0-9]+(?:_[a-z0-9]+){3,})`")


def named_tests(files):
    """The tests that the threat model names are there."""
    tests = "\n".join(text for path, text in files.items() if path.startswith("tests/") and path.endswith(SOURCES))
    for path in ("docs/threat-model.md",):
        text = files.get(path, "")
        for found in NAMED_TEST.finditer(text):
            if not re.search(rf"\b{found[1]}\b", tests):
                yield f"{path}:{line_of(text, found.start())}: there is no test {found[1]}"


def leftovers(files):
    """Nothing is left for later, no file knows the machine it was written on, no warning is silenced without a reason."""
    for path, text in sorted(files.items()):
        for found in UNFINISHED.finditer(text):
            yield f"{path}:{line_of(text, found.start())}: {found[0]} leaves something for later"
        for found in PRIVATE_PATH.finditer(text):
            yield f"{path}:{line_of(text, found.start())}: {found[0]} is a path of one machine"
        if path.endswith(SOURCES):
            for found in SILENCED.finditer(text):
                if len(re.findall(r"[A-Za-z]{2,}", found[1] + found[2])) >= 2:
                    continue
                yield f"{path}:{line_of(text, found.start())}: NOLINT without a reason beside it"


PLANTING = re.compile(r"\bfor_tests\b")


def planted_faults(files):
    """Only a test plants a fault in the engine."""
    for path, text in sorted(files.items()):
        if not path.endswith(SOURCES) or path.startswith("tests/") or path == "base/planted_fault.hpp":
            continue
        for found in PLANTING.finditer(text):
            yield f"{path}:{line_of(text, found.start())}: only a test may plant a fault"


# -- hashes -------------------------------------------------------------------

HASHED = re.compile(r"\bunordered_(?:flat_|node_)?(?:multi)?(?:map|set)\s*<")
# What the emulated shop and the benchmarks hash, they have made up themselves.
OWN_KEYS = ("emulator/", "bench/")


def template_arguments(text, begin):
    """The text between the angle bracket before `begin` and the one that closes it."""
    depth = 1
    for at in range(begin, len(text)):
        depth += {"<": 1, ">": -1}.get(text[at], 0)
        if depth == 0:
            return text[begin:at]
    return text[begin:]


def hashes(files):
    """No table of a room goes without the keyed hash: a client, a delivery or WooCommerce names nearly every key."""
    for path, text in sorted(files.items()):
        if not path.endswith(SOURCES) or room_of(path) is None or path.startswith(OWN_KEYS):
            continue
        for found in HASHED.finditer(text):
            if "keyed_hash" not in template_arguments(text, found.end()):
                yield f"{path}:{line_of(text, found.start())}: a table without keyed_hash (base/keyed_hash.hpp)"


# -- what a file is for -------------------------------------------------------

PURPOSE = re.compile(r"\A(?://[^\n]*\n)+|\A/\*.*?\*/", re.DOTALL)
SCRIPT_PURPOSE = re.compile(r"\A(?:#![^\n]*\n)?(?:#[^\n]*\n)+")
WORDS_MIN = 4


def purposes(files):
    """A file says at its top what it is for; a .cpp with a header of the same name beside it leaves that to it."""
    for path, text in sorted(files.items()):
        if path.endswith(SOURCES):
            if path.endswith(".cpp") and path[: -len(".cpp")] + ".hpp" in files:
                continue
            said = PURPOSE.match(text)
        elif text.startswith("#!") or path.endswith((".sh", ".cmake")):
            said = SCRIPT_PURPOSE.match(text)
        else:
            continue
        words = re.findall(r"[A-Za-z]{2,}", re.sub(r"\A#![^\n]*", "", said[0])) if said else []
        if len(words) < WORDS_MIN:
            yield f"{path}:1: does not say at its top what it is for"
