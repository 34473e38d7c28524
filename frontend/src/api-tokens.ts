/** Starts the page of API tokens and webhooks. It is a page of its own, so that the first load of the site carries none of
 * it. */

import { loadTokens } from "./state/api-tokens";
import { loadMe, onReturn } from "./state/identity";
import { loadWebhooks } from "./state/webhooks";
import "./parts/api-tokens";
import "./parts/notes";
import "./parts/sign-in";
import "./parts/webhooks";

function load(): void {
  void Promise.all([loadTokens(), loadWebhooks()]);
}

onReturn(load);
load();
void loadMe();
