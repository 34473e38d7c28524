/** Korean and English words by key. Does not know where they are shown; numbers, money and dates are in `format.ts`. */

import messages from "../../messages.json";
import { Store } from "./store";

export type Language = "ko" | "en";
export type MessageKey = keyof typeof messages;

/** The page's language. The shell of each address already carries it, so the first paint is right. */
export const language = new Store<Language>(document.documentElement.lang === "en" ? "en" : "ko");

type Values = Readonly<Record<string, string | number>>;
/** Words by key, with `{name}` replaced from `values`. */
export type Words<Key> = (key: Key, values?: Values) => string;

/** The words of a file like messages.json. A room has one of its own, which no other room's first load carries. */
export function wordsOf<Messages extends Readonly<Record<string, Record<Language, string>>>>(
  all: Messages,
): Words<keyof Messages> {
  return (key, values = {}) =>
    (all[key] as Record<Language, string>)[language.value].replace(/\{(\w+)\}/g, (whole, name: string) =>
      String(values[name] ?? whole),
    );
}

/** The words that every page carries. */
export const t: Words<MessageKey> = wordsOf(messages);

/** Picks the Korean or the English of a pair that came from the server. */
export function either(korean: string, english: string): string {
  return language.value === "ko" ? korean : english;
}

/** Changes the language in place, so that nothing typed or uploaded is lost, and with it the first part of the address:
 * the page, and the clip that is open on it, stay. */
export function switchLanguage(next: Language): void {
  document.documentElement.lang = next;
  try {
    localStorage.setItem("clipwright.language", next);
  } catch {
    // Storage may be forbidden; the address still carries the choice.
  }
  const page = location.pathname.replace(/^\/[^/]*/, "");
  history.replaceState(null, "", `/${next}${page}${location.search}${location.hash}`);
  language.set(next);
}
