/** What a key means in the table of scenes, by the cell that has the focus and whether its text is being edited. It does
 * nothing itself. */

export interface KeyState {
  /** `line` takes text; `choice` is a list; `press` is a button or a box. */
  cell: "line" | "choice" | "press";
  isEditing: boolean;
  /** Whether the caret, without a selection, stands before all text. */
  isAtStart: boolean;
}

export type Deed =
  | { kind: "row" | "cell" | "page" | "move"; by: number }
  | { kind: "end"; isLast: boolean }
  | { kind: "undo"; isBack: boolean }
  | { kind: "edit" | "rest" | "next" | "play" | "clear" | "duplicate" | "insert" | "remove" | "split" | "merge" | "select" | "help" };

interface Pressed {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** Null: the key keeps its usual meaning. With Hangul keys on, letters come by the place of the key. */
export function keyOf(event: Pressed, state: KeyState): Deed | null {
  const { key, code, shiftKey, altKey } = event;
  const isControl = event.ctrlKey || event.metaKey;
  if (altKey && !isControl && key === "ArrowUp") return { kind: "move", by: -1 };
  if (altKey && !isControl && key === "ArrowDown") return { kind: "move", by: 1 };
  if (isControl && key === "Enter") return { kind: shiftKey ? (state.isEditing ? "split" : "insert") : "next" };
  if (isControl && code === "KeyD" && !shiftKey) return { kind: "duplicate" };
  if (isControl && (key === "Delete" || key === "Backspace") && !state.isEditing) return { kind: "remove" };
  if (state.isEditing) return whileEditing(event, state);
  if (isControl && code === "KeyZ") return { kind: "undo", isBack: !shiftKey };
  if (isControl && code === "KeyY") return { kind: "undo", isBack: false };
  if (isControl && key === "Home") return { kind: "end", isLast: false };
  if (isControl && key === "End") return { kind: "end", isLast: true };
  if (isControl || altKey) return null;
  return plain(key, code, shiftKey, state);
}

function plain(key: string, code: string, shiftKey: boolean, { cell }: KeyState): Deed | null {
  const moves: Record<string, Deed> = {
    ArrowUp: { kind: "row", by: -1 },
    ArrowDown: { kind: "row", by: 1 },
    ArrowLeft: { kind: "cell", by: -1 },
    ArrowRight: { kind: "cell", by: 1 },
    PageUp: { kind: "page", by: -1 },
    PageDown: { kind: "page", by: 1 },
    Home: { kind: "cell", by: -99 },
    End: { kind: "cell", by: 99 },
    Delete: { kind: "clear" },
    F2: { kind: "edit" },
  };
  if (key === "?" || key === "F1") return { kind: "help" };
  if (key === "Enter") return cell === "press" ? null : { kind: "edit" };
  if (code === "Space") return shiftKey ? { kind: "select" } : cell === "press" ? null : { kind: "play" };
  if (key === "Backspace") return { kind: "clear" };
  return moves[key] ?? null;
}

/** In the text most keys are the text's own. */
function whileEditing(event: Pressed, state: KeyState): Deed | null {
  const { key, code, shiftKey } = event;
  const isControl = event.ctrlKey || event.metaKey;
  if (key === "Escape") return { kind: "rest" };
  if (key === "Enter" && !shiftKey) return { kind: "rest" };
  if (key === "Backspace" && state.isAtStart) return { kind: "merge" };
  if (isControl && code === "KeyZ" && !shiftKey) return { kind: "undo", isBack: true };
  if (isControl && ((code === "KeyZ" && shiftKey) || code === "KeyY")) return { kind: "undo", isBack: false };
  return null;
}
