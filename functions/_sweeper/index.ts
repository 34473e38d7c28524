/** The cron Worker: once a minute it checks jobs without reports and removes expired data. It serves no person. */

import { APP_VERSION, CONTRACT } from "../_generated/constants.ts";
import type { Version } from "../_generated/contract.d.ts";
import { buildOf, type Env } from "../_lib/env.ts";
import { sweepRound } from "../_lib/sweep-round.ts";

export default {
  async scheduled(_controller, env): Promise<void> {
    await sweepRound(env);
  },
  fetch(_request, env): Response {
    const version: Version = {
      service: "sweeper",
      build: buildOf(env),
      contract: CONTRACT,
      app_version: APP_VERSION,
      checkpoint: null,
      weights_revision: null,
    };
    return Response.json(version);
  },
} satisfies ExportedHandler<Env>;
