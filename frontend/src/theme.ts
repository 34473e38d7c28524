/** Runs in the head, before the first paint, so that a chosen theme never flashes. Nothing else belongs here. */

try {
  document.documentElement.dataset["theme"] = localStorage.getItem("clipwright.theme") ?? "system";
} catch {
  document.documentElement.dataset["theme"] = "system";
}
