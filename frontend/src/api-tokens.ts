/** Starts the page of API tokens. It is a page of its own, so that the first load of the site carries none of it. */

import { loadTokens } from "./state/api-tokens";
import "./parts/api-tokens";
import "./parts/notes";

void loadTokens();
