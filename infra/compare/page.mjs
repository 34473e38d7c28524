// The page of a comparison: clips of one picture side by side and in step, one vote a picture, names and figures after
// the votes. Votes stay in this browser until they are saved as a file. It asks no server.

const comparison = JSON.parse(document.getElementById("comparison").textContent);
const words = JSON.parse(document.getElementById("words").textContent);
const { rows, presets } = comparison;
const KEPT = `clipwright-compare-${comparison.id}`;
const OFF_BY_SECONDS = 0.06;
const FEW = 10;
const MEASURES = { fidelity: 3, motion: 2, flicker: 2, expression: 3, likeness: 2, won: 1 };

let kept = { votes: {}, row: 0, isOver: false, language: document.documentElement.lang };
let canKeep = true;
try {
  kept = { ...kept, ...JSON.parse(localStorage.getItem(KEPT) ?? "{}") };
} catch {
  canKeep = false;
}
let sounding = null;
let isWanted = !matchMedia("(prefers-reduced-motion: reduce)").matches;

const say = (key, values = {}) =>
  words[key][kept.language].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
const main = document.getElementById("main");
const told = document.getElementById("told");
const videos = () => [...main.querySelectorAll("video")];
const open = () => rows.filter((row) => kept.votes[row.id] === undefined).length;
const titleOf = (preset) => presets[preset][kept.language];

function keep() {
  try {
    localStorage.setItem(KEPT, JSON.stringify(kept));
  } catch {
    canKeep = false;
  }
}

/** An element with its attributes and children; text is never read as HTML. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== false && value !== null) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

const button = (text, onclick, attributes = {}) => make("button", { type: "button", onclick, ...attributes }, text);

function draw(focus) {
  document.documentElement.lang = kept.language;
  document.title = say("title");
  document.getElementById("title").textContent = say("title");
  const other = document.getElementById("language");
  other.textContent = say("other_language");
  other.lang = kept.language === "ko" ? "en" : "ko";
  const held = focus ?? document.activeElement?.id;
  main.replaceChildren(...(kept.isOver ? result() : voting()));
  if (held) (document.getElementById(held) ?? main).focus();
}

function voting() {
  const row = rows[kept.row];
  const isLast = kept.row === rows.length - 1;
  const left = open();
  return [
    make("h2", { id: "row", tabindex: "-1" }, say("row_title", { n: kept.row + 1, of: rows.length })),
    make(
      "div",
      { class: "subject" },
      make("img", { src: row.picture, alt: "" }),
      make("div", {}, make("p", {}, say("prompt", { text: row.line })), make("p", { class: "quiet" }, say("blind", { n: row.clips.length }))),
    ),
    make("fieldset", {}, make("legend", {}, say("question")), make("div", { class: "clips" }, ...row.clips.map((clip, n) => choice(row, clip, n + 1)))),
    make(
      "div",
      { class: "buttons" },
      button(say(isWanted ? "pause" : "play"), toggle, { id: "play" }),
      button(say("restart"), restart, { id: "restart" }),
      button(say("back"), () => turn(-1), { id: "back", "aria-disabled": String(kept.row === 0) }),
      button(say("next"), () => turn(1), { id: "next", class: isLast ? "" : "first", "aria-disabled": String(isLast) }),
      button(say("result"), finish, { id: "result", class: left === 0 ? "first" : "", "aria-disabled": String(left > 0) }),
    ),
    make("p", { class: "quiet" }, left > 0 ? say("still", { n: left }) : say("final")),
    ...(canKeep ? [] : [make("p", {}, say("not_kept"))]),
  ];
}

function choice(row, clip, n) {
  const video = make("video", { src: clip.file, playsinline: true, loop: true, preload: "auto", "aria-label": say("clip", { n }) });
  video.muted = sounding !== n;
  video.addEventListener("canplay", () => isWanted && video.paused && video.play().catch(() => {}), { once: true });
  const label = make("label", {}, make("input", { type: "radio", name: "best", id: `clip-${n}`, onchange: () => vote(row, n) }), say("clip", { n }));
  label.firstChild.checked = kept.votes[row.id] === clip.preset;
  const sound = button(say("sound_on", { n }), () => listen(n), { id: `sound-${n}`, "aria-pressed": String(sounding === n) });
  const whole = make("div", { class: "clip" }, video, label, sound);
  video.addEventListener("error", () => whole.append(make("p", {}, say("broken"))), { once: true });
  return whole;
}

function vote(row, n) {
  kept.votes[row.id] = row.clips[n - 1].preset;
  keep();
  const chosen = document.getElementById(`clip-${n}`);
  chosen.checked = true;
  told.textContent = say("voted", { n });
  const left = open();
  const last = document.getElementById("result");
  last.setAttribute("aria-disabled", String(left > 0));
  last.classList.toggle("first", left === 0);
  main.querySelector(".buttons + p").textContent = left > 0 ? say("still", { n: left }) : say("final");
}

function turn(by) {
  const to = kept.row + by;
  if (to < 0 || to >= rows.length) return;
  kept.row = to;
  sounding = null;
  keep();
  draw("row");
}

function finish() {
  if (open() > 0) return;
  kept.isOver = true;
  keep();
  draw("over");
}

function toggle() {
  isWanted = !isWanted;
  for (const video of videos()) isWanted ? video.play().catch(() => {}) : video.pause();
  document.getElementById("play").textContent = say(isWanted ? "pause" : "play");
}

function restart() {
  for (const video of videos()) video.currentTime = 0;
}

function listen(n) {
  sounding = sounding === n ? null : n;
  videos().forEach((video, place) => {
    video.muted = sounding !== place + 1;
    document.getElementById(`sound-${place + 1}`).setAttribute("aria-pressed", String(sounding === place + 1));
  });
}

/** The first clip leads; one that is off is put beside it. */
function inStep() {
  const [first, ...others] = videos();
  if (!first || first.readyState < 2) return;
  for (const video of others) {
    const off = Math.abs(video.currentTime - first.currentTime);
    const isAtTheSeam = off > first.duration / 2;
    if (video.readyState >= 2 && !video.seeking && off > OFF_BY_SECONDS && !isAtTheSeam) video.currentTime = first.currentTime;
  }
}

