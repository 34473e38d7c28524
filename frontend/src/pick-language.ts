/** The page at `/`: goes on to the reader's language, the chosen one first, else the browser's. */

let chosen: string | null = null;
try {
  chosen = localStorage.getItem("clipwright.language");
} catch {
  // Storage may be forbidden.
}
const preferred = chosen ?? navigator.languages.find((one) => /^(ko|en)\b/.test(one)) ?? "ko";
location.replace(`/${preferred.startsWith("en") ? "en" : "ko"}/${location.search}${location.hash}`);
