"""The steps of a release: the commands of each step, and its function. Every step may be repeated.

A step reads and writes the journal, so that the next step can run in another process on another day. The order, and
the handling of failures, are in `infra.release.deploy`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from gpu.core.contract.schema import contract_digest
from infra import console
from infra.platforms import live, pages
from infra.platforms.accounts import last_words
from infra.platforms.cloudflare import SITE, of_sweeper, read
from infra.platforms.commit_name import SHORT
from infra.platforms.git import changed_paths, commit, full_commit, git
from infra.platforms.ground import Ground
from infra.platforms.programs import attempt, plain, run, wrangler
from infra.platforms.site_client import NotMadeError
from infra.platforms.targets import ADDRESSES, is_tiny
from infra.preflight.checks.money import PRICE_CHECK, default_estimate
from infra.preflight.findings import logged
from infra.preflight.runner import Request, examine, lines_of, mend, tally
from infra.process.shell import InfraError
from infra.release import branches, known_states, smoke
from infra.release.deployed_versions import (
    NOTHING_YET,
    deployed_commit,
    modal_history,
    newest,
    pages_list,
    serving,
    sweeper_list,
)
from infra.release.gpu_side import (
    container_environment,
    deploy_command,
    differences,
    gpu_side_equal,
    reported_version,
    wait_until_deployed,
)
from infra.release.journal import Journal
from infra.release.smoke_token import smoke_token
from infra.settings import ENGLISH

WRANGLER_SECONDS = 300.0
MODAL_SECONDS = 1800.0
"""A first deploy builds the images."""
SKIP = "[skip ci]"
"""In a commit's message: Pages and GitHub then build nothing. Used for commits of the log."""


@dataclass(frozen=True, slots=True)
class WaitTimes:
    """Time limits for other services and the pause between two polls, in seconds. Tests use shorter ones."""

    agree_seconds: float = 1200.0
    clip_seconds: float = 1800.0
    pause_seconds: float = 5.0


@dataclass(frozen=True, slots=True)
class ReleaseContext:
    """The arguments of every step."""

    ground: Ground
    journal: Journal
    keep: Callable[[], None]
    """Saves the journal."""
    tell: Callable[[str], None]
    wait_times: WaitTimes


@dataclass(frozen=True, slots=True)
class Step:
    """`commands` lists the command lines for --dry-run; `run` executes the step, and may be repeated."""

    name: str
    title: str
    commands: Callable[[ReleaseContext], list[str]]
    run: Callable[[ReleaseContext], None]


# ---------------------------------------------------------------- this checkout


def check_and_mend(context: ReleaseContext) -> None:
    """Runs every check, and commits the automatic fixes separately. Raises InfraError while an error is left."""
    journal, ground = context.journal, context.ground
    if journal.mending:
        # Interrupted during the fixes: the tree was clean before, so all changes are fixes.
        commit_fixes(context, changed_paths(ground.root))
    report = examine(ground, Request())
    note_findings(context, [logged(r.check, f.message) for r in report.results for f in r.findings])
    if report.blocks_release and mendable_alone(report.results):
        journal.mending = True
        context.keep()
        mend(ground, report.results)
        commit_fixes(context, changed_paths(ground.root))
        report = examine(ground, Request())
    if report.blocks_release:
        for line in lines_of(report):
            context.tell(line)
        raise InfraError(tally(report), "correct the errors shown above, then run deploy again")
    journal.left = [logged(r.check, f.message) for r in report.results for f in r.findings]
    journal.commit = content_commit(ground.root)
    context.tell(tally(report))


def mendable_alone(verdicts: tuple[Any, ...]) -> bool:
    """Automatic fixes need a clean tree: otherwise their commit would contain somebody's unfinished changes."""
    dirty = any(verdict.check.id == "git-clean" and verdict.findings for verdict in verdicts)
    return not dirty and any(finding.mendable for verdict in verdicts for finding in verdict.findings)


def note_findings(context: ReleaseContext, found: list[str]) -> None:
    context.journal.found = list(dict.fromkeys([*context.journal.found, *found]))
    context.keep()


