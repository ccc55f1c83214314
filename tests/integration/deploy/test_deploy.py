"""deploy/: what Docker, Apptainer and Kubernetes would refuse is found without them, and that its parts fit each other."""

import functools
import json
import os
import pathlib
import re
import subprocess

import jsonschema
import pytest
import yaml
from conftest import BINARY, SOURCE

DEPLOY = SOURCE / "deploy"
CHECKS = pathlib.Path(subprocess.run(["bash", "-c", f". {SOURCE}/launch/common.sh; echo $deploy_checks"], capture_output=True, text=True,
                                     check=True).stdout.strip())
SCHEMAS = CHECKS / "kubernetes_validate/kubernetes-json-schema/v1.37.0-local-strict"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
DEFINITION = (DEPLOY / "cellsweep.def").read_text()


@pytest.fixture(scope="session", autouse=True)
def has_checks():
    assert CHECKS.is_dir(), "the linter and the schemas are missing: ./launch/deps --test"


def hadolint(text):
    return subprocess.run([CHECKS / "bin/hadolint", "-"], input=text, capture_output=True, text=True, timeout=60)


def test_the_dockerfile_is_as_hadolint_wants_it():
    done = hadolint(DOCKERFILE)
    assert done.returncode == 0, done.stdout
    assert "DL3007" in hadolint(DOCKERFILE.replace("${DEBIAN}", "debian:latest")).stdout, "hadolint finds nothing"


def stages():
    """The stages of the Dockerfile, by name, each with what it is made from and its lines."""
    found = {}
    for part in re.split(r"^FROM ", DOCKERFILE, flags=re.M)[1:]:
        head, _, body = part.partition("\n")
        base, name = head.split(" AS ")
        found[name] = (base, body)
    return found


@pytest.mark.parametrize("target", ["cpu", "cuda"])
def test_an_image_is_made_of_stages_that_there_are_and_its_user_is_not_root(target):
    base, body = stages()[target]
    assert base in stages() and f"COPY --from=build-{target} " in body and f"build-{target}" in stages()
    assert re.findall(r"^USER (.*)", body, re.M)[-1] == "1000"
    assert "HEALTHCHECK" in stages()[base][1] and "ENTRYPOINT" in stages()[base][1]


def test_both_images_have_the_same_base():
    assert set(re.findall(r"^From: (.*)", DEFINITION, re.M)) == {re.search(r"^ARG DEBIAN=(.*)", DOCKERFILE, re.M)[1]}
    assert {base for base, _ in stages().values() if base not in stages()} == {"${DEBIAN}"}


def test_what_recipes_copy_and_call_is_there():
    for path in [*re.findall(r"^COPY (\S+) /usr", DOCKERFILE, re.M), *re.findall(r"/src/(\S+)", DEFINITION),
                 *re.findall(r"RUN (deploy/\S+)", DOCKERFILE)]:
        assert (SOURCE / path).is_file(), path


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """What deploy/collect takes of this tree's build, under a umask of people who trust nobody."""
    folder = tmp_path_factory.mktemp("image")
    done = subprocess.run(["bash", "-c", f'umask 077; exec "{DEPLOY}/collect" "{folder}"'], capture_output=True, text=True, timeout=500)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_an_image_has_every_library_or_names_its_package(image):
    found = re.findall(r"=> (/\S+)", subprocess.run(["ldd", image / "usr/local/bin/cellsweep"], capture_output=True, text=True,
                                                    check=True).stdout)
    packages = (image / "opt/cellsweep/packages").read_text().split()
    assert len(found) > 10 and "libyaml-cpp0.7" in packages
    for library in map(os.path.realpath, found):
        if not library.startswith(f"{image}/") and not (image / library[1:]).is_file():
            owner = subprocess.run(["dpkg-query", "--search", f"*{os.path.basename(library)}"], capture_output=True, text=True,
                                   check=True).stdout
            assert {line.split(":")[0] for line in owner.splitlines()} & set(packages), library


def test_an_image_has_the_library_that_pushes_metrics(image):
    assert re.search(r"^libcurl4(t64)?$", (image / "opt/cellsweep/packages").read_text(), re.M)


def test_an_image_is_readable_to_everybody(image):
    closed = [path for path in [image / "usr", image / "opt", *image.glob("*/**/*")]
              if path.stat().st_mode & (0o005 if path.is_dir() else 0o004) != (0o005 if path.is_dir() else 0o004)]
    assert closed == []
    done = subprocess.run([image / "opt/cellsweep/launch/supervise", "--", "true", "--resume", image], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert list((image / "opt/cellsweep/configs").glob("*.yaml"))


def test_the_definition_has_the_sections_that_apptainer_knows():
    sections = re.findall(r"^%(\w+)", DEFINITION, re.M)
    assert set(sections) <= {"arguments", "files", "post", "environment", "runscript", "test", "help", "labels", "startscript"}
    assert [part.splitlines()[0] for part in DEFINITION.split("Bootstrap: ")[1:]] == ["docker", "docker"]
    assert re.findall(r"^%files from (\w+)", DEFINITION, re.M) == ["build"] and "Stage: build" in DEFINITION
    for section in ("post", "environment", "runscript", "test"):
        for script in re.findall(rf"^%{section}\n((?:(?: .*)?\n)+)", DEFINITION, re.M):
            subprocess.run(["sh", "-n"], input=script.replace("{{ kind }}", ""), text=True, check=True)


@functools.cache
def definitions():
    return {"https://kubernetes.io/api/_definitions.json": json.loads((SCHEMAS / "_definitions.json").read_text())}


def errors(schema, document):
    validator = jsonschema.Draft7Validator(schema, resolver=jsonschema.RefResolver("", schema, store=definitions()))
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(document)]


