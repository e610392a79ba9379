/** How far the background fill is. */
import { isFields } from "./fields";

export interface Status {
  readonly epoch: number;
  readonly done: number;
  readonly total: number;
  readonly state: "idle" | "filling" | "done" | "stopped";
  readonly message: string | null;
}

const STATES: readonly string[] = ["idle", "filling", "done", "stopped"];

export function decodeStatus(raw: unknown): Status | null {
  if (!isFields(raw) || !STATES.includes(String(raw["state"]))) return null;
  const { epoch, done, total } = raw;
  // The picture is as good without it.
  if (typeof epoch !== "number" || typeof done !== "number" || typeof total !== "number")
    return null;
  return {
    epoch,
    done,
    total,
    state: raw["state"] as Status["state"],
    message: typeof raw["message"] === "string" ? raw["message"] : null,
  };
}
