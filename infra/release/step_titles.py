"""What each step of a release does, in a line of the plan. It does not know how."""

from infra.language import localized


def title_of(step: str) -> str:
    """Raises KeyError for a step without a title."""
    return {
        "preflight": localized(
            ko="점검을 모두 돌리고, 자동으로 고친 것은 따로 커밋해요",
            en="run every check, commit the automatic fixes separately",
        ),
        "remember": localized(
            ko="되돌릴 때를 위해 지금 올라가 있는 버전을 적어 둬요", en="record the live versions for a rollback"
        ),
        "publish": localized(
            ko="커밋을 그 브랜치에 푸시해요. 빌드는 시작되지 않아요",
            en="push the commit to its branch, which starts no build",
        ),
        "migrations": localized(ko="새 마이그레이션을 D1에 적용해요", en="apply the new migrations to D1"),
        "modal": localized(ko="바뀌었으면 GPU 서비스를 배포해요", en="deploy the GPU service if it has changed"),
        "push": localized(
            ko="Pages가 빌드하는 브랜치를 옮겨요. 빌드가 시작돼요",
            en="move the branch that Pages builds, which starts the build",
        ),
        "sweeper": localized(ko="크론 Worker를 배포해요", en="deploy the cron Worker"),
        "agree": localized(
            ko="사이트, Functions, 정리 Worker, GPU 서비스가 새 커밋을 알릴 때까지 기다려요",
            en="wait until site, Functions, sweeper and GPU service report the new commit",
        ),
        "smoke": localized(ko="공개 API로 영상 하나를 만들어요", en="make one clip through the public API"),
    }[step]
