"""The base of every problem. It knows none of them."""

from typing import ClassVar


class ProblemError(Exception):
    """A failure with a stable type, a title and a fix, both in Korean and English.

    `detail` describes this case, in plain words and without secrets. `errors` are (JSON pointer, detail) pairs for
    bodies with several faults. `retryable` means: the same request may succeed later, unchanged.
    """

    slug: ClassVar[str]
    status: ClassVar[int]
    title_ko: ClassVar[str]
    title_en: ClassVar[str]
    fix_ko: ClassVar[str]
    fix_en: ClassVar[str]
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str = "", errors: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(detail or self.title_en)
        self.detail = detail
        self.errors = errors
