/** The rest of `/api`: an unknown address, or a method that a known address does not accept. Both answer a problem. */

import document from "../_generated/openapi.json" with { type: "json" };
import type { Handler } from "../_lib/env.ts";
import { ProblemError } from "../_lib/problem.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
/** The methods of each address, as the API's document has them. Where GET is, HEAD is too. */
const ROUTES = Object.entries(document.paths).map(([path, operations]) => {
  const methods = METHODS.filter((method) => method.toLowerCase() in operations || (method === "HEAD" && "get" in operations));
  const pattern = path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+");
  return [new RegExp(`^${pattern}$`), methods.join(", ")] as const;
});

export const onRequest: Handler = async ({ request }) => {
  const path = new URL(request.url).pathname.replace(/\/$/, "");
  const allow = ROUTES.find(([route]) => route.test(path))?.[1];
  if (allow === undefined) throw new ProblemError("route-not-found");
  throw new ProblemError("method-not-allowed", undefined, { headers: { allow } });
};
