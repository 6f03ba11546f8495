"""Rules of the house that no other tool checks."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAX_LINES = 450  # the house says "about 400"
IMPORT = re.compile(
    r"""(?:^|\s)(?:import|export)\s(?:[^;"']*?\sfrom\s)?["']([^"']+)["']|import\(\s*["']([^"']+)["']""", re.M
)
# third-party module -> the only places of static/js that may import it
KEEPERS = {
    "vendor/tf.js": ("tracker/models.js",),
    "vendor/socket.io.js": ("link/link.js",),
    "vendor/idb.js": ("link/outbox.js",),
    "vendor/three": ("stage/",),
}


def tracked(*patterns: str) -> list[Path]:
    """The files that git knows, or would add, below the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


def imports(module: Path) -> list[str]:
    """What a JavaScript module imports, relative to ``static/`` for its own files."""
    found = [a or b for a, b in IMPORT.findall(module.read_text())]
    return [str((module.parent / name).resolve().relative_to(ROOT / "static")) for name in found if name[0] == "."]


def test_the_import_pattern_sees_each_form():
    text = (
        'import a from "./a.js";\nimport {\n  b,\n} from "./b.js";\nimport "./c.js";\nconst d = await import("./d.js");'
    )
    assert [x or y for x, y in IMPORT.findall(text)] == ["./a.js", "./b.js", "./c.js", "./d.js"]


@pytest.mark.parametrize("path", tracked("*.py", "*.js", "*.mjs", "*.css"), ids=lambda path: path.name)
def test_a_file_can_be_read_in_one_sitting(path: Path):
    assert len(path.read_text().splitlines()) <= MAX_LINES


@pytest.mark.parametrize("library", KEEPERS)
def test_each_third_party_library_has_one_keeper(library: str):
    modules = tracked("static/js/**.js")
    users = [m.relative_to(ROOT / "static/js").as_posix() for m in modules if any(library in i for i in imports(m))]
    assert [user for user in users if not user.startswith(KEEPERS[library])] == []


def test_mathematics_of_the_browser_depends_on_facts_alone():
    for module in tracked("static/js/pose/*.js"):
        for name in imports(module):
            assert name.startswith(("js/pose/", "spec/")), f"{module.name} imports {name}"


def test_twins_share_golden_values():
    """Each golden file is reproduced by a Python test and by a JavaScript test."""
    goldens = tracked("tests/golden/*.json")
    assert goldens
    python = "".join(path.read_text() for path in tracked("tests/pose/*.py"))
    javascript = "".join(path.read_text() for path in tracked("tests/js/*.js"))
    for golden in goldens:
        assert (ROOT / "pose" / f"{golden.stem}.py").exists(), golden.name
        assert (ROOT / "static/js/pose" / f"{golden.stem}.js").exists(), golden.name
        assert golden.stem in python, f"no Python test reads {golden.name}"
        assert golden.stem in javascript, f"no JavaScript test reads {golden.name}"


def test_nothing_names_a_machine_or_a_registry():
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    machine = re.compile(rb"/(?:wor[k]|roo[t]|hom[e]/[a-z]+)/|\.\./share[d]\b")
    for path in tracked():
        data = path.read_bytes()
        if b"\0" not in data[:4096]:
            assert not machine.search(data), path.relative_to(ROOT)


def test_served_files_and_test_tools_are_not_committed():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for folder in ("node_modules/", "static/vendor/", ".venv/", "instance/"):
        assert folder not in listed
