/** `GET`: which build answers here, which contract it speaks, and what renders behind it. */

import { CONTRACT } from "../_generated/constants.ts";
import type { Version } from "../_generated/contract.d.ts";
import { buildOf, type Handler } from "../_lib/env.ts";
import { checkpoint } from "../_lib/gpu.ts";

export const onRequestGet: Handler = async ({ env }) => {
  const version: Version = {
    service: "site",
    build: buildOf(env),
    contract: CONTRACT,
    checkpoint: await checkpoint(env),
  };
  return Response.json(version);
};
