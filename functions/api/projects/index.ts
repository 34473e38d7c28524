/** `POST /api/projects` begins a scene table; `GET` lists the caller's own. */

import type { ProjectList } from "../../_generated/contract.d.ts";
import { readBody } from "../../_lib/body.ts";
import type { Handler } from "../../_lib/env.ts";
import { headOf } from "../../_lib/head.ts";
import { idempotencyKey } from "../../_lib/jobs.ts";
import { ProblemError } from "../../_lib/problem.ts";
import { beginProject, listProjects } from "../../_lib/projects.ts";
import { projectOf, readTable } from "../../_lib/scene-table.ts";
import { validate } from "../../_lib/validate.ts";

export const onRequestPost: Handler = async ({ request, env, data }) => {
  const key = idempotencyKey(request);
  const body = await readBody(request, (value) => validate("ProjectRequest", value));
  const id = await beginProject(env.DB, data.owner, body, key);
  return Response.json(await projectOf(await readTable(env.DB, data.owner, id)), { status: 201 });
};

export const onRequestGet: Handler = async ({ request, env, data }) => {
  const deleted = new URL(request.url).searchParams.get("deleted");
  if (deleted !== null && deleted !== "1") {
    const detail = { ko: "다음 중 하나여야 해요: 1", en: "It must be one of: 1" };
    throw new ProblemError("invalid-job", undefined, { errors: [{ pointer: "/deleted", detail }] });
  }
  const list: ProjectList = { projects: await listProjects(env.DB, data.owner, deleted === "1") };
  return Response.json(list);
};

export const onRequestHead = headOf(onRequestGet);