def commit_fixes(context: ReleaseContext, paths: list[str]) -> None:
    if paths:
        context.tell("fixes: " + ", ".join(paths))
        commit(context.ground.root, "Fixes found by preflight\n\n" + "\n".join(f"* {path}" for path in paths), paths)
        context.journal.fixed = list(dict.fromkeys([*context.journal.fixed, *paths]))
    context.journal.mending = False
    context.keep()


def content_commit(root: Path) -> str:
    """The commit that goes live: the newest one that changes more than the log of releases."""
    return git(root, "rev-list", "-1", "HEAD", "--", *branches.CONTENT).strip()


# ---------------------------------------------------------------- what is live


def remember_live(context: ReleaseContext) -> None:
    """Records the live versions for a rollback; before a first release there are none. Raises InfraError if a service
    answers but its deployment cannot be identified, as it could not be restored later, and if what is live is not what
    the last release left."""
    journal = context.journal
    if journal.before:
        context.tell("a rollback restores the versions from before the abandoned release")
        return
    before = {f"{answer.service}_build": answer.build for answer in live.ask(context.ground.target)}
    reported = {name.removesuffix("_build"): build for name, build in before.items()}
    for name, answering, command, key in (
        ("pages", "site_build", pages_list(context.ground.target), "Id"),
        ("sweeper", "sweeper_build", sweeper_list(context.ground.target), "version_id"),
        ("modal", "gpu_build", modal_history(context.ground.target), "Version"),
    ):
        finished = attempt(command, cwd=context.ground.root, timeout_seconds=WRANGLER_SECONDS)
        if finished.exit_code != 0 and not before[answering] and not NOTHING_YET.search(finished.output):
            raise InfraError(
                f"{name} does not answer, and its deployments cannot be listed: {last_words(finished.output)}",
                f"there may be one to go back to; run this and read its output: {plain(command)}",
            )
        before[name] = newest(finished.output, key) if finished.exit_code == 0 else ""
        if name == "pages" and before[name]:
            before[name] = serving(finished.output, before[answering]) or before[name]
        if before[answering] and not before[name]:
            raise InfraError(
                f"the live deployment of {name} cannot be identified: {last_words(finished.output)}",
                f"a rollback needs it; run this and read its output: {plain(command)}",
            )
        for service in (each for each, part in known_states.PART_OF.items() if part == name):
            reported[service] = reported[service] or deployed_commit(finished.output, before[name])
        context.tell(f"{name}: {before[name] or 'nothing yet'}")
    journal.before.update(way_back(context, reported) or before)


def way_back(context: ReleaseContext, reported: dict[str, str]) -> dict[str, str]:
    """The versions from before a release that failed and whose journal is lost; empty where what is live is what the
    last release left. Raises InfraError where it is neither."""
    journal, ground = context.journal, context.ground
    if journal.from_live:
        journal.left.append("what was live is the way back, whoever made it (--from-live)")
        return {}
    last = known_states.last_in_log(ground)
    known = known_states.of_release(last) if last else known_states.agreeing(reported.items())
    for line in known_states.refuse_strange(ground, known, reported):
        context.tell(line)
    if last is None or last.outcome != "failed":
        return {}
    context.tell(f"a rollback restores the versions from before {last.id}, which failed")
    journal.replaced, journal.abandoned = sorted(set(known_states.PART_OF.values())), [last.commit]
    return known_states.before_of(last)


# ---------------------------------------------------------------- going live


def publish(context: ReleaseContext) -> None:
    """Pushes the release's commit to its own branch, which starts no build. So the remote has the commit before it goes
    live, and a branch that refuses the push stops the release while nothing is changed yet."""
    ground, commit_id = context.ground, context.journal.commit
    if branches.has(ground, ground.target.branch, commit_id):
        context.tell(f"{ground.target.remote}/{ground.target.branch} already contains {commit_id[:SHORT]}")
        return
    git(ground.root, *branches.push_arguments(ground.target, ground.target.branch, commit_id))


