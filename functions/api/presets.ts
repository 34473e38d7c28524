/** `GET`: every choice of this site, with its price. */

import { MAX_PROMPT_CHARACTERS, MAX_UPLOAD_BYTES } from "../_generated/constants.ts";
import type { Menu, PresetInfo, PresetName } from "../_generated/contract.d.ts";
import presets from "../_generated/presets.json" with { type: "json" };
import type { Handler } from "../_lib/env.ts";
import { checkpoint } from "../_lib/gpu.ts";
import { headOf } from "../_lib/head.ts";
import { ESTIMATES, PRICE_REV } from "../_lib/prices.ts";

export const onRequestGet: Handler = async ({ env }) => {
  const running = await checkpoint(env);
  const menu: Menu = {
    default_preset: presets.default_preset as PresetName,
    presets: presets.presets as PresetInfo[],
    estimates: ESTIMATES,
    price_rev: PRICE_REV,
    checkpoint: running,
    is_tiny_model: running?.startsWith("tiny-") ?? false,
    max_prompt_characters: MAX_PROMPT_CHARACTERS,
    max_upload_bytes: MAX_UPLOAD_BYTES,
  };
  return Response.json(menu);
};

export const onRequestHead = headOf(onRequestGet);
