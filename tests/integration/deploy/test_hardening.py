"""Rules that linters such as kube-linter, kubescape and Docker's bench have for pods, networks, compose files and images; each is seen to find its fault.

And ssh between the containers of a job, for real: who gets in, and who does not.
"""

import copy
import json
import os
import re
import subprocess

import pytest
import yaml
from conftest import MPI_ENVIRONMENT, SOURCE, command_line
from metrics_servers import free_port, running, wait_for

DEPLOY = SOURCE / "deploy"
INSTALL = (DEPLOY / "install-runtime").read_text()
JOB = yaml.safe_load((DEPLOY / "kubernetes/mpijob.yaml").read_text())
POLICY = yaml.safe_load((DEPLOY / "kubernetes/networkpolicy.yaml").read_text())
COMPOSE = yaml.safe_load((SOURCE / "monitoring/compose.yaml").read_text())
ROLES = sorted(JOB["spec"]["mpiReplicaSpecs"])


def pod(role):
    """A copy, of which YAML's aliases are parts of their own."""
    return copy.deepcopy(JOB["spec"]["mpiReplicaSpecs"][role]["template"]["spec"])


def faults_of_pod(spec):
    """Names of the rules that a pod breaks."""
    def container_faults(container):
        context, resources = container.get("securityContext", {}), container.get("resources", {})
        yield "read-only-root", not context.get("readOnlyRootFilesystem")
        yield "privilege-escalation", context.get("allowPrivilegeEscalation", True) or context.get("privileged", False)
        yield "capabilities", context.get("capabilities") != {"drop": ["ALL"]}
        yield "pull-policy", container.get("imagePullPolicy") not in ("IfNotPresent", "Always")
        yield "tag", not re.search(r"(:(?!latest$)[\w.-]+|@sha256:[0-9a-f]{64})$", container["image"])
        for kind in ("requests", "limits"):
            for what in ("cpu", "memory", "ephemeral-storage"):
                yield f"{kind}-{what}", what not in resources.get(kind, {})
        yield "secret-in-environment", any(re.search("PASSWORD|SECRET|TOKEN|KEY$", each["name"]) for each in container.get("env", []))
    user = spec.get("securityContext", {})
    rules = [("token", spec.get("automountServiceAccountToken", True)), ("root", not user.get("runAsNonRoot") or not user.get("runAsUser")),
             ("seccomp", user.get("seccompProfile") != {"type": "RuntimeDefault"}),
             ("host", any(spec.get(name) for name in ("hostNetwork", "hostPID", "hostIPC"))),
             ("host-path", any("hostPath" in volume for volume in spec.get("volumes", []))),
             ("unbounded-volume", any("emptyDir" in volume and "sizeLimit" not in volume["emptyDir"] for volume in spec.get("volumes", []))),
             *(rule for container in spec["containers"] for rule in container_faults(container))]
    return {name for name, broken in rules if broken}


@pytest.mark.parametrize("role", ROLES)
def test_a_pod_breaks_no_rule(role):
    assert faults_of_pod(pod(role)) == set()


def without(*path):
    def change(spec):
        for key in path[:-1]:
            spec = spec[key]
        del spec[path[-1]]
    return change


FIRST = ("containers", 0)


@pytest.mark.parametrize("rule, change", [
    ("token", without("automountServiceAccountToken")), ("root", without("securityContext", "runAsNonRoot")),
    ("seccomp", without("securityContext", "seccompProfile")), ("read-only-root", without(*FIRST, "securityContext", "readOnlyRootFilesystem")),
    ("privilege-escalation", without(*FIRST, "securityContext", "allowPrivilegeEscalation")),
    ("capabilities", without(*FIRST, "securityContext", "capabilities")), ("pull-policy", without(*FIRST, "imagePullPolicy")),
    ("tag", lambda spec: spec["containers"][0].update(image="cellsweep:latest")), ("host", lambda spec: spec.update(hostNetwork=True)),
    ("host-path", lambda spec: spec["volumes"].append({"name": "x", "hostPath": {"path": "/"}})),
    ("unbounded-volume", lambda spec: spec["volumes"].append({"name": "x", "emptyDir": {}})),
    ("limits-ephemeral-storage", without(*FIRST, "resources", "limits", "ephemeral-storage")),
    ("limits-cpu", without(*FIRST, "resources", "limits", "cpu")), ("requests-memory", without(*FIRST, "resources", "requests", "memory")),
    ("secret-in-environment", lambda spec: spec["containers"][0].setdefault("env", []).append({"name": "A_PASSWORD", "value": "x"}))])
