/** `PUT /api/channel-presets/{id}` writes the settings of that name anew; `DELETE` forgets them. */

import { readBody } from "../../_lib/body.ts";
import { changeChannelPreset, removeChannelPreset } from "../../_lib/channel-presets.ts";
import type { Handler } from "../../_lib/env.ts";
import { validate } from "../../_lib/validate.ts";

export const onRequestPut: Handler<"id"> = async ({ request, env, params, data }) => {
  const body = await readBody(request, (value) => validate("ChannelPresetRequest", value));
  return Response.json(await changeChannelPreset(env.DB, data.owner, String(params.id), body));
};

export const onRequestDelete: Handler<"id"> = async ({ env, params, data }) => {
  await removeChannelPreset(env.DB, data.owner, String(params.id));
  return new Response(null, { status: 204 });
};
