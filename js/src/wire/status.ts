/** How far the background fill is. */
import { isFields, number } from "./fields";

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
  return {
    epoch: number(raw["epoch"], "The epoch"),
    done: number(raw["done"], "done"),
    total: number(raw["total"], "total"),
    state: raw["state"] as Status["state"],
    message: typeof raw["message"] === "string" ? raw["message"] : null,
  };
}
