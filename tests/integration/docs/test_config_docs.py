"""The schema, docs/options.md and the shipped configs say the same as the program."""

import json

import jsonschema
import pytest
import yaml
from conftest import SOURCE, start
from pages import Loader

CONFIGS = sorted((SOURCE / "configs").glob("*.yaml"))


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


def test_the_page_of_options_is_what_the_program_prints():
    page = (SOURCE / "docs" / "options.md").read_text()
    table = page.split("<!-- options: ./build/release/cellsweep schema --markdown -->\n")[1].split("<!-- end -->")[0]
    assert table.strip() == start("schema", "--markdown").stdout.strip()
