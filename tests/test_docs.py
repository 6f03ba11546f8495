"""What the documents say must be there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from poseable.__main__ import COMMANDS
from tests.test_repository import ROOT, tracked

DOCUMENTS = tracked("*.md")
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(
    r"(?:^|(?<=\s))((?:pose|server|converter|training|static|templates|tests|tools|docs|poseable|benchmarks)/[\w./-]+)(?=\s|$)"
)
# made by set-up or by a command, so not part of a fresh clone
MADE = ("static/vendor", "static/models/blazepose-heavy", "static/models/own")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_and_paths_lead_somewhere(document: Path):
    text = document.read_text()
    for target in LINK.findall(text):
        assert (document.parent / target).exists(), f"link to {target}"
    for name in (name for code in CODE.findall(text) for name in PATH.findall(code)):
        assert name.startswith(MADE) or (ROOT / name).exists(), f"{name} does not exist"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_exist(document: Path):
    for line in re.findall(r"^ *(?:\$ )?poseable ([a-z]+)", document.read_text(), re.M):
        assert line in COMMANDS, f"there is no `poseable {line}`"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_exist(document: Path):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    for target in re.findall(r"`make ([a-z-]+)`", document.read_text()):
        assert target in targets, f"there is no `make {target}`"


def test_there_are_documents():
    assert {"README.md", "ARCHITECTURE.md"} <= {path.name for path in DOCUMENTS}
