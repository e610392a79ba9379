/** How far the background fill is. */
import { received } from "./fields";
import { type Status, decodeStatus as status } from "./generated";

/** Null where it can't be read: the picture is as good without it. */
export function decodeStatus(raw: unknown): Status | null {
  try {
    return received(raw, status);
  } catch {
    return null;
  }
}
