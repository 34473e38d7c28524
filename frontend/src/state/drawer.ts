/** Whether the list of work under way is open. Knows no job. */

import { Store } from "./store";

export const isDrawerOpen = new Store(false);