const mean = (values) => (values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null);

function result() {
  const clips = rows.flatMap((row) => row.clips);
  const chosen = Object.values(kept.votes);
  const line = (preset) => {
    const own = clips.filter((clip) => clip.preset === preset);
    const measured = Object.entries(MEASURES).map(([name, digits]) => {
      const value = mean(own.map((clip) => clip.facts[name]).filter((one) => typeof one === "number"));
      return make("td", {}, value === null ? "–" : value.toFixed(digits));
    });
    const [some] = own;
    const votes = chosen.filter((one) => one === preset).length;
    return {
      votes,
      element: make(
        "tr",
        {},
        make("th", { scope: "row" }, `${titleOf(preset)} (${preset})`),
        make("td", {}, String(votes)),
        ...measured,
        make("td", {}, some?.facts.checkpoint ?? "–"),
        make("td", {}, String(some?.facts.bits ?? "–")),
      ),
    };
  };
  const lines = Object.keys(presets).map(line).sort((one, other) => other.votes - one.votes);
  const heads = ["preset", "votes", ...Object.keys(MEASURES), "model", "bits"];
  return [
    make("h2", { id: "over", tabindex: "-1" }, say("result_title")),
    ...(rows.length < FEW ? [make("p", {}, say("few", { n: rows.length }))] : []),
    table(say("means"), heads, lines.map((one) => one.element)),
    make(
      "div",
      { class: "buttons" },
      make("a", { class: "button first", id: "save", download: "clipwright-votes.json", href: votesFile() }, say("save")),
      button(say("again"), again, { id: "again" }),
    ),
    make("p", { class: "quiet" }, say("then")),
    table(
      say("each"),
      ["picture", "seed", "chosen"],
      rows.map((row) =>
        make("tr", {}, make("th", { scope: "row" }, row.name), make("td", {}, String(row.seed)), make("td", {}, titleOf(kept.votes[row.id]))),
      ),
    ),
  ];
}

function table(caption, heads, lines) {
  return make(
    "div",
    { class: "scrolled", tabindex: "0", role: "group", "aria-label": caption },
    make("table", {}, make("caption", {}, caption), make("thead", {}, make("tr", {}, ...heads.map((head) => make("th", { scope: "col" }, say(head))))), make("tbody", {}, ...lines)),
  );
}

function votesFile() {
  const votes = Object.entries(kept.votes).map(([row, preset]) => ({ row, preset }));
  const file = { kind: "clipwright-votes", comparison: comparison.id, presets: Object.keys(presets), rows: rows.length, votes };
  return URL.createObjectURL(new Blob([JSON.stringify(file, null, 1)], { type: "application/json" }));
}

function again() {
  if (!confirm(say("again_sure"))) return;
  kept = { votes: {}, row: 0, isOver: false, language: kept.language };
  keep();
  draw("row");
}

document.getElementById("language").addEventListener("click", () => {
  kept.language = kept.language === "ko" ? "en" : "ko";
  keep();
  draw("language");
});

document.addEventListener("keydown", (event) => {
  if (kept.isOver || event.ctrlKey || event.metaKey || event.altKey) return;
  const row = rows[kept.row];
  const n = Number(event.key);
  const isOnButton = event.target.closest?.("button, a");
  if (n >= 1 && n <= row.clips.length) vote(row, n);
  else if (event.key === " " && !isOnButton) toggle();
  else if (event.key === "ArrowRight" && event.target.type !== "radio") turn(1);
  else if (event.key === "ArrowLeft" && event.target.type !== "radio") turn(-1);
  else return;
  event.preventDefault();
});

setInterval(inStep, 200);
draw();
