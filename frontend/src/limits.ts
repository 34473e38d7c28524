/** Starts the page of the site's limits, for operators. It is a page of its own, so that the first load of the site carries
 * none of it. */

import { loadCaps } from "./state/caps";
import { loadMe, onReturn } from "./state/identity";
import "./parts/limits";
import "./parts/notes";
import "./parts/sign-in";

onReturn(() => void loadCaps());
void Promise.all([loadCaps(), loadMe()]);
