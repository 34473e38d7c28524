/** `GET`: the site's build, its contract, and the GPU service's checkpoint. */

import { APP_VERSION, CONTRACT } from "../_generated/constants.ts";
import type { Version } from "../_generated/contract.d.ts";
import { buildOf, type Handler } from "../_lib/env.ts";
import { checkpoint } from "../_lib/gpu.ts";
import { headOf } from "../_lib/head.ts";

export const onRequestGet: Handler = async ({ env }) => {
  const version: Version = {
    service: "site",
    build: buildOf(env),
    contract: CONTRACT,
    app_version: APP_VERSION,
    checkpoint: await checkpoint(env),
    weights_revision: null,
  };
  return Response.json(version);
};

export const onRequestHead = headOf(onRequestGet);
