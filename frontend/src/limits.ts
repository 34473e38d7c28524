/** Starts the page of the site's limits, for operators. It is a page of its own, so that the first load of the site carries
 * none of it. */

import { loadCaps } from "./state/caps";
import "./parts/limits";
import "./parts/notes";

void loadCaps();