@pytest.mark.parametrize("role", ROLES)
def test_a_rule_for_pods_finds_its_fault(role, rule, change):
    spec = pod(role)
    change(spec)
    assert faults_of_pod(spec) == {rule}


def test_what_a_read_only_pod_writes_to_is_a_volume():
    for role in ROLES:
        mounts = {mount["mountPath"] for mount in pod(role)["containers"][0]["volumeMounts"]}
        assert {"/tmp", "/runs"} <= mounts
    shm = {volume["name"]: volume for volume in pod("Worker")["volumes"]}["shm"]
    assert shm["emptyDir"]["medium"] == "Memory"
    assert {"name": "shm", "mountPath": "/dev/shm"} in pod("Worker")["containers"][0]["volumeMounts"]


def test_a_run_writes_to_the_volumes_of_a_read_only_pod_alone(tmp_path, config):
    """The root is read only, and so is all below it but stand-ins for the volumes /tmp, /runs and /dev/shm."""
    script = f"""for volume in tmp runs; do mkdir -p {tmp_path}/$volume; mount --bind {tmp_path}/$volume {tmp_path}/$volume; done
mount -o remount,ro,bind /; mount -t tmpfs shm /dev/shm; cd /; ! touch {tmp_path}/outside 2>/dev/null
TMPDIR={tmp_path}/tmp exec "$@" --resume {tmp_path}/runs/one"""
    made = subprocess.run(["unshare", "--mount", "bash", "-ec", "mount --bind / /; mount -o remount,ro,bind /"], capture_output=True)
    if made.returncode != 0:
        pytest.skip(f"this needs root, and a kernel that lets it mount: {made.stderr}")
    done = subprocess.run(["unshare", "--mount", "bash", "-ec", f"mount --bind / /; exec nsenter --root=/ --wd=/ bash -ec '{script}' sh \"$@\"", "sh",
                           *command_line(["run", config, "--set", "train.epochs=1"], ranks=2)], env={**os.environ, **MPI_ENVIRONMENT},
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "runs/one/run/weights.safetensors").exists() and not (tmp_path / "outside").exists()


def reachable(policy, source):
    """The ports of a pod of the job that `source`, ("pod" or "namespace", its labels), reaches: numbers, or "all"."""
    found = set()
    for rule in policy["spec"]["ingress"]:
        for peer in rule.get("from", [{}]):
            kind, labels = source
            selector = peer.get(f"{kind}Selector")
            if not peer or (selector is not None and selector.get("matchLabels", {}).items() <= labels.items()):
                found |= {port["port"] for port in rule["ports"]} if "ports" in rule else {"all"}
    return found


def test_only_the_job_and_prometheus_reach_a_pod():
    of_job = {"training.kubeflow.org/job-name": JOB["metadata"]["name"], "training.kubeflow.org/job-role": "worker"}
    assert POLICY["spec"]["podSelector"]["matchLabels"].items() <= of_job.items()
    assert set(POLICY["spec"]["policyTypes"]) == {"Ingress", "Egress"}
    assert reachable(POLICY, ("pod", of_job)) == {"all"}
    assert reachable(POLICY, ("pod", {"app": "other"})) == set()
    assert reachable(POLICY, ("namespace", {"kubernetes.io/metadata.name": "monitoring"})) == {9464}
    assert reachable(POLICY, ("namespace", {"kubernetes.io/metadata.name": "default"})) == set()
    opened = copy.deepcopy(POLICY)
    opened["spec"]["ingress"].append({"ports": [{"port": 2222}]})
    assert reachable(opened, ("pod", {"app": "other"})) == {2222}