def push(context: ReleaseContext) -> None:
    """Moves the branch that Pages builds to the release's commit; the schema and the GPU service are live by then. If
    the branch already contains it, as after a rollback, Pages is asked to build it again."""
    ground, target, commit_id = context.ground, context.ground.target, context.journal.commit
    if not branches.has(ground, target.live_branch, commit_id):
        git(ground.root, *branches.push_arguments(target, target.live_branch, commit_id))
        return
    context.tell(f"{target.remote}/{target.live_branch} already contains {commit_id[:SHORT]}")
    answering = next(answer.build for answer in live.ask(target) if answer.service == "functions")
    if not live.same(answering, commit_id):
        pages.build(target)
        context.tell(f"live is {answering or 'no version'}, so Pages was asked to build the commit again")


def pushing(context: ReleaseContext, branch: str) -> str:
    return " ".join(["git", *branches.push_arguments(context.ground.target, branch, context.journal.commit)])


def migrate(context: ReleaseContext) -> None:
    run(migrate_command(context), cwd=context.ground.root, timeout_seconds=WRANGLER_SECONDS)


def migrate_command(context: ReleaseContext) -> list[str]:
    target = context.ground.target
    command = [*wrangler(), "d1", "migrations", "apply", target.database, "--remote"]
    configured = read(context.ground.root / SITE).get("env", {})
    return [*command, "--env", target.name] if target.name in configured else command


def deploy_gpu(context: ReleaseContext) -> None:
    """Deploys the Modal app if its code, images or environment variables differ from the live ones."""
    journal = context.journal
    answering = next(answer.build for answer in live.ask(context.ground.target) if answer.service == "gpu")
    journal.made["gpu_commit"] = journal.commit
    if answering and not journal.replaces_gpu and runs_this(context, answering):
        journal.made["gpu_commit"] = full_commit(context.ground.root, answering)
        # The live build differs from the one before the release: this release deployed it, but was interrupted before
        # the journal recorded it.
        replaced = answering != journal.before.get("gpu_build", answering)
        journal.made["modal"] = answering if replaced else "unchanged"
        context.tell(f"the GPU service is unchanged since {answering[:SHORT]}, so it is not deployed")
        return
    short = journal.commit[:SHORT]
    run(
        modal_command(context),
        cwd=context.ground.root,
        timeout_seconds=MODAL_SECONDS,
        env={
            "CLIPWRIGHT_BUILD": short,
            "PYTHONPATH": str(context.ground.root),
            **container_environment(context.ground.target),
        },
    )
    journal.made["modal"] = short


def runs_this(context: ReleaseContext, answering: str) -> bool:
    """Whether the live GPU service equals what this release would deploy: code, images, environment variables."""
    if not gpu_side_equal(context.ground, answering, context.journal.commit):
        return False
    otherwise = differences(context.ground, reported_version(context.ground.target))
    for line in otherwise:
        context.tell(line)
    return not otherwise


def modal_command(context: ReleaseContext) -> list[str]:
    return deploy_command(context.ground.target, context.journal.commit[:SHORT] or "<commit>")


def deploy_sweeper(context: ReleaseContext) -> None:
    run(sweeper_command(context), cwd=context.ground.root, timeout_seconds=WRANGLER_SECONDS)
    context.journal.made["sweeper"] = context.journal.commit[:SHORT]


def sweeper_command(context: ReleaseContext) -> list[str]:
    short = context.journal.commit[:SHORT] or "<commit>"
    command = [*wrangler(), "deploy", *of_sweeper(context.ground.target)]
    return [*command, "--var", f"BUILD:{short}", "--tag", short, "--message", short]


# ---------------------------------------------------------------- proof


def agree(context: ReleaseContext) -> None:
    journal = context.journal
    expected = live.Expected(journal.commit, journal.made.get("gpu_commit") or journal.commit, contract_digest())
    live.wait(
        context.ground.target,
        expected,
        limit_seconds=context.wait_times.agree_seconds,
        pause_seconds=context.wait_times.pause_seconds,
        tell=lambda late: context.tell("waiting: " + "; ".join(late)),
    )
    wait_until_deployed(
        context.ground,
        limit_seconds=context.wait_times.agree_seconds,
        pause_seconds=context.wait_times.pause_seconds,
        tell=lambda late: context.tell("waiting: " + "; ".join(late)),
    )
    context.tell(f"all services report {journal.commit[:SHORT]}")


