/** The rooms of the site: what each is called, where it lies below the language, and how its script is fetched. A room is
 * the element `cw-<name>-room`. It does not know which one is open: `state/place.ts` does. */

import type { IconName } from "./icons";
import type { MessageKey } from "./state/language";

interface RoomFacts {
  /** Its heading, its entry in the navigation, and the first part of the tab's title. */
  title: MessageKey;
  /** Stands in the navigation with this picture; a room without one is reached from another room. */
  icon?: IconName;
  /** The room whose entry is marked while this one is open. */
  within?: RoomName;
  /** Shown in the navigation to operators alone. The API decides who may read what is in it. */
  isOperators?: true;
  /** Fetches the script that defines its element. A room that has none yet has an address for later, and is not shown. */
  load?: () => Promise<unknown>;
}

export type RoomName = "make" | "scenes" | "library" | "usage" | "settings" | "operator" | "limits" | "api-tokens";

export const ROOMS: Readonly<Record<RoomName, RoomFacts>> = {
  make: { title: "room_make", icon: "make", load: () => import("./rooms/make") },
  scenes: { title: "room_scenes", icon: "scenes", load: () => import("./rooms/scenes") },
  library: { title: "room_library", icon: "library", load: () => import("./rooms/library") },
  usage: { title: "room_usage", icon: "usage", load: () => import("./rooms/usage") },
  settings: { title: "room_settings", icon: "settings", load: () => import("./rooms/settings") },
  operator: { title: "room_operator", icon: "operator", isOperators: true, load: () => import("./rooms/operator") },
  limits: { title: "room_limits", within: "settings", load: () => import("./rooms/limits") },
  "api-tokens": { title: "room_api_tokens", within: "settings", load: () => import("./rooms/api-tokens") },
};

/** Where a room lies: `/ko/library/`. The first room is the language's own address. */
export function addressOf(name: RoomName, language: string): string {
  return name === "make" ? `/${language}/` : `/${language}/${name}/`;
}

/** The room of an address below a language, and what follows the room's own part; null for any other address. */
export function roomOf(path: string): { language: "ko" | "en"; name: RoomName; rest: readonly string[] } | null {
  const [language, first, ...rest] = path.split("/").filter((part) => part !== "");
  if (language !== "ko" && language !== "en") return null;
  if (first === undefined || first === "index.html") return { language, name: "make", rest: [] };
  const name = first as RoomName;
  return name !== "make" && Object.hasOwn(ROOMS, name) && ROOMS[name].load ? { language, name, rest } : null;
}
