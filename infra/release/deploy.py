"""A release: prints the plan, runs the steps one by one, and writes the reflection, also after a failure.

An interrupted release continues at the step where it stopped. A failure reports what is live and how to roll back. What
a step does is in `infra.release.steps`.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from infra.language import localized
from infra.platforms import live
from infra.platforms.git import changed_paths, commit, git
from infra.platforms.ground import Ground
from infra.preflight.runner import ground_of
from infra.process.shell import InfraError, ProgramError
from infra.reflection.release_log import LOG, PAGE, Outcome, Release, append, figure_lines, read_log
from infra.release import branches, known_states, notice, release_lock, shared_journal
from infra.release import journal as local_journal
from infra.release.journal import Journal
from infra.release.release_context import ReleaseContext, Step, WaitTimes
from infra.release.shared_journal import without_folders
from infra.release.site_record import tell_site
from infra.release.steps import SKIP, all_steps, content_commit, parts_of

State = Literal["begins", "done", "before", "says"]


@dataclass(frozen=True, slots=True)
class Event:
    """A step begins, is done, was done before an interruption, or prints a line."""

    step: str
    state: State
    text: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """The options of a release."""

    environment: str
    why: str = ""
    replaces_gpu: bool = False
    """Deploys the GPU service even if it is unchanged, for example after a secret was corrected. The deployment starts
    new containers, and the count of lost starts begins anew."""
    takes_lock: bool = False
    """Takes over the lock of a machine that has stopped."""
    from_live: bool = False
    """Takes what is live as the way back, even if no release made it; a stopped release then begins anew."""


DEPLOYING = ("migrations", "modal", "push", "sweeper")
"""Steps that change what is live. Before each, the remote must be at this release."""


def plan(root: Path, order: Order) -> list[str]:
    """Lists the steps with their commands. Runs nothing."""
    ground = ground_of(root, order.environment)
    found = local_journal.load(root, order.environment)
    journal = found if found is not None and is_same_content(ground, found) else new_journal(ground, order.why)
    context = work_for(ground, journal, [], WaitTimes())
    why = order.why or journal.why or localized(ko="이유를 적지 않았어요 (--why)", en="no reason given (--why)")
    lines = [localized(ko=f"{order.environment} 배포: {why}", en=f"release of {order.environment}: {why}")]
    for number, step in enumerate(all_steps(), start=1):
        mark = localized(ko=" (이미 했어요)", en=" (already done)") if step.name in context.journal.done else ""
        lines.append(f"{number}. {step.name}: {step.title}{mark}")
        lines += [f"     {command}" for command in step.commands(context)]
    last = len(all_steps()) + 1
    lines.append(
        localized(
            ko=f"{last}. reflection: {LOG.as_posix()} 파일에 한 항목을 적고 커밋해서 푸시해요",
            en=f"{last}. reflection: one entry in {LOG.as_posix()}, committed and pushed",
        )
    )
    return lines


def deploy(root: Path, order: Order, wait_times: WaitTimes, steps: Sequence[Step] | None = None) -> Iterator[Event]:
    """Runs the release and yields its events. Raises InfraError where it stops; the journal is then kept."""
    ground = ground_of(root, order.environment)
    release_lock.take(ground, over=order.takes_lock)
    journal = open_journal(ground, order.why)
    journal.replaces_gpu |= order.replaces_gpu
    if order.from_live:
        begin_from_live(journal)
    try:
        refuse_changes(root, journal)
        refuse_strange(ground, journal)
    except InfraError:
        with suppress(InfraError):
            release_lock.mark_stopped(ground)
        raise
    said: list[str] = []
    context = work_for(ground, journal, said, wait_times)
    context.keep()
    for step in steps or all_steps():
        if step.name in journal.done:
            yield Event(step.name, "before")
            continue
        yield Event(step.name, "begins", step.title)
        try:
            if step.name in DEPLOYING:
                branches.refuse_newer(ground, journal.commit)
            step.run(context)
        except InfraError as error:
            yield from (Event(step.name, "says", line) for line in said)
            raise stopped(context, step.name, error) from error
        journal.done.append(step.name)
        context.keep()
        try:
            shared_journal.share(ground, journal)
        except InfraError as error:
            raise stopped(context, step.name, error) from error
        yield from (Event(step.name, "says", line) for line in said)
        said.clear()
        yield Event(step.name, "done")
    yield Event(
        "reflection",
        "begins",
        localized(ko="예측한 값과 실제 값을 기록해요", en="log the predicted and measured figures"),
    )
    write_reflection(root, journal, "live")
    for line in (
        *figure_lines(journal.predicted, journal.measured),
        *(localized(ko=f"남음: {found}", en=f"left: {found}") for found in journal.left),
    ):
        yield Event("reflection", "says", line)
    yield Event(
        "reflection", "says", publish_reflection(ground, localized(ko="배포는 올라갔어요", en="the release is live"))
    )
    yield Event("reflection", "says", tell_site(ground))
    if sent := notice.send(read_log(root).latest()[0], ground.target.site_url):
        yield Event("reflection", "says", sent)
    shared_journal.close(ground)
    release_lock.give_back(ground)
    yield Event("reflection", "done", journal.id)


def open_journal(ground: Ground, why: str) -> Journal:
    """The running release if its content is unchanged, otherwise a new one. The old one is then logged as failed, or as
    live if only its log was not pushed.

    A new release keeps the rollback data of an abandoned one, whose half-deployed versions must not be restored.
    """
    found = shared_journal.load(ground)
    if found is not None and is_same_content(ground, found):
        found.why = why or found.why
        return found
    fresh = new_journal(ground, why)
    if found is None:
        return fresh
    if all(step.name in found.done for step in all_steps()):
        write_reflection(ground.root, found, "live")
    else:
        last = found.done[-1] if found.done else "-"
        trouble = localized(
            ko=f"{last} 다음에 그만두고 다른 내용을 배포했어요",
            en=f"abandoned after {last}: other content is released now",
        )
        write_reflection(ground.root, found, "failed", trouble=trouble)
        fresh.before, fresh.replaced = found.before, list(parts_of(found))
        fresh.abandoned = list(dict.fromkeys([*found.abandoned, *([found.commit] if found.commit else [])]))
    commit_reflection(ground.root)
    shared_journal.share(ground, fresh)
    return fresh


def refuse_changes(root: Path, journal: Journal) -> None:
    """Modal and the sweeper are deployed from this folder, so until then it must not change after the checks. Raises
    InfraError."""
    if "preflight" not in journal.done or "sweeper" in journal.done:
        return
    changed = [path for path in changed_paths(root) if path not in (LOG.as_posix(), PAGE.as_posix())]
    if changed:
        raise InfraError(
            localized(
                ko=f"점검한 뒤에 바뀌었는데 커밋하지 않은 파일이 있어요: {', '.join(changed)}",
                en=f"changed since the checks and not committed: {', '.join(changed)}",
            ),
            localized(
                ko="커밋하면 새 배포가 시작돼요. 아니면 되돌린 다음 deploy를 다시 돌려 주세요",
                en="commit the changes, which starts a new release, or undo them; then run deploy again",
            ),
        )


def begin_from_live(journal: Journal) -> None:
    """Forgets how far the release came and what was live before it; the step `remember` takes what is live now."""
    journal.from_live = True
    for facts in (journal.done, journal.before, journal.made, journal.replaced, journal.abandoned):
        facts.clear()


def refuse_strange(ground: Ground, journal: Journal) -> None:
    """Raises InfraError when a stopped release would go on over a state that it does not know."""
    if journal.before:
        known = known_states.of_journal(journal, parts_of(journal))
        known_states.refuse_strange(ground, known, known_states.reported_now(ground.target))


def is_same_content(ground: Ground, journal: Journal) -> bool:
    return not journal.commit or journal.commit == content_commit(ground.root)


def new_journal(ground: Ground, why: str) -> Journal:
    now = datetime.now(UTC)
    head = git(ground.root, "rev-parse", "--short=7", "HEAD").strip()
    name = f"{now:%Y%m%d-%H%M%S}-{head}"
    return Journal(id=name, environment=ground.target.name, why=why, began_at=f"{now:%Y-%m-%dT%H:%M:%SZ}")


def work_for(ground: Ground, journal: Journal, said: list[str], wait_times: WaitTimes) -> ReleaseContext:
    return ReleaseContext(ground, journal, lambda: local_journal.save(ground.root, journal), said.append, wait_times)


# ---------------------------------------------------------------- when it stops


def stopped(context: ReleaseContext, step: str, error: InfraError) -> InfraError:
    """The error, extended by the live versions and the rollback command. If a part may have been deployed, the failure
    is also logged and pushed."""
    root, journal = context.ground.root, context.journal
    lines = [localized(ko=f"{step} 단계에서 실패했어요: {error}", en=f"step {step} failed: {error}")]
    if "remember" in journal.done:
        write_reflection(root, journal, "failed", failed_step=step, trouble=str(error).splitlines()[0])
        try:
            lines.append(
                publish_reflection(context.ground, localized(ko="실패를 기록했어요", en="the failure is logged"))
            )
        except InfraError as unpublished:
            lines.append(str(unpublished).splitlines()[0])
        lines.append(tell_site(context.ground))
        lines += filter(None, [notice.send(read_log(root).latest()[0], context.ground.target.site_url)])
    if "remember" in journal.done or journal.replaced:
        lines += [
            "",
            localized(ko="지금 올라가 있는 것:", en="live now:"),
            *(f"  {line}" for line in live_now(context)),
        ]
        back = localized(
            ko=f"되돌리려면: python run.py rollback --env {journal.environment}",
            en=f"to roll back: python run.py rollback --env {journal.environment}",
        )
        back += localized(
            ko="\n  잠금은 이 컴퓨터가 쥐고 있어요. 다른 컴퓨터에서는 --take-lock을 붙여 주세요",
            en="\n  this machine keeps the lock; on another one, add --take-lock",
        )
        loosen = release_lock.mark_stopped
    else:
        back = localized(
            ko="아무것도 배포하지 않았어요. 올라가 있는 버전은 그대로예요",
            en="nothing has been deployed; the live versions are unchanged",
        )
        loosen = release_lock.give_back
    try:
        loosen(context.ground)
    except InfraError as kept:
        lines.append(str(kept).splitlines()[0])
    resume = localized(
        ko=f"이어서 하려면: python run.py deploy --env {journal.environment}",
        en=f"to continue: python run.py deploy --env {journal.environment}",
    )
    return InfraError("\n".join(lines), f"{error.fix}\n  {resume}\n  {back}")


def live_now(context: ReleaseContext) -> list[str]:
    before = context.journal.before
    lines: list[str] = []
    for answer in live.ask(context.ground.target):
        was = before.get(f"{answer.service}_build", "")
        now = answer.build or localized(ko=f"답 없음 ({answer.trouble})", en=f"no answer ({answer.trouble})")
        then = localized(ko=f", 이 배포 전에는 {was}", en=f", before this release {was}")
        lines.append(f"{answer.service}: {now}" + (then if was and was != answer.build else ""))
    return lines


# ---------------------------------------------------------------- the reflection


def write_reflection(
    root: Path, journal: Journal, outcome: Outcome, *, failed_step: str = "", trouble: str = ""
) -> list[str]:
    before = {f"{name} before": value for name, value in journal.before.items() if value}

    return append(
        root,
        Release(
            id=journal.id,
            at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            environment=journal.environment,
            commit=journal.commit,
            outcome=outcome,
            why=journal.why,
            found=without_folders(root, journal.found),
            fixed=tuple(journal.fixed),
            left=without_folders(root, journal.left),
            predicted=journal.predicted,
            measured=journal.measured,
            versions={**journal.made, **before},
            failed_step=failed_step,
            trouble=without_folders(root, [trouble])[0],
            summary=without_folders(root, journal.summary),
            choices=journal.choices,
        ),
    )


def commit_reflection(root: Path) -> None:
    """Commits the two files of the log if they have changed, with a mark that prevents builds."""
    paths = [LOG.as_posix(), PAGE.as_posix()]
    if git(root, "status", "--porcelain=v1", "--", *paths).strip():
        commit(root, f"{SKIP} Log of releases", paths)


def publish_reflection(ground: Ground, done: str) -> str:
    """Commits and pushes the log (`branches.push_log`). Returns in words where it is. Raises InfraError, whose message
    begins with `done`."""
    commit_reflection(ground.root)
    try:
        return branches.push_log(ground)
    except ProgramError as error:
        raise InfraError(
            localized(
                ko=f"{done} 그런데 기록을 푸시하지 못했어요: {error}",
                en=f"{done}, but the log could not be pushed: {error}",
            ),
            f"git push {ground.target.remote} HEAD:{ground.target.branch}",
        ) from error
