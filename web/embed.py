"""Builds files into the binary: embed.py OUTPUT.cpp NAME=FILE... writes the source behind web/assets.hpp.

index.html is at "/", every other file at "/dashboard/NAME". A FILE that is empty ("uplot.js=") is embedded as an empty
file: what a build without npm has in place of the plots' library.
"""

import hashlib
import pathlib
import sys

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Octal escapes end after three digits, so nothing that follows is taken for a part of one.
ESCAPES = {ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n", ord("?"): "\\?"}
PIECE = 100  # bytes of a line


def literal(content):
    pieces = []
    for start in range(0, len(content), PIECE):
        text = "".join(
            ESCAPES.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}")
            for byte in content[start : start + PIECE]
        )
        pieces.append(f'"{text}"')
    return "\n    ".join(pieces) or '""'


def entry(name, content):
    path = "/" if name == "index.html" else f"/dashboard/{name}"
    kind = TYPES[pathlib.PurePath(name).suffix]
    etag = hashlib.sha256(content).hexdigest()[:32]
    return f'  {{"{path}", "{kind}", "\\"{etag}\\"",\n    std::string_view{{{literal(content)}, {len(content)}}}}},\n'


def main(output, *files):
    entries = []
    for each in files:
        name, _, file = each.partition("=")
        entries.append(entry(name, pathlib.Path(file).read_bytes() if file else b""))
    pathlib.Path(output).write_text(
        '// Made by web/embed.py of the files in web/.\n#include "web/assets.hpp"\n\n#include <array>\n\n'
        "namespace ankkor::web {\n\nnamespace {\n\n"
        f"constexpr std::array<asset, {len(entries)}> assets{{{{\n{''.join(entries)}}}}};\n\n"
        "} // namespace\n\n"
        "const asset* find_asset(std::string_view path) noexcept {\n"
        "  for (const auto& each : assets) {\n    if (each.path == path)\n      return &each;\n  }\n"
        "  return nullptr;\n}\n\n} // namespace ankkor::web\n"
    )


main(*sys.argv[1:])
