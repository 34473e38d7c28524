/** Prompt help for the words of the form. It is kept with the draft. */

import promptHelpWords from "../../words/prompt-help.json";
import { change, draft } from "./draft";
import { wordsOf } from "./language";
import { pictures, uploadsSettled } from "./pictures";
import { HelpState } from "./prompt-help";

const words = wordsOf(promptHelpWords);

export const draftHelp = new HelpState({
  stores: [draft, pictures],
  words: () => draft.value.prompt,
  seenUpload: () => pictures.value[draft.value.mode === "keyframes" ? "first" : "picture"]?.uploadId ?? null,
  uploadsSettled,
  helped: () => draft.value.helped,
  remember: (helped) => change({ helped }),
  take: (prompt, restored) => {
    const before = draft.value.prompt;
    change({ prompt });
    return () => {
      change({ prompt: before });
      restored();
    };
  },
  ready: () => words("ready"),
});
