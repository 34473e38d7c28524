/** Where the visitor is: room, what follows it in the address, query. Links to rooms are followed without loading a page,
 * so what is begun goes on; back, forward and reload lead to the place and its height on the page. Draws nothing. */

import { type RoomName, roomOf } from "../rooms";
import { language, switchLanguage } from "./language";
import { Store } from "./store";

export interface Place {
  room: RoomName;
  /** The parts of the path behind the room's own: `["0mwx…"]` at `/ko/library/0mwx…/`. */
  rest: readonly string[];
  query: URLSearchParams;
  /** Whether a link, a press or the history led here; false for the first place after a load. */
  isReached: boolean;
  /** How far down the page was when it was left; 0 where it is new. */
  height: number;
}

interface Entry {
  height?: number;
}

export const place = new Store<Place>(placeNow(false));
/** What a room puts before its name in the tab's title, a clip's name say. Forgotten when the room is left. */
export const subtitle = new Store<string | null>(null);

/** Follows links, back and forward from now on. */
export function followLinks(): void {
  history.scrollRestoration = "manual"; // rooms arrive later than the browser would scroll
  document.addEventListener("click", (event) => {
    const link = (event.target as Element | null)?.closest?.("a");
    if (link && isPlain(event, link) && go(link.href)) event.preventDefault();
  });
  addEventListener("popstate", () => arrive(true));
  addEventListener("pagehide", keepHeight);
}

/** Goes to an address of this site without loading a page. False when no room lies there. */
export function go(address: string): boolean {
  const to = new URL(address, location.href);
  if (to.origin !== location.origin || roomOf(to.pathname) === null) return false;
  if (to.pathname === location.pathname && to.hash !== "" && to.search === location.search) return false;
  keepHeight();
  history.pushState({}, "", to);
  arrive(true);
  return true;
}

/** Changes what follows the room in the address without a new entry in the history: a filter, an order. */
export function rewrite(address: string): void {
  history.replaceState(history.state, "", new URL(address, location.href));
  arrive(place.value.isReached);
}

function arrive(isReached: boolean): void {
  const next = placeNow(isReached);
  const spoken = roomOf(location.pathname)?.language;
  if (spoken !== undefined && spoken !== language.value) switchLanguage(spoken);
  const { room, rest, query } = place.value;
  if (next.room === room && next.rest.join("/") === rest.join("/") && String(next.query) === String(query)) return;
  if (next.room !== room) subtitle.set(null);
  place.set(next);
}

function placeNow(isReached: boolean): Place {
  const found = roomOf(location.pathname);
  return {
    room: found?.name ?? "make",
    rest: found?.rest ?? [],
    query: new URLSearchParams(location.search),
    isReached,
    height: (history.state as Entry | null)?.height ?? 0,
  };
}

/** Keeps how far down the page is with its entry in the history. */
function keepHeight(): void {
  history.replaceState({ ...(history.state as Entry | null), height: Math.round(scrollY) }, "");
}

/** A press that wants this page to go there: no new tab, no download. */
function isPlain(event: MouseEvent, link: HTMLAnchorElement): boolean {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return false;
  return link.target === "" && !link.hasAttribute("download") && link.href !== "";
}