def faults_of_service(service):
    environment = service.get("environment", {})
    rules = [("read-only", not service.get("read_only")), ("capabilities", service.get("cap_drop") != ["ALL"]),
             ("privileges", "no-new-privileges:true" not in service.get("security_opt", [])), ("privileged", service.get("privileged", False)),
             ("docker-socket", any("docker.sock" in volume for volume in service.get("volumes", []))),
             ("tag", not re.fullmatch(r"\$\{\w+:-[\w/.-]+:v?\d[\w.]*\}", service["image"])),
             ("default-password", "GF_PATHS_PROVISIONING" in environment and environment.get("GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION") != "true"),
             ("anonymous-role", environment.get("GF_AUTH_ANONYMOUS_ORG_ROLE", "Viewer") not in ("Viewer", "${GF_AUTH_ANONYMOUS_ORG_ROLE:-Viewer}")),
             ("open-address", environment.get("GF_SERVER_HTTP_ADDR", "127.0.0.1") != "127.0.0.1" or
              any("listen-address" in word and "127.0.0.1" not in word for word in service.get("command", [])))]
    return {name for name, broken in rules if broken}


@pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
def test_a_service_breaks_no_rule(name):
    assert faults_of_service(COMPOSE["services"][name]) == set()


@pytest.mark.parametrize("rule, change", [
    ("read-only", without("read_only")), ("capabilities", without("cap_drop")), ("privileges", without("security_opt")),
    ("tag", lambda service: service.update(image="grafana/grafana:latest")), ("privileged", lambda service: service.update(privileged=True)),
    ("docker-socket", lambda service: service["volumes"].append("/var/run/docker.sock:/var/run/docker.sock")),
    ("default-password", without("environment", "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION")),
    ("anonymous-role", lambda service: service["environment"].update(GF_AUTH_ANONYMOUS_ORG_ROLE="Admin")),
    ("open-address", lambda service: service["environment"].update(GF_SERVER_HTTP_ADDR="0.0.0.0"))])
def test_a_rule_for_services_finds_its_fault(rule, change):
    service = copy.deepcopy(COMPOSE["services"]["grafana"])
    change(service)
    assert faults_of_service(service) == {rule}


def test_monitoring_start_has_no_account_and_lets_nobody_change_anything():
    start = (SOURCE / "monitoring/start").read_text()
    assert "GF_SECURITY_DISABLE_INITIAL_ADMIN_CREATION=true" in start and "ORG_ROLE=${GF_AUTH_ANONYMOUS_ORG_ROLE:-Viewer}" in start


def faults_of_images(dockerfile, install):
    packages = re.search(r"^xargs apt-get install (.*?) <", install, re.M)[1].split()
    rules = [("download-tool", {"curl", "wget"} & set(packages)), ("ssh-for-all", any(word.startswith("openssh") for word in packages)),
             ("unpinned-frontend", dockerfile.startswith("# syntax=")), ("no-place-for-a-digest", "FROM debian" in dockerfile),
             ("root", len(re.findall(r"^USER 1000$", dockerfile, re.M)) != 2)]
    return {name for name, broken in rules if broken}


def test_an_image_has_no_more_than_it_needs_and_a_place_for_its_digest():
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    assert faults_of_images(dockerfile, INSTALL) == set()
    assert "--build-arg DEBIAN=" in (DEPLOY / "README.md").read_text() and "ARG DEBIAN=debian:12.12-slim\n" in dockerfile
    for change, rule in ((lambda d, i: ("# syntax=docker/dockerfile:1\n" + d, i), "unpinned-frontend"),
                         (lambda d, i: (d.replace("${DEBIAN}", "debian:12.12-slim"), i), "no-place-for-a-digest"),
                         (lambda d, i: (d, i.replace("openmpi-bin tini", "openmpi-bin tini curl")), "download-tool"),
                         (lambda d, i: (d, i.replace("tini $ssh", "tini openssh-server $ssh")), "ssh-for-all"),
                         (lambda d, i: (d.replace("USER 1000", "USER root"), i), "root")):
        assert faults_of_images(*change(dockerfile, INSTALL)) == {rule}


def test_a_container_is_healthy_while_its_metrics_answer(tmp_path, config):
    """The image's own command, on another port."""
    port = free_port()
    command = json.loads(re.search(r"^HEALTHCHECK .*? CMD (\[.*\])$", (DEPLOY / "Dockerfile").read_text().replace("\\\n", ""), re.M)[1])
    command[-1] = command[-1].replace("9464", str(port))

    def healthy():
        return subprocess.run(command, capture_output=True, timeout=20).returncode == 0
    assert not healthy()
    with running(*command_line(["run", config, "--set", "metrics.prometheus.enabled=true", "--set", f"metrics.prometheus.port={port}", "--set",
                                "train.epochs=100000"]), env={**os.environ, **MPI_ENVIRONMENT}):
        wait_for(healthy, "its metrics answer")