def smoke_clip(context: ReleaseContext) -> None:
    """Makes one clip at the defaults. The picture is saved before the request, so that a repetition after an
    interruption, with another token of the same owner, requests the same clip."""
    journal = context.journal
    headers, site_url = ENGLISH | live.access_headers(), context.ground.target.site_url
    with (
        smoke_token(context.ground, journal.id) as token,
        httpx.Client(base_url=site_url, headers=headers, timeout=smoke.ASK_SECONDS) as client,
    ):
        client.headers["Authorization"] = f"Bearer {token}"
        if not journal.smoke_upload:
            if not is_tiny(context.ground.target.checkpoint):  # estimates exist for the real models only
                journal.predicted = smoke.predicted(default_estimate())
            journal.smoke_upload = smoke.upload(client)
            context.keep()
        address = smoke.submit(client, journal.id, journal.smoke_upload)
        limits = smoke.Limits(context.wait_times.clip_seconds, context.wait_times.pause_seconds)
        try:
            job = smoke.follow(client, address, limits, context.tell)
        except NotMadeError:
            journal.smoke_upload = ""  # the next try requests a new clip
            context.keep()
            raise
        smoke.save(client, job, smoke.clip_path(context.ground.root, journal.id))
    journal.measured = smoke.measured(job)
    hold_to_cap(context)


def hold_to_cap(context: ReleaseContext) -> None:
    """Compares the clip's cost with the environment's cap. Above the cap, only a user at the terminal can keep the
    release; the log then records it. Raises InfraError."""
    journal, target = context.journal, context.ground.target
    if (over := smoke.above_cap(target, journal.predicted, journal.measured)) is None:
        return
    if not console.agreed(f"{over}. Keep this release?"):
        raise InfraError(over, smoke.OVER_CAP_FIX)
    journal.left.append(logged(PRICE_CHECK, over))
    context.keep()


def all_steps() -> tuple[Step, ...]:
    """All steps in order. The reflection is not among them: it is written after a failure too."""

    def shown(command: Callable[[ReleaseContext], list[str]]) -> Callable[[ReleaseContext], list[str]]:
        return lambda context: [plain(command(context))]

    return (
        Step("preflight", "run every check, commit the automatic fixes separately",
             lambda _context: ["python run.py preflight --fix"], check_and_mend),
        Step("remember", "record the live versions for a rollback",
             lambda context: [plain(command(context.ground.target))
                              for command in (pages_list, sweeper_list, modal_history)],
             remember_live),
        Step("publish", "push the commit to its branch, which starts no build",
             lambda context: [pushing(context, context.ground.target.branch)], publish),
        Step("migrations", "apply the new migrations to D1", shown(migrate_command), migrate),
        Step("modal", "deploy the GPU service if it has changed", shown(modal_command), deploy_gpu),
        Step("push", "move the branch that Pages builds, which starts the build",
             lambda context: [pushing(context, context.ground.target.live_branch)], push),
        Step("sweeper", "deploy the cron Worker", shown(sweeper_command), deploy_sweeper),
        Step("agree", "wait until site, Functions, sweeper and GPU service report the new commit",
             lambda context: [f"GET {url}" for url in addresses(context)], agree),
        Step("smoke", "make one clip through the public API",
             lambda context: [f"POST {context.ground.target.site_url or '<site_url>'}/api/jobs"], smoke_clip),
    )  # fmt: skip


def parts_of(journal: Journal) -> tuple[str, ...]:
    """Parts that this release, or an abandoned one before it, may have replaced. A step that has begun counts, because
    it may have succeeded."""
    begun = {*journal.done, next((step.name for step in all_steps() if step.name not in journal.done), "")}
    found = [each for each in ("modal", "sweeper") if journal.made.get(each) or each in begun]
    found = [each for each in found if journal.made.get(each) != "unchanged"]
    if "push" in begun:
        found.append("pages")
    return tuple(dict.fromkeys([*journal.replaced, *found]))


def addresses(context: ReleaseContext) -> list[str]:
    target = context.ground.target
    site, sweeper, gpu = (getattr(target, name) or f"<{name}>" for name in ADDRESSES)
    return [f"{site}/ko/", f"{site}/api/version", f"{sweeper}/version", f"{gpu}/version"]
