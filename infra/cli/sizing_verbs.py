"""The verbs about cards: `vram`, `quote` and `measure`. Parses options and prints the tables of `infra.cli.sizing`."""

import argparse
import sys

from gpu.core.checkpoints import CHECKPOINTS, PRODUCTION_CHECKPOINT
from gpu.core.geometry import RATIOS, SECONDS, TIERS
from gpu.core.hardware import GPUS
from gpu.core.presets import DEFAULT_PRESET, PRESETS
from infra import console
from infra.cli import evening_options
from infra.cli.verbs import Verbs
from infra.language import localized


def add(verbs: Verbs) -> None:
    verb = verbs.add_parser(
        "vram",
        help=localized(
            ko="그 GPU에 무엇이 올라가는지 단계와 배치 방식마다 보여 줘요",
            en="what fits on a card, phase by phase and plan by plan",
        ),
    )
    verb.add_argument("--gpu", choices=GPUS, required=True)
    add_clip_options(verb)
    verb.set_defaults(run=vram)
    verb = verbs.add_parser(
        "quote", help=localized(ko="GPU마다 영상 하나에 걸리는 초와 원", en="seconds and won of a clip on every card")
    )
    add_clip_options(verb)
    verb.add_argument(
        "--all",
        action="store_true",
        help=localized(
            ko="모든 방식을 모든 GPU에서, 하나씩 그리고 묶음으로", en="every preset on every card, alone and in batches"
        ),
    )
    evening_options.add(verb)
    verb.set_defaults(run=quote)
    verb = verbs.add_parser(
        "measure",
        help=localized(ko="이 컴퓨터의 GPU로 단계를 측정해요", en="measure phases on this machine's card"),
        prefix_chars="\0",
    )
    verb.add_argument("arguments", nargs="*", metavar="...")
    verb.set_defaults(run=measure)


def add_clip_options(verb: argparse.ArgumentParser) -> None:
    models = [row.name for row in CHECKPOINTS.values() if row.components is not None]
    verb.add_argument("--checkpoint", choices=models, default=PRODUCTION_CHECKPOINT)
    verb.add_argument("--preset", choices=PRESETS, default=DEFAULT_PRESET)
    verb.add_argument("--ratio", choices=RATIOS, default="9:16")
    verb.add_argument(
        "--tier",
        choices=TIERS,
        default=None,
        help=localized(
            ko="기본은 vram에서는 그 방식의 가장 높은 화질, quote에서는 사이트의 기본 화질",
            en="default: the preset's largest for vram, the site's default for quote",
        ),
    )
    verb.add_argument("--seconds", type=int, choices=SECONDS, default=8)


def vram(options: argparse.Namespace) -> int:
    from infra.cli.sizing import vram_report

    clip = options.preset, options.ratio, options.tier, options.seconds
    console.note(vram_report(options.gpu, *clip, options.checkpoint))
    return 0


def quote(options: argparse.Namespace) -> int:
    from infra.cli import evening_verb
    from infra.cli.sizing import quote_all_report, quote_report

    if evening_options.is_asked(options):
        return evening_verb.run(options)
    if options.all:
        console.note(quote_all_report(options.seconds, options.checkpoint))
        return 0
    clip = options.preset, options.ratio, options.tier, options.seconds
    console.note(quote_report(*clip, options.checkpoint))
    return 0


def measure(options: argparse.Namespace) -> int:
    from infra.process.shell import passthrough
    from infra.settings import ROOT

    return passthrough([sys.executable, "-X", "utf8", "-m", "tools.measure", *options.arguments], cwd=ROOT)
