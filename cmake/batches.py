"""Puts sources together that are compiled, or checked, as one: batches.py FILE... prints a batch a line, as CMake's lists.

No two sources of a batch declare one name in their unnamed namespaces, which would clash, and none calls by its bare
name what another has of that name there, which would hide what it means. It is looked for in the text, not by compiling;
too strict is cheap here (overloads count as clashes), and what it misses the compiler sees.
"""

import pathlib
import re
import sys

# So that the last batch isn't a long one while the other cores have nothing left to do.
LINES_MAX = 2500
UNNAMED = re.compile(r"^namespace \{\n(.*?)^\} // namespace\n", re.MULTILINE | re.DOTALL)
# A declaration starts its line: clang-format indents nothing in a namespace, and everything within a declaration.
DECLARED = re.compile(r"^[A-Za-z_][^({=;\n]*?\b(\w+)\s*[({=;\[]", re.MULTILINE)

CALLED = re.compile(r"(?<![\w.:>])(\w+)\(")


def lines_of(sources):
    return sum(source.read_bytes().count(b"\n") for source in sources)


def own_names(source):
    return {name for part in UNNAMED.findall(source.read_text()) for name in DECLARED.findall(part)}


def batches_of(sources):
    """Batches without clashes, put together from the largest source down."""
    batches = []
    for source in sorted(sources, key=lambda one: (-lines_of([one]), one)):
        names, lines = own_names(source), lines_of([source])
        called = set(CALLED.findall(source.read_text()))
        for batch in batches:
            if batch["lines"] + lines <= LINES_MAX and not batch["names"] & (names | called) and not names & batch["called"]:
                break
        else:
            batch = {"lines": 0, "names": set(), "called": set(), "sources": []}
            batches.append(batch)
        batch["lines"] += lines
        batch["names"] |= names
        batch["called"] |= called
        batch["sources"].append(source)
    return [sorted(batch["sources"]) for batch in batches]


if __name__ == "__main__":
    for found in batches_of([pathlib.Path(argument) for argument in sys.argv[1:]]):
        print(";".join(map(str, found)))
