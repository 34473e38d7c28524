/** Which picture's part is being chosen, if any. */

import { Store } from "./store";
import type { Slot } from "./pictures";

export const framedSlot = new Store<Slot | null>(null);
