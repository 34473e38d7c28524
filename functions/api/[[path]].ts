/** The rest of `/api`: an unknown address, or a method that a known address does not accept. Both answer a problem. */

import type { Handler } from "../_lib/env.ts";
import { ProblemError } from "../_lib/problem.ts";

const ROUTES: readonly (readonly [RegExp, string])[] = [
  [/^jobs$/, "GET, HEAD, POST"],
  [/^jobs\/active$/, "GET, HEAD"],
  [/^jobs\/[^/]+$/, "GET, HEAD, DELETE"],
  [/^jobs\/[^/]+\/(cancel|rerun|restore)$/, "POST"],
  [/^jobs\/[^/]+\/(video|poster)$/, "GET, HEAD"],
  [/^uploads$/, "PUT"],
  [/^uploads\/[^/]+$/, "DELETE"],
  [/^uploads\/[^/]+\/picture$/, "GET, HEAD"],
  [/^estimate$/, "POST"],
  [/^(session|me\/claim)$/, "POST"],
  [/^(presets|usage|version|export|me)$/, "GET, HEAD"],
  [/^caps$/, "GET, HEAD, PUT"],
  [/^me\/data$/, "DELETE"],
  [/^internal\/(jobs\/[^/]+\/events|containers)$/, "POST"],
  [/^(health|metrics|openapi\.json)$/, "GET"],
  [/^tokens$/, "GET, POST"],
  [/^tokens\/[^/]+$/, "DELETE"],
  [/^webhooks$/, "GET, POST"],
  [/^webhooks\/[^/]+$/, "DELETE"],
  [/^webhooks\/[^/]+\/rotate$/, "POST"],
  [/^webhooks\/[^/]+\/deliveries$/, "GET"],
  [/^webhooks\/[^/]+\/deliveries\/[^/]+\/resend$/, "POST"],
];

export const onRequest: Handler = async ({ request }) => {
  const path = new URL(request.url).pathname.replace(/^\/api\/?/, "").replace(/\/$/, "");
  const allow = ROUTES.find(([route]) => route.test(path))?.[1];
  if (allow === undefined) throw new ProblemError("route-not-found");
  throw new ProblemError("method-not-allowed", undefined, { headers: { allow } });
};
