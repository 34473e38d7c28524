/** Subtitles (SRT) of clips one after another, by their real lengths. It knows no project. */

export interface Subtitled {
  /** Empty: nothing is shown while this clip plays. */
  subtitle: string;
  /** How long the clip plays. */
  seconds: number;
}

/** The times are summed exactly and rounded once each, so that they follow the joined film to its end. */
export function writeSrt(clips: readonly Subtitled[]): string {
  const cues: string[] = [];
  let start = 0;
  for (const { subtitle, seconds } of clips) {
    const words = inOnePiece(subtitle);
    if (words !== "") cues.push(`${cues.length + 1}\r\n${clock(start)} --> ${clock(start + seconds)}\r\n${words}\r\n`);
    start += seconds;
  }
  return cues.join("\r\n");
}

/** A blank line would end the subtitle. */
function inOnePiece(text: string): string {
  return text
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\r\n");
}

/** `00:01:02,500` */
function clock(seconds: number): string {
  const milliseconds = Math.round(seconds * 1_000);
  const [whole, rest] = [Math.floor(milliseconds / 1_000), milliseconds % 1_000];
  const parts = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60];
  return `${parts.map((part) => String(part).padStart(2, "0")).join(":")},${String(rest).padStart(3, "0")}`;
}