IMAGE = """
for folder in etc home usr/local; do
  mkdir -p $work/layers; mountpoint -q $work/layers || mount -t tmpfs layers $work/layers
  mkdir -p $work/layers/$folder/upper $work/layers/$folder/work
  mount -t overlay overlay -o lowerdir=/$folder,upperdir=$work/layers/$folder/upper,workdir=$work/layers/$folder/work /$folder
done
mount -t tmpfs opt /opt; mkdir /opt/cellsweep; touch /opt/cellsweep/packages; mount -t tmpfs lists /var/lib/apt; ip link set lo up
mkdir $work/bin; printf '#!/bin/sh\\nexit 0\\n' >$work/bin/apt-get; chmod 755 $work/bin/apt-get
export PATH=$work/bin:$PATH
sed -i '/^[^:]*:[^:]*:1000:/d' /etc/passwd /etc/group
"""
# A second pair of keys is another user's, and another host's.
JOB_OF_TWO = """
sh $install --ssh
keys=/home/cellsweep/.ssh
ssh-keygen -q -t rsa -N '' -f $keys/id_rsa; cp $keys/id_rsa.pub $keys/authorized_keys; chown -R 1000:1000 $keys
ssh-keygen -q -t rsa -N '' -f /home/cellsweep/other; chown 1000 /home/cellsweep/other
as_user() { setpriv --reuid 1000 --regid 1000 --clear-groups env HOME=/home/cellsweep USER=cellsweep "$@"; }
as_user /usr/sbin/sshd -D -e -f /etc/ssh/cellsweep_sshd_config 2>$work/sshd.log &
for i in $(seq 50); do (: </dev/tcp/127.0.0.1/2222) 2>/dev/null && break; sleep 0.1; done
reach() { as_user timeout 10 ssh -n -o BatchMode=yes "$@" 2>>$work/ssh.log && echo yes || echo no; }
echo job $(reach 127.0.0.1 echo in)
echo other-key $(reach -o IdentitiesOnly=yes -i /home/cellsweep/other -F /dev/null -o StrictHostKeyChecking=no -p 2222 127.0.0.1 echo in)
echo other-user $(reach -l daemon 127.0.0.1 echo in)
echo forward $(as_user timeout 10 ssh -n -o BatchMode=yes -o ExitOnForwardFailure=yes -W 127.0.0.1:2222 127.0.0.1 2>&1 | grep -c SSH-2.0)
sed "s|^HostKey .*|HostKey /home/cellsweep/other|; s/^Port .*/Port 2223/" /etc/ssh/cellsweep_sshd_config >/etc/ssh/other_config
as_user /usr/sbin/sshd -D -e -f /etc/ssh/other_config 2>>$work/sshd.log &
for i in $(seq 50); do (: </dev/tcp/127.0.0.1/2223) 2>/dev/null && break; sleep 0.1; done
echo other-host $(reach -p 2223 127.0.0.1 echo in)
"""


def in_an_image(folder, script):
    done = subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-ec",
                           f"work={folder} install={DEPLOY}/install-runtime\n{IMAGE}{script}"], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120)
    if "mount:" in done.stderr or "unshare:" in done.stderr:
        pytest.skip(f"this needs root, and a kernel that lets it mount: {done.stderr}")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_ssh_lets_in_the_job_alone_and_knows_its_hosts(tmp_path):
    said = in_an_image(tmp_path, JOB_OF_TWO).splitlines()
    logs = "".join(path.read_text() for path in tmp_path.glob("*.log"))
    assert said == ["job in yes", "other-key no", "other-user no", "forward 0", "other-host no"], "\n".join(said) + logs


def test_sshd_lets_in_one_user_who_may_only_start_commands():
    for line in ("AllowUsers $user", "AllowTcpForwarding no", "DisableForwarding yes", "PermitRootLogin no", "PasswordAuthentication no"):
        assert f"\n{line}\n" in INSTALL


def test_an_image_without_ssh_says_so_to_mpirun(tmp_path):
    said = in_an_image(tmp_path, "sh $install; cat /etc/openmpi/openmpi-mca-params.conf; test ! -e /etc/ssh/cellsweep_sshd_config")
    assert said.splitlines()[-1] == "plm = isolated"