def core(kind):
    """Kubernetes' published schema of a kind of its own, without room for unknown keys."""
    return json.loads((SCHEMAS / f"{kind.lower()}-v1.json").read_text())


def custom(kind):
    return json.loads((SOURCE / "tests/integration/custom_resources.json").read_text())[kind]


def manifest(name):
    return yaml.safe_load((DEPLOY / f"kubernetes/{name}.yaml").read_text())


def pod_templates():
    return {role: spec["template"] for role, spec in manifest("mpijob")["spec"]["mpiReplicaSpecs"].items()}


def test_each_manifest_is_one_of_these():
    assert sorted(path.stem for path in (DEPLOY / "kubernetes").iterdir()) == ["mpijob", "networkpolicy", "podmonitor", "runs"]


def test_the_policy_fits_its_schema():
    schema = json.loads((SCHEMAS / "networkpolicy-networking-v1.json").read_text())
    assert errors(schema, manifest("networkpolicy")) == []
    assert errors(schema, {**manifest("networkpolicy"), "spec": {"podSelectors": {}}}) != []


def test_the_claim_fits_its_schema():
    assert errors(core("PersistentVolumeClaim"), manifest("runs")) == []
    assert errors(core("PersistentVolumeClaim"), {**manifest("runs"), "spce": {}}) != []


@pytest.mark.parametrize("role", ["Launcher", "Worker"])
def test_a_pod_fits_its_schema(role):
    pod = {"apiVersion": "v1", "kind": "PodTemplate", "template": pod_templates()[role]}
    assert errors(core("PodTemplate"), pod) == []
    pod["template"]["spec"]["containers"][0]["port"] = []
    assert any("port" in error for error in errors(core("PodTemplate"), pod))


@pytest.mark.parametrize("name, kind, mistake", [
    ("mpijob", "MPIJob", {"slotsPerWorkers": 4}), ("mpijob", "MPIJob", {"mpiImplementation": "openmpi"}),
    ("mpijob", "MPIJob", {"runPolicy": {"cleanPodPolicy": "None of them"}}), ("podmonitor", "PodMonitor", {"selectors": {}}),
    ("podmonitor", "PodMonitor", {"podMetricsEndpoints": [{"port": "metrics", "interval": "5 s"}]})])
def test_a_custom_resource_fits_its_schema(name, kind, mistake):
    good = manifest(name)
    assert errors(custom(kind), good) == []
    assert errors(custom(kind), {**good, "spec": {**good["spec"], **mistake}}) != []


def test_the_parts_of_the_job_fit_each_other_and_the_image():
    job, claim, monitor = manifest("mpijob"), manifest("runs"), manifest("podmonitor")
    launcher, worker = (pod_templates()[role]["spec"] for role in ("Launcher", "Worker"))
    image = "/home/cellsweep/.ssh"
    assert job["spec"]["sshAuthMountPath"] == image and "user=cellsweep" in (DEPLOY / "install-runtime").read_text()
    for spec in (launcher, worker):
        assert spec["securityContext"]["runAsUser"] == 1000
        assert {"name": "runs", "persistentVolumeClaim": {"claimName": claim["metadata"]["name"]}} in spec["volumes"]
        mounted = [mount["name"] for mount in spec["containers"][0]["volumeMounts"]]
        assert sorted(mounted) == sorted(volume["name"] for volume in spec["volumes"])
    ranks = int(launcher["containers"][0]["args"][launcher["containers"][0]["args"].index("-np") + 1])
    assert ranks == job["spec"]["slotsPerWorker"] * job["spec"]["mpiReplicaSpecs"]["Worker"]["replicas"]
    assert monitor["spec"]["selector"]["matchLabels"]["training.kubeflow.org/job-name"] == job["metadata"]["name"]
    assert monitor["spec"]["podMetricsEndpoints"][0]["port"] == worker["containers"][0]["ports"][0]["name"]


def test_the_job_trains_what_the_image_holds():
    arguments = pod_templates()["Launcher"]["spec"]["containers"][0]["args"]
    assert (SOURCE / arguments[0]).is_file() and "launch/supervise" in (DEPLOY / "collect").read_text()
    run = arguments[arguments.index("cellsweep") + 1:]
    assert run[-2:] == ["--resume", "/runs/adding-problem"]
    done = subprocess.run([BINARY, *run[:-2], "--print-config"], cwd=SOURCE, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert yaml.safe_load(done.stdout)["metrics"]["prometheus"] | {"address": "0.0.0.0", "port": 9464} == \
        yaml.safe_load(done.stdout)["metrics"]["prometheus"]
