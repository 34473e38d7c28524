"""A parser of command lines that speaks the language of the terminal.

argparse has English sentences of its own ("usage", "the following arguments are required"), and asks gettext for their
translation. Python ships none, so this module answers with the Korean ones below. It wraps help by columns, because a
Hangul syllable takes two. It knows no verb.
"""

import argparse
from collections.abc import Iterable
from typing import Any

from infra.language import language

KOREAN = {
    "usage: ": "사용법: ",
    "positional arguments": "인자",
    "options": "옵션",
    "subcommands": "명령",
    "show this help message and exit": "이 도움말을 보여 주고 끝내요",
    "%(heading)s:": "%(heading)s:",
    " (default: %(default)s)": " (기본 %(default)s)",
    "%(prog)s: error: %(message)s\n": "%(prog)s: 오류: %(message)s\n",
    "%(prog)s: warning: %(message)s\n": "%(prog)s: 주의: %(message)s\n",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s: %(message)s",
    "the following arguments are required: %s": "빠진 것이 있어요: %s",
    "one of the arguments %s is required": "이 가운데 하나가 있어야 해요: %s",
    "expected one argument": "뒤에 값이 하나 있어야 해요",
    "expected at most one argument": "뒤에 값은 많아도 하나예요",
    "expected at least one argument": "뒤에 값이 하나는 있어야 해요",
    "expected %s argument": "뒤에 값이 %s개 있어야 해요",
    "expected %s arguments": "뒤에 값이 %s개 있어야 해요",
    "not allowed with argument %s": "%s 옵션과 함께 쓸 수 없어요",
    "ignored explicit argument %r": "값이 없는 옵션인데 %r 값이 있어요",
    "unexpected option string: %s": "여기에 쓸 수 없는 옵션이에요: %s",
    "unrecognized arguments: %s": "모르는 인자예요: %s",
    "ambiguous option: %(option)s could match %(matches)s": "%(option)s: 어느 옵션인지 알 수 없어요 (%(matches)s)",
    "invalid choice: %(value)r (choose from %(choices)s)": "%(value)r: 없는 값이에요. %(choices)s 가운데서 골라 주세요",
    "invalid choice: %(value)r, maybe you meant %(closest)r? (choose from %(choices)s)": (
        "%(value)r: 없는 값이에요. 혹시 %(closest)r인가요? %(choices)s 가운데에서 골라 주세요"
    ),
    "invalid %(type)s value: %(value)r": "%(value)r: 읽을 수 없는 값이에요 (%(type)s)",
    "unknown parser %(parser_name)r (choices: %(choices)s)": "%(parser_name)r: 없는 명령이에요 (%(choices)s)",
    "command '%(parser_name)s' is deprecated": "'%(parser_name)s' 명령은 곧 없어져요",
    "option '%(option)s' is deprecated": "'%(option)s' 옵션은 곧 없어져요",
    "argument '%(argument_name)s' is deprecated": "'%(argument_name)s' 인자는 곧 없어져요",
    "can't open '%(filename)s': %(error)s": "'%(filename)s' 파일을 열 수 없어요: %(error)s",
    "show program's version number and exit": "버전을 보여 주고 끝내요",
}
"""argparse's sentences of Python 3.11 to 3.14 that a user can see, and their Korean."""
FOR_PROGRAMMERS = (
    ".__call__() not defined",
    "'required' is an invalid argument for positionals",
    "%r is not callable",
    'argument "-" with mode %r',
    "cannot have multiple subparser arguments",
    "cannot merge actions - two groups are named %r",
    "conflicting option string: %s",
    "conflicting option strings: %s",
    "conflicting subparser alias: %s",
    "conflicting subparser: %s",
    "dest= is required for options like %r",
    "invalid conflict_resolution value: %r",
    "invalid option string %(option)r: must start with a character %(prefix_chars)r",
    "mutually exclusive arguments must be optional",
)
"""What argparse says of a wrongly built parser. No user sees it, so it stays English."""


class Parser(argparse.ArgumentParser):
    """The parser, and the class of its subparsers."""

    def __init__(self, **options: Any) -> None:
        speak()
        options.setdefault("formatter_class", HelpByColumns)
        super().__init__(**options)


class HelpByColumns(argparse.HelpFormatter):
    """Help whose lines fit the terminal also where they are Korean. Both methods are where argparse wraps text."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrapped(text.split(), width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(indent + line for line in wrapped(text.split(), width - len(indent)))


def speak() -> None:
    """Gives argparse the two functions that it takes from gettext, with the sentences above."""
    for name, function in (("_", sentence), ("ngettext", counted)):
        setattr(argparse, name, function)


def counted(one: str, many: str, number: int) -> str:
    return sentence(one if number == 1 else many)


def sentence(english: str) -> str:
    return KOREAN.get(english, english) if language() == "ko" else english


def wrapped(words: Iterable[str], width: int) -> list[str]:
    """Lines of at most `width` columns; a longer word has a line of its own."""
    from infra import console  # only help needs a terminal: instruments on a rented card run without rich

    lines = [""]
    for word in words:
        longer = f"{lines[-1]} {word}".lstrip()
        if lines[-1] and console.columns(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
