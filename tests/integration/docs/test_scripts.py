"""What a person types from launch/: standard input stays the caller's, a hostfile and the environment are checked, downloads are proved."""

import gzip
import os
import pathlib
import shutil
import subprocess

import pytest
from conftest import BINARY, MPI_ENVIRONMENT, SOURCE

LAUNCH = SOURCE / "launch"


def program(path, script):
    """A shell script under this path; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def call(*command, cwd=None, **environment):
    return subprocess.run(list(map(str, command)), cwd=cwd, env={**os.environ, **MPI_ENVIRONMENT, **environment}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=120)


@pytest.fixture
def tree(tmp_path):
    """A tree whose programs, and what they start, read all that they are given and write down their arguments."""
    tree = tmp_path / "tree"
    shutil.copytree(LAUNCH, tree / "launch")
    greedy = f'cat >/dev/null; echo "$@" >>{tmp_path}/started'
    for name in ("launch/build", "launch/fetch-mnist", "build/release/cellsweep", "mpi/bin/mpirun", "bin/srun", "bin/promtool"):
        program(tree / name, greedy)
    (tree / "runs/a").mkdir(parents=True)
    (tree / "runs/a/ledger.jsonl").touch()
    (tree / "runs/a/metrics.om").touch()
    (tree / "hosts").write_text("localhost slots=1\n")
    (tree / "some.yaml").touch()
    return tree


@pytest.mark.parametrize("line", [
    "launch/mpirun/several-hosts hosts some.yaml", "launch/quickstart", "launch/supervise -- mpi/bin/mpirun --resume x",
    "SLURM_JOB_ID=1 SLURM_NTASKS=1 SLURM_JOB_NODELIST=here launch/slurm/job runs/a some.yaml", "$SOURCE/monitoring/backfill runs runs",
    "launch/mpirun/check-hostfile hosts"])
def test_a_loop_that_reads_a_list_keeps_its_list(tree, tmp_path, line):
    loop = f"while read -r each; do {line} >/dev/null || exit; echo $each; done"
    done = subprocess.run(["bash", "-c", loop], cwd=tree, input="one\ntwo\nthree\n", capture_output=True, text=True, timeout=60,
                          env={**os.environ, "MPI_HOME": str(tree / "mpi"), "PATH": f"{tree}/bin:{os.environ['PATH']}", "SOURCE": str(SOURCE)})
    assert done.stdout.split() == ["one", "two", "three"], done.stdout + done.stderr


def test_quickstart_lets_the_monitoring_beside_it_find_its_runs(tree, tmp_path):
    done = call(tree / "launch/quickstart", cwd=tmp_path, MPI_HOME=str(tree / "mpi"))
    assert done.returncode == 0, done.stderr
    started = (tmp_path / "started").read_text()
    assert "metrics.prometheus.discovery_directory=monitoring/prometheus/targets" in started
    assert "targets/*.json]" in (SOURCE / "monitoring/prometheus/prometheus.yml").read_text()


def test_several_hosts_trains_every_file_of_a_list(tmp_path, config):
    tree, project = tmp_path / "tree", config.parent
    shutil.copytree(LAUNCH, tree / "launch")
    (tree / "build/release").mkdir(parents=True)
    (tree / "build/release/cellsweep").symlink_to(pathlib.Path(BINARY).resolve())
    (project / "hosts").write_text("localhost slots=1\n")
    # Relative paths are relative to the folder in which it is started.
    text = config.read_text().replace(f'"{project}/idx"', "idx").replace(f"{project}/runs", "runs")
    for name in ("one", "two"):
        (project / f"{name}.yaml").write_text(text.replace("name: small", f"name: {name}"))
    done = subprocess.run(["bash", "-c", f"while read -r file; do {tree}/launch/mpirun/several-hosts hosts $file; done"], cwd=project,
                          env={**os.environ, **MPI_ENVIRONMENT}, input="one.yaml\ntwo.yaml\n", capture_output=True, text=True, timeout=120)
    assert sorted(path.name for path in (project / "runs").iterdir()) == ["one", "two"], done.stderr


def test_install_runtime_explains_itself_and_changes_nothing():
    script = SOURCE / "deploy/install-runtime"
    for word in ("-h", "--help"):
        done = call(script, word)
        assert done.returncode == 0 and done.stdout.startswith("usage: deploy/install-runtime [--ssh]"), done.stderr
        assert "--ssh   also ssh" in done.stdout and "set -eu" not in done.stdout
    done = call(script, "--sssh")
    assert done.returncode == 2 and done.stderr == "install-runtime: unknown argument '--sssh'; see --help\n"


FORM = "HOST slots=N [max_slots=N]"


@pytest.mark.parametrize("text, line, what, right", [
    ("h1\nh:2\n", 2, "'h:2'", "h slots=2"), ("h slots=2\r\n", 1, "carriage return", "sed -i"), ("h gpus=2\n", 1, "'gpus=2'", FORM),
    ("# all\nh 4\n", 2, "'4'", "slots=4"), ("h slots=0\n", 1, "slots=0", "from 1"), ("h slots=99999999999\n", 1, "slots=9999", "from 1"),
    ("h slots=2 max_slots=1\n", 1, "max_slots=1 is less", "max_slots=2"), ("h slots=1\nk\nh slots=2\n", 3, "h stands on line 1", "one line"),
    ("h slots=1 slots=2\n", 1, "twice", FORM), ("fe80::1 slots=2\n", 1, "IPv6", "IPv4"), ("slots=2\n", 1, "'slots=2'", FORM),
    ("\ufeffh slots=2\n", 1, "byte order mark", "sed -i"), ("a,b slots=1\n", 1, "comma", FORM), ("$(true) slots=1\n", 1, "$(true)", FORM),
    ("h Slots=2\n", 1, "Slots=2", FORM), ("@\n", 1, "'@'", FORM)])
def test_a_hostfile_with_a_mistake(tmp_path, text, line, what, right):
    (tmp_path / "hosts").write_text(text, newline="")
    done = call(LAUNCH / "mpirun/several-hosts", "hosts", SOURCE / "configs/adding-problem.yaml", cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.startswith(f"hosts:{line}: "), done.stderr
    assert what in done.stderr.splitlines()[0] and right in done.stderr.splitlines()[0] and len(done.stderr.splitlines()) == 1, done.stderr


@pytest.mark.parametrize("text", ["", "\n# h1\n"])
def test_a_hostfile_without_a_host(tmp_path, text):
    (tmp_path / "hosts").write_text(text)
    done = call(LAUNCH / "mpirun/check-hostfile", "hosts", cwd=tmp_path)
    assert done.returncode == 2 and "no host" in done.stderr and FORM in done.stderr, done.stderr


@pytest.mark.parametrize("text", ["h1 slots=2 max_slots=4 # big\n\n \t\n# none\nuser@10.0.0.1 slots = 1\n// c\nn-2.example.org", "h1\nh1\nh2\n"])
def test_a_hostfile_that_is_right(tmp_path, text):
    (tmp_path / "hosts").write_text(text)
    done = call(LAUNCH / "mpirun/check-hostfile", "hosts", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


JOB = {"SLURM_JOB_ID": "1", "SLURM_NTASKS": "1", "SLURM_JOB_NODELIST": "here", "SLURM_SUBMIT_DIR": str(SOURCE), "SLURM_ARRAY_JOB_ID": "1"}


@pytest.mark.parametrize("name, script", [
    ("SLURM_RESTART_COUNT", [LAUNCH / "slurm/job", "d", "c"]), ("MAX_RESTARTS", [LAUNCH / "slurm/job", "d", "c"]),
    ("SLURM_ARRAY_TASK_ID", [LAUNCH / "slurm/sweep.sbatch", "a.yaml", "b.yaml"]), ("JOBS", [LAUNCH / "build"])])
@pytest.mark.parametrize("value", ["BASH_VERSINFO[$(touch evaluated)]", "08", "-1", "1e3", "99999999999999999999"])
def test_numbers_of_the_environment_are_checked_before_bash_reckons_with_them(tree, name, script, value):
    program(tree / "bin/scontrol", "echo Command=none")
    shutil.copy(LAUNCH / "build", tree / "launch/build")
    path = tree / pathlib.Path(script[0]).relative_to(SOURCE)
    done = call(path, *script[1:], cwd=tree, **{**JOB, "PATH": f"{tree}/bin:{os.environ['PATH']}", name: value})
    assert done.returncode == 2 and f"{name} needs a whole number" in done.stderr, done.stderr
    assert not (tree / "evaluated").exists()


def test_backfill_takes_folders_whose_names_begin_as_options(tmp_path):
    for name in ("-runs", "-data"):
        (tmp_path / name).mkdir()
    (tmp_path / "-runs/metrics.om").write_text("# EOF\n")
    program(tmp_path / "bin/promtool", f'echo "$@" >{tmp_path}/got')
    done = call(SOURCE / "monitoring/backfill", "-data", "-runs", cwd=tmp_path, PATH=f"{tmp_path}/bin:{os.environ['PATH']}")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "got").read_text().split()[-2:] == ["./-runs/metrics.om", "./-data"]


def test_mnist_is_fetched_by_https_alone_and_nothing_is_installed(tmp_path):
    for name in ("curl", "npm", "sudo", "apt-get"):
        program(tmp_path / "bin" / name, f'echo {name} "$@" >>{tmp_path}/called; exit 1')
    done = call(LAUNCH / "fetch-mnist", tmp_path / "mnist", PATH=f"{tmp_path}/bin:{os.environ['PATH']}")
    assert done.returncode == 1 and "--from FOLDER" in done.stderr, done.stderr
    called = [line.split() for line in (tmp_path / "called").read_text().splitlines()]
    assert [words[0] for words in called] == ["curl", "npm"]
    assert called[0][1:3] == ["--proto", "=https"] and "--ignore-scripts" in called[1]


def test_mnist_with_another_content_is_not_used(tmp_path):
    for name in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (tmp_path / f"{name}-ubyte.gz").write_bytes(gzip.compress(b"other"))
    done = call(LAUNCH / "fetch-mnist", "--from", tmp_path, tmp_path / "mnist")
    assert done.returncode == 1 and "SHA-256" in done.stderr, done.stderr
    assert list((tmp_path / "mnist").glob("*ubyte*")) == []


class Machine:
    """apt-install where /usr/sbin and /run are copies of this machine's, without a policy for services, and apt-get is a script."""

    def __init__(self, folder):
        self.folder = folder
        program(folder / "bin/apt-get", f'''case "$*" in *install*) ;; *) exit 0 ;; esac
echo begin >>{folder}/apt; cat >/dev/null
for i in 1 2 3 4 5; do /usr/sbin/policy-rc.d; echo $? >>{folder}/apt; sleep 0.1; done
[ ! -e {folder}/kill ] || {{ kill -9 $PPID; exit 1; }}
echo end >>{folder}/apt''')
        (folder / "layers").mkdir()

    def run(self, script):
        prepare = f'''mount -t tmpfs layers {self.folder}/layers; mkdir {self.folder}/layers/upper {self.folder}/layers/work
mount -t overlay overlay -o lowerdir=/usr/sbin,upperdir={self.folder}/layers/upper,workdir={self.folder}/layers/work /usr/sbin
mount -t tmpfs run /run; rm -f /usr/sbin/policy-rc.d; install={LAUNCH}/apt-install; export PATH={self.folder}/bin:$PATH'''
        done = call("unshare", "--mount", "bash", "-ec", f"{prepare}\n{script}")
        if "mount:" in done.stderr or "unshare:" in done.stderr:
            pytest.skip(f"this needs root, and a kernel that lets it mount: {done.stderr}")
        return done

    def apt(self):
        return (self.folder / "apt").read_text().split()


