"""What the pages say is there: links, anchors, paths, commands, options, keys, YAML and quoted messages."""

import functools
import json
import re

import jsonschema
import pytest
import yaml
from conftest import SOURCE, start
from pages import Loader, PAGES, anchors, code_blocks, commands, code_spans, links, message_pieces, program_text, without_code

SECTIONS = {"name", "data", "model", "train", "parallel", "checkpoint", "metrics", "output", "sweep", "map"}
FOLDERS = "src|tests|launch|configs|docs|monitoring|deploy|cmake"
# Their own arguments end where those of cellsweep, or of another command, begin.
HAND_ON = {"launch/mpirun/several-hosts": "run", "launch/slurm/train.sbatch": "run", "launch/slurm/sweep.sbatch": "run"}

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(SOURCE)))


@functools.cache
def help_of(*command):
    done = start(*command, "--help")
    assert done.returncode == 0, done.stderr
    return done.stdout


def subcommands():
    return set(re.findall(r"^  ([a-z]+) ", help_of().split("Subcommands:")[1], re.M))


def options_of(*command):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", help_of(*command)))


@functools.cache
def keys():
    return frozenset(re.findall(r"^\| `([^`]+)` \|", start("schema", "--markdown").stdout, re.M))


@functools.cache
def schema():
    return json.loads(start("schema").stdout)


def is_key(text):
    return any(key == text or key.startswith(text + ".") for key in keys())


def test_there_are_pages():
    assert SOURCE / "README.md" in PAGES and len(PAGES) >= 15


@each_page
def test_links_lead_somewhere(page):
    lost = []
    for target in links(page):
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            lost.append(target)
    assert not lost


@each_page
def test_paths_exist(page):
    text = page.read_text()
    named = [span for span in code_spans(text) if re.match(rf"\.?/?({FOLDERS})/", span)]
    named += [word for command in commands(text) for word in command if re.match(rf"(\./)?({FOLDERS})/", word)]
    lost = [path for path in named if not re.search(r"[<…$]", path) and not exists(path.split()[0])]
    assert not lost


def exists(path):
    path = path.removeprefix("./").rstrip("/.,:")
    return bool(list(SOURCE.glob(path)))


@each_page
def test_commands_and_their_options_exist(page):
    wrong = []
    for words in commands(page.read_text()):
        for place, word in enumerate(words):
            if word.rsplit("/", 1)[-1] == "cellsweep" and place + 1 < len(words):
                wrong += problems_of(words[place + 1:])
            elif word.removeprefix("./") in HAND_ON:
                wrong += unknown_options(words[place + 1:], HAND_ON[word.removeprefix("./")])
    assert not wrong


def problems_of(words):
    if words[0] in ("…", "...") or words[0] in options_of():
        return []
    if words[0] not in subcommands():
        return [words[0]]
    return unknown_options(words[1:], words[0])


def unknown_options(words, subcommand):
    known = options_of() | options_of(subcommand)
    wrong = [word for word in words if word.startswith("--") and word.partition("=")[0] not in known]
    settings = [after for word, after in zip(words, words[1:]) if word == "--set"]
    return wrong + [setting for setting in settings if setting != "KEY=VALUE" and not is_key(setting.partition("=")[0])]


@each_page
def test_options_of_scripts_exist(page):
    wrong = []
    for words in commands(page.read_text()):
        for place, word in enumerate(words):
            script = SOURCE / word.removeprefix("./")
            if not re.match(r"(\./)?(launch|monitoring|tests)/", word) or word.removeprefix("./") in HAND_ON or not script.is_file():
                continue
            own = words[place + 1:words.index("--") if "--" in words else None]
            wrong += [option for option in own if option.startswith("--") and option.partition("=")[0] not in script_text(script)]
    assert not wrong


def script_text(script):
    """A script's text, and that of the Python beside it, whose options it hands on."""
    return script.read_text() + "".join(file.read_text() for file in script.parent.glob("*.py"))


@each_page
def test_keys_exist(page):
    text = without_code(page.read_text(), keep_spans=True)
    dotted = [span for span in code_spans(text) if re.fullmatch(r"[a-z]+(\.[a-z_0-9]+)+", span)]
    files = (".yaml", ".om", ".jsonl", ".json", ".html", ".h", ".cpp", ".sbatch")
    assert not [key for key in dotted if key.split(".")[0] in SECTIONS and not key.endswith(files) and not is_key(key)]


@each_page
def test_configs_on_the_pages_fit_the_schema(page):
    for text in code_blocks(page.read_text(), "yaml"):
        if re.search(r"\.\.\.|…", text):
            continue
        config = yaml.load(text, Loader)
        if isinstance(config, dict) and set(config) <= SECTIONS:
            jsonschema.validate(config, schema())


def test_quoted_messages_are_those_of_the_program():
    text = program_text()
    quoted = message_pieces(SOURCE / "docs" / "troubleshooting.md")
    assert len(quoted) >= 80
    assert not [piece for piece in quoted if piece not in text]
