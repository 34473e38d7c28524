"""The presets as a table of ARCHITECTURE.md, so that a new preset is documented by its row alone.

Which presets there are is said in `gpu.core.presets`. Writing the file is not done here.
"""

import re

from gpu.core.presets import DEFAULT_PRESET, PRESETS, Preset
from infra.build.codegen import MARK

PAGE = "ARCHITECTURE.md"
BEGIN, END = f"<!-- presets: {MARK} -->", "<!-- end of presets -->"


def in_page(text: str) -> str:
    """`text` with the table between its two marks made anew; without the marks, `text` as it is."""
    rows = [row_of(preset) for preset in PRESETS.values()]
    table = "\n".join(["| preset | pipeline | steps | what for |", "|---|---|---|---|", *rows])
    block = f"{BEGIN}\n\n{table}\n\n{END}"
    return re.sub(rf"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: block, text, flags=re.DOTALL)


def row_of(preset: Preset) -> str:
    name = f"`{preset.name}`{', the default' if preset.name == DEFAULT_PRESET else ''}"
    steps = f"{preset.steps} + {preset.stage_2_steps}" if preset.stage_2_steps else str(preset.steps)
    guided = ", guided" if preset.guided else ""
    alone = "" if "22b" in preset.families else "; with LTX-2 alone"
    return f"| {name} | `{preset.pipeline}` | {steps}{guided} | {preset.summary_en}{alone} |"
