"""The copy for planted faults: `restore` undoes every change to it."""

import pytest

from infra.preflight.self_test.copies import Copy
from infra.preflight.self_test.fault import Fault
from infra.preflight.self_test.rounds import rounds
from infra.settings import ROOT


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(ROOT, tmp_path_factory.mktemp("자가 시험"))


def test_what_was_planted_is_gone_after_a_round(copy: Copy) -> None:
    made, script = copy.git("rev-parse", "HEAD"), (copy.root / ".ci" / "run").read_bytes()
    copy.write("README.md", "other\n")
    copy.write("docs/planted.md", "x\n")
    copy.commit("Planted")
    copy.git("tag", "--annotate", "v1", "-m", "planted")
    copy.git("switch", "--quiet", "--create", "elsewhere")
    copy.index("docs/aux.md")
    copy.index("docs/Plan.md")
    (copy.root / "run.py").unlink()
    copy.write(".env", "KEY=x\n")
    copy.write(".ci/run", copy.read(".ci/run").replace("\n", "\r\n"))
    copy.restore()
    assert copy.git("rev-parse", "HEAD") == made
    assert copy.git("status", "--porcelain", "--branch").splitlines() == ["## main...origin/main"]
    assert copy.git("for-each-ref", "--format=%(refname)", "refs/heads", "refs/tags").split() == ["refs/heads/main"]
    assert (copy.root / ".ci" / "run").read_bytes() == script
    assert copy.read("README.md") == (ROOT / "README.md").read_text(encoding="utf-8")
    assert not (copy.root / ".env").exists()
    assert (copy.root / "node_modules").is_dir()


def fault(check: str, where: str, *, apart: bool = False, changes: tuple[str, ...] = ()) -> Fault:
    return Fault(f"{check} {where} {apart}", check, where, lambda _: None, apart=apart, changes=changes)


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        (fault("a", "x.py"), fault("b", "y.py"), True),
        (fault("a", "x.py"), fault("a", "y.py"), True),
        (fault("a", "x.py:1"), fault("b", "x.py"), False),
        (fault("a", "x.py"), fault("b", "y.py", changes=("x.py",)), False),
        (fault("a", "docs/"), fault("a", "docs/x.md"), False),
        (fault("a", ""), fault("a", "x.py"), False),
        (fault("a", ""), fault("b", "x.py"), True),
        (fault("a", "x.py", apart=True), fault("b", "y.py"), False),
    ],
)
def test_faults_share_a_round_only_where_neither_touches_the_other(one: Fault, other: Fault, share: bool) -> None:
    assert len(rounds([one, other])) == (1 if share else 2)
