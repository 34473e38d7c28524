/** The stages a job passes, in order, for the kind of clip it is. Words only, no clock. */

import { ONE_STAGE_PRESETS, STAGES } from "../../functions/_generated/constants";
import type { Job, JobRequest, PresetName, Stage } from "../../functions/_generated/contract";
import { won } from "./format";
import { t } from "./state/language";

const ONE_STAGE: readonly PresetName[] = ONE_STAGE_PRESETS;

/** The stages that this request goes through. */
export function stagesOf(request: JobRequest): readonly Stage[] {
  const hasPicture = "upload_id" in request ? Boolean(request.upload_id) : true;
  return STAGES.filter((stage) => {
    if (stage === "encode_image") return hasPicture;
    if (stage === "upsample" || stage === "stage_2") return !ONE_STAGE.includes(request.preset);
    return true;
  });
}

export function stageName(stage: Stage): string {
  return t(`stage_${stage}`);
}

/** One line that says where a job stands; `place`: in the line of those that wait for an earlier one, from 1. */
export function standing(job: Job, place = 0): string {
  if (job.cancel_requested && (job.status === "queued" || job.status === "running")) return t("status_canceling");
  if (job.status === "running" && job.stage) return stageName(job.stage);
  if (job.status === "queued" && place > 0) return t("status_held", { n: place });
  return t(`status_${job.status}`);
}

/** Why there is more than one attempt, and who pays for it; null when the first one did it. */
export function whyAgain(job: Job): string | null {
  const before = job.attempts.at(-2);
  if (before === undefined) return null;
  return before.problem_type === "/problems/out-of-gpu-memory"
    ? t("larger_gpu", { won: won(job.cost.estimate_micro_won) })
    : t("attempt_n", { n: job.attempts.length });
}
