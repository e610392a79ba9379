/** How far the background fill is. */
import { received } from "./fields";
import { type Status, decodeStatus as status } from "./generated";

/** Null if it can't be read: the picture does not need it. */
export function decodeStatus(raw: unknown): Status | null {
  try {
    return received(raw, status);
  } catch {
    return null;
  }
}
