/** Whether the list of what is under way is open. Knows no job. */

import { Store } from "./store";

export const isDrawerOpen = new Store(false);

let isUnwanted = false;
let isOffered = false;

export function closeDrawer(): void {
  isUnwanted = true;
  isDrawerOpen.set(false);
}

/** Opens it beside the form, where there is room and nobody has closed it before. */
export function offerDrawer(): void {
  if (isUnwanted || isDrawerOpen.value || !matchMedia("(width >= 1024px)").matches) return;
  isOffered = true;
  isDrawerOpen.set(true);
}

/** Closes it once nothing is under way, if nobody has opened it by hand. */
export function endOffer(): void {
  if (isOffered) isDrawerOpen.set(false);
  isOffered = false;
}

/** Opens or closes it by hand. */
export function toggleDrawer(): void {
  isOffered = false;
  if (isDrawerOpen.value) closeDrawer();
  else isDrawerOpen.set(true);
}
