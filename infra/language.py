"""The language of the terminal: Korean or English, and the choice between two wordings of one sentence.

A sentence stands in both languages where its facts are known: `localized(ko=f"…{path}…", en=f"…{path}…")`. A test
collects every such pair and compares their values (decision 46). Call it inside a function: at import the language may
not be chosen yet. This module prints nothing and imports the standard library alone, because `run.py` uses it before
anything is installed.
"""

import os
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal, get_args

Language = Literal["ko", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
OPTION = "--lang"
VARIABLE = "CLIPWRIGHT_LANG"
LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""In the order in which POSIX reads them."""
WINDOWS_KOREAN = 0x12
"""LANG_KOREAN, the primary language of a Windows language identifier (its lower ten bits). Source: winnt.h."""


def localized(*, ko: str, en: str) -> str:
    """The wording in the chosen language."""
    return ko if language() == "ko" else en


def language() -> Language:
    """The chosen language; without a choice, that of the environment and of the system."""
    return language_of((), os.environ, system_language())


def choose_language(arguments: Sequence[str]) -> None:
    """Chooses the language of this process and of those that it starts: CLIPWRIGHT_LANG carries the choice."""
    os.environ[VARIABLE] = language_of(arguments, os.environ, system_language())


@contextmanager
def speaking(chosen: Language) -> Generator[None]:
    """Another language for a while: a file that is rendered has the same one whoever renders it."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = chosen
    try:
        yield
    finally:
        os.environ.pop(VARIABLE)
        if before is not None:
            os.environ[VARIABLE] = before


def accept_language() -> dict[str, str]:
    """The header with which a command calls the site, so that the site's problems are in the same language."""
    return {"accept-language": language()}


def language_of(arguments: Sequence[str], environment: Mapping[str, str], system: Language) -> Language:
    """The language that a command line names (`--lang ko`), else CLIPWRIGHT_LANG, else the system's. A name that is
    neither `ko` nor `en` counts as none: the parser of the command line reports it."""
    for named in (option_of(arguments), environment.get(VARIABLE, "").strip().lower()):
        if named in LANGUAGES:
            return named
    return system


def option_of(arguments: Sequence[str]) -> str:
    """The value of `--lang` or `--lang=`; an empty string without one."""
    for place, argument in enumerate(arguments):
        name, joined, value = argument.partition("=")
        if name == OPTION:
            return value if joined else "".join(arguments[place + 1 : place + 2])
    return ""


def system_language() -> Language:
    """Korean when the system speaks Korean, otherwise English."""
    if sys.platform == "win32":
        import ctypes

        return language_of_windows(int(ctypes.windll.kernel32.GetUserDefaultUILanguage()))
    return language_of_locale(os.environ)


def language_of_windows(identifier: int) -> Language:
    """The language of the identifier that GetUserDefaultUILanguage returns."""
    return "ko" if identifier & 0x3FF == WINDOWS_KOREAN else "en"


def language_of_locale(environment: Mapping[str, str]) -> Language:
    """The language of the first locale variable that is set, such as `ko_KR.UTF-8`."""
    locale = next(filter(None, (environment.get(name, "") for name in LOCALE_VARIABLES)), "")
    return "ko" if locale.lower().startswith("ko") else "en"
