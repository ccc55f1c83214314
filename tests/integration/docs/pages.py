"""Reads Markdown pages: headings, links, code."""

import functools
import pathlib
import re
import shlex

import yaml
from conftest import SOURCE

PAGES = sorted({*SOURCE.glob("*.md"), *SOURCE.glob("docs/**/*.md"), *SOURCE.glob("monitoring/*.md"), *SOURCE.glob("deploy/*.md"),
                *SOURCE.glob("tests/**/*.md")})
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.M | re.S)


class Loader(yaml.SafeLoader):
    """YAML 1.2's floats: PyYAML alone takes 1e-4 for text."""


Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+[eE][-+]?[0-9]+$"), list("-+0123456789"))


def code_blocks(text, language):
    return [body for _, tongue, body in FENCE.findall(text) if tongue == language]


def without_code(text, keep_spans=False):
    text = FENCE.sub("", text)
    return text if keep_spans else re.sub(r"`[^`\n]*`", "", text)


def code_spans(text):
    return re.findall(r"`([^`\n]+)`", FENCE.sub("", text))


def links(page):
    """Where a page's links and pictures lead, but for other sites."""
    return [target for target in re.findall(r"\]\(([^()\s]+)\)", without_code(page.read_text())) if not re.match(r"[a-z]+:", target)]


@functools.cache
def anchors(page):
    """The names that GitHub gives a page's headings."""
    if not page.is_file():
        return frozenset()
    found = {}
    for heading in re.findall(r"^#{1,6} +(.+?) *$", FENCE.sub("", page.read_text()), re.M):
        heading = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        found[name] = found.get(name, -1) + 1
    return frozenset(name + (f"-{count}" if count else "") for name, last in found.items() for count in range(last + 1))


def commands(text):
    """The words of each command: of blocks of sh, of lines after a $ in blocks of output, and of code in a text."""
    lines = [line for block in code_blocks(text, "sh") for line in block.replace("\\\n", " ").splitlines()]
    lines += [line[2:] for block in code_blocks(text, "") for line in block.splitlines() if line.startswith("$ ")]
    lines += [span for span in code_spans(re.sub(r"^\| `.*?` \|", "", text, flags=re.M))  # a table's first column has no commands
              if re.match(r"(\S*/)?cellsweep [a-z]|(\./)?launch/|mpirun |srun |sbatch ", span)]
    return [words for line in lines for words in parts(line)]


def parts(line):
    """A line's commands; a comment ends it."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";|<>&")
    lexer.whitespace_split = True
    words = list(lexer)
    begin = 0
    for place, word in enumerate([*words, ";"]):
        if set(word) <= set(";|<>&"):
            yield words[begin:place]
            begin = place + 1


def message_pieces(page):
    """The parts of the messages that a table quotes first in each row, without those of other programs."""
    text = page.read_text().split("## Messages of others")[0]
    quoted = re.findall(r"^\| `([^`]+)` \|", text, re.M)
    return [piece for message in quoted for piece in map(str.strip, message.split("…")) if len(piece) > 3]


@functools.cache
def program_text():
    """The texts of the program and its scripts, with C++'s neighbouring literals joined."""
    text = ""
    for file in pathlib.Path(SOURCE / "src").rglob("*.[hc]*"):
        if file.suffix in (".h", ".cpp", ".cu"):
            text += re.sub(r'"\s*\n\s*"', "", file.read_text()) + "\n"
    for folder in ("launch", "monitoring"):
        for file in (SOURCE / folder).rglob("*"):
            if file.is_file() and file.suffix in ("", ".sh", ".sbatch"):
                text += file.read_text() + "\n"
    return text
