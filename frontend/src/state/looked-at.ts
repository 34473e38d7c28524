/** When a room is looked at: on arrival, back from another tab or program, and after a sign-in. Loads nothing. */

import type { RoomName } from "../rooms";
import { onReturn } from "./identity";
import { place } from "./place";

export function isLookedAt(room: RoomName): boolean {
  return place.value.room === room && !document.hidden;
}

/** Calls `look` now, where the room is looked at, and each time that it is again. Rooms stay once they are drawn. */
export function whenLookedAt(room: RoomName, look: () => void): void {
  const again = (): void => {
    if (isLookedAt(room)) look();
  };
  onReturn(again);
  place.watch(again);
  document.addEventListener("visibilitychange", again);
  again();
}
