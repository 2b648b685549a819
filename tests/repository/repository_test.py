"""Checks the repository by the rules of rules.py, and those rules by samples that break each of them.

Usage: repository_test.py ROOT
"""

import pathlib
import subprocess
import sys
import unittest

import rules

ROOT = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
TEXT = {".cpp", ".hpp", ".md", ".txt", ".py", ".cmake", ".toml", ".json", ".sh", ".yml", ".yaml", ".sql", ".ts", ".tsx",
        ".mjs", ".css", ".svg", ".conf", ".service", ".vcl", ""}
# As WooCommerce sent it: not ours to word.
RECORDED = "tests/recordings/"
NOT_OURS = {"build", ".git", "ankkor-data", "node_modules"}


def paths():
    """What git would commit; without git, what lies there."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others",
         "--exclude-standard"], capture_output=True, check=False)
    if listed.returncode == 0:
        return [name for name in listed.stdout.decode().split("\0") if name]
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*"))
    return [path.as_posix() for path in found if not NOT_OURS & set(path.parts)]


def repository():
    files = {}
    for name in paths():
        path = ROOT / name
        if name.startswith(RECORDED) and not name.endswith(".md"):
            continue
        if path.suffix in TEXT and path.is_file():
            files[name] = path.read_text(encoding="utf-8")
    return files


class TheRepository(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.files = repository()

    def expect_nothing(self, rule):
        findings = list(rule(self.files))
        if findings:
            self.fail("\n" + "\n".join(findings))

    def test_is_looked_at_at_all(self):
        for name in ("README.md", "stock/decide.hpp", "scripts/run", ".ci/run", "net/CMakeLists.txt"):
            self.assertTrue(name in self.files, name)
        for room in rules.ARROWS:
            self.assertTrue(any(rules.room_of(path) == room for path in self.files), room)

    def test_keeps_the_layering_arrows(self):
        self.expect_nothing(rules.layering)

    def test_has_no_link_that_leads_nowhere(self):
        self.expect_nothing(rules.links)

    def test_names_tests_that_are_there(self):
        self.expect_nothing(rules.named_tests)

    def test_leaves_nothing_for_later_and_names_no_machine(self):
        self.expect_nothing(rules.leftovers)

    def test_plants_no_fault_but_in_tests(self):
        self.expect_nothing(rules.planted_faults)

    def test_has_no_table_whose_places_a_client_can_foresee(self):
        self.expect_nothing(rules.hashes)

    def test_says_in_every_file_what_it_is_for(self):
        self.expect_nothing(rules.purposes)


class TheRules(unittest.TestCase):
    """Each rule finds what it is there for, and only that."""

    def findings(self, rule, files):
        return [finding.split(": ", 1)[0] for finding in rule(files)]

    def test_arrows_point_one_way(self):
        for room, allowed in rules.ARROWS.items():
            for other in allowed:
                self.assertNotIn(room, rules.ARROWS[other], f"{room} <-> {other}")

    def test_an_include_against_the_arrows_is_found(self):
        files = {
            "stock/a.hpp": "#pragma once\n",
            "net/b.hpp": '#include "stock/a.hpp"\n#include <boost/asio.hpp>\n',
            "base/c.hpp": '#include "stock/a.hpp"\n',
            "store/d.cpp": '#include <string>\n\n#include "net/b.hpp"\n',
            "tests/net/e.cpp": '#include "net/b.hpp"\n#include "helper.hpp"\n',
        }
        self.assertEqual(self.findings(rules.layering, files), ["base/c.hpp:1", "store/d.cpp:3"])

    def test_an_include_that_names_no_room_is_found(self):
        files = {"net/a.hpp": "", "net/b.cpp": '#include "a.hpp"\n#include "net/c.hpp"\n#include <net/a.hpp>\n'}
        self.assertEqual(self.findings(rules.layering, files), ["net/b.cpp:1", "net/b.cpp:2", "net/b.cpp:3"])

    def test_stock_uses_the_standard_library_only_and_no_clock(self):
        files = {
            "stock/a.cpp": "#include <vector>\n#include <fmt/core.h>\n#include <unistd.h>\n"
                           "auto t = std::chrono::system_clock::now();\n",
            "net/b.cpp": "#include <unistd.h>\nauto t = std::chrono::system_clock::now();\n",
        }
        self.assertEqual(self.findings(rules.layering, files), ["stock/a.cpp:2", "stock/a.cpp:3", "stock/a.cpp:4"])

    def test_a_link_against_the_arrows_is_found(self):
        files = {
            "store/CMakeLists.txt": "ankkor_library(store\n  USES ankkor::stock ankkor::actors)\n",
            "bench/CMakeLists.txt": "target_link_libraries(x ankkor::emulator ankkor::net)\n",
            "ankkor/CMakeLists.txt": "target_link_libraries(x ankkor::emulator ankkor::daemon)\n",
        }
        self.assertEqual(self.findings(rules.layering, files), ["store/CMakeLists.txt:2"])

    def test_a_link_that_leads_nowhere_is_found(self):
        files = {
            "README.md": "# A [house](x.md)\n\n[a](docs/a.md) [b](docs/b.md#two--words)\n[c](docs/b.md#gone)\n"
                         "[d](https://example.com/x) [e](#a-house) [f](docs) [g][h]\n\n[h]: docs/h.md\n",
            "docs/b.md": "## Two & words\n\n```sh\n# gone\n[x](nowhere.md)\n```\n`[y](nowhere.md)` [up](../README.md)\n",
        }
        self.assertEqual(self.findings(rules.links, files),
                         ["README.md:1", "README.md:3", "README.md:4", "README.md:7"])

    def test_the_second_heading_of_one_name_has_its_own_anchor(self):
        self.assertEqual(list(rules.anchors("# The `a_b` way\n## Files\n## Files\n## 3. Of [c](d.md), e\n")),
                         ["the-a_b-way", "files", "files-1", "3-of-c-e"])

    def test_a_named_test_that_is_gone_is_found(self):
        threats = {"docs/threat-model.md": "| `a_test_that_is_here` | `a_test_that_is_gone` | `ankkor_data` |"}
        files = threats | {"tests/a_test.cpp": "BOOST_AUTO_TEST_CASE(a_test_that_is_here) {"}
        self.assertEqual(list(rules.named_tests(files)), ["docs/threat-model.md:1: there is no test a_test_that_is_gone"])

    def test_what_is_left_for_later_is_found(self):
        files = {"net/a.cpp": "// TO" "DO: limits\nint x; // FIX" "ME\n", "docs/b.md": "mastodon, todo lists, Xxx\n"}
        self.assertEqual(self.findings(rules.leftovers, files), ["net/a.cpp:1", "net/a.cpp:2"])

    def test_a_path_of_one_machine_is_found(self):
        files = {
            "docs/a.md": "see /ho" "me/ada/notes, /wo" "rk/x\n`/var/lib/ankkor` https://x.example/home/y $HOME/home/z\n",
            "scripts/b": "cp /ro" "ot/x .\n",
        }
        self.assertEqual(self.findings(rules.leftovers, files), ["docs/a.md:1", "docs/a.md:1", "scripts/b:1"])

    def test_a_warning_silenced_without_a_reason_is_found(self):
        files = {"net/a.cpp": "f(); // NO" "LINT\ng(); // NO" "LINT(cert-err34-c): it is checked above\n"
                              "// NO" "LINTNEXTLINE(misc-x)\nh();\n"
                              "// Variadic by design. NO" "LINTNEXTLINE(misc-x)\ni();\n// NO" "LINTEND(misc-x)\n"}
        self.assertEqual(self.findings(rules.leftovers, files), ["net/a.cpp:1", "net/a.cpp:3"])

    def test_a_fault_planted_outside_of_tests_is_found(self):
        files = {"ankkor/a.cpp": "int a;\nfor_tests::planted = x;\n", "tests/b.cpp": "for_tests::planted = x;\n"}
        self.assertEqual(self.findings(rules.planted_faults, files), ["ankkor/a.cpp:2"])

    def test_a_table_without_the_keyed_hash_is_found(self):
        files = {
            "api/a.hpp": "// x\nstd::unordered_map<int, std::vector<int>> a;\nstd::unordered_set<int, keyed_hash> b;\n",
            "net/b.hpp": "boost::unordered_flat_map<int, int> c;\nstd::map<int, int> d;\n",
            "emulator/c.hpp": "std::unordered_set<int> e;\n",
        }
        self.assertEqual(self.findings(rules.hashes, files), ["api/a.hpp:2", "net/b.hpp:1"])

    def test_a_file_that_does_not_say_what_it_is_for_is_found(self):
        files = {
            "net/a.hpp": "#pragma once\n// What a request may hold at most.\n",
            "net/b.hpp": "// b.hpp\n#pragma once\n",
            "net/c.hpp": "// The limits of a request.\n#pragma once\n",
            "net/c.cpp": '#include "net/c.hpp"\n',
            "net/d.cpp": '#include "net/c.hpp"\n',
            "scripts/e": "#!/usr/bin/env bash\nset -e\n",
            "scripts/f": "#!/usr/bin/env bash\n# Builds it and runs it.\nset -e\n",
        }
        self.assertEqual(self.findings(rules.purposes, files), ["net/a.hpp:1", "net/b.hpp:1", "net/d.cpp:1", "scripts/e:1"])


if __name__ == "__main__":
    unittest.main()
