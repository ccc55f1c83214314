"""The schema, the README and the shipped configs say the same as the program."""

import json
import pathlib

import jsonschema
import pytest
import yaml
from conftest import SOURCE, start

CONFIGS = sorted((SOURCE / "configs").glob("*.yaml"))


class Loader(yaml.SafeLoader):
    """YAML 1.2's floats: PyYAML alone takes 1e-4 for text."""


Loader.add_implicit_resolver("tag:yaml.org,2002:float", __import__("re").compile(r"^[-+]?[0-9]+[eE][-+]?[0-9]+$"),
                             list("-+0123456789"))


def schema():
    return json.loads(start("schema").stdout)


def test_there_are_configs():
    assert len(CONFIGS) >= 3


@pytest.mark.parametrize("path", CONFIGS, ids=lambda p: p.name)
def test_shipped_configs_fit_schema_and_program(path):
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.validate(yaml.load(path.read_text(), Loader), schema())
    done = start("plan", path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("text", ["modle: {}", "model: {cell: transformer}", "train: {epochs: 0}", "train: {epochs: x}"])
def test_the_schema_refuses_what_the_program_refuses(text, tmp_path):
    (tmp_path / "bad.yaml").write_text(text)
    assert start("plan", tmp_path / "bad.yaml").returncode == 2
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(text), schema())


def test_the_effective_config_fits_the_schema():
    done = start("run", "--print-config", CONFIGS[0])
    jsonschema.validate(yaml.load(done.stdout, Loader), schema())


def test_the_readme_lists_the_options():
    readme = (SOURCE / "README.md").read_text()
    table = readme.split("<!-- options: ./build/release/cellsweep schema --markdown -->\n")[1].split("<!-- end -->")[0]
    assert table.strip() == start("schema", "--markdown").stdout.strip()


def test_the_readme_names_files_that_exist():
    import re
    readme = (SOURCE / "README.md").read_text()
    paths = re.findall(r"\]\((?!http|#)([^)]+)\)", readme)
    assert paths and all((SOURCE / path).exists() for path in paths), paths