REFUSED = ["begin", *["101"] * 5, "end"]


def test_services_are_not_started_while_packages_are_installed(tmp_path):
    machine = Machine(tmp_path)
    done = machine.run('$install some; test ! -e /usr/sbin/policy-rc.d')
    assert done.returncode == 0 and machine.apt() == REFUSED, done.stderr


def test_two_installations_at_once_take_turns(tmp_path):
    machine = Machine(tmp_path)
    done = machine.run('$install some & $install other; wait $!; test ! -e /usr/sbin/policy-rc.d')
    assert done.returncode == 0 and machine.apt() == REFUSED * 2, done.stderr + str(machine.apt())


def test_an_installation_that_is_killed_forbids_no_service_afterwards(tmp_path):
    machine = Machine(tmp_path)
    (tmp_path / "kill").touch()
    done = machine.run(f'''$install some || true; sleep 0.2; test -e /usr/sbin/policy-rc.d; /usr/sbin/policy-rc.d
rm {tmp_path}/kill; $install some; test ! -e /usr/sbin/policy-rc.d''')
    assert done.returncode == 0, done.stderr


def test_the_policy_of_an_administrator_stays(tmp_path):
    machine = Machine(tmp_path)
    done = machine.run('printf "#!/bin/sh\\nexit 104\\n" >/usr/sbin/policy-rc.d; chmod 755 /usr/sbin/policy-rc.d; $install some; '
                       '/usr/sbin/policy-rc.d || test $? = 104')
    assert done.returncode == 0 and machine.apt() == ["begin", *["104"] * 5, "end"], done.stderr
