/** `POST /api/channel-presets` keeps settings under a name; `GET` lists the caller's own. */

import type { ChannelPresets } from "../../_generated/contract.d.ts";
import { readBody } from "../../_lib/body.ts";
import { addChannelPreset, channelPresets } from "../../_lib/channel-presets.ts";
import type { Handler } from "../../_lib/env.ts";
import { headOf } from "../../_lib/head.ts";
import { validate } from "../../_lib/validate.ts";

export const onRequestPost: Handler = async ({ request, env, data }) => {
  const body = await readBody(request, (value) => validate("ChannelPresetRequest", value));
  return Response.json(await addChannelPreset(env.DB, data.owner, body), { status: 201 });
};

export const onRequestGet: Handler = async ({ env, data }) => {
  const list: ChannelPresets = { channel_presets: await channelPresets(env.DB, data.owner) };
  return Response.json(list);
};

export const onRequestHead = headOf(onRequestGet);
