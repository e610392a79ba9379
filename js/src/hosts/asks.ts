/**
 * The one door between a view and whoever answers it. Asks go out in `_ask`, replies come in in `_reply`, the newest of each
 * kind: some hosts pass on only the last of several values, and no kind may push another out.
 */
import {
  type Ask,
  type AskFields,
  type AskKind,
  type Asks,
  decodeRefused,
  type Refused,
} from "../wire";
import { type Fields, isFields } from "../wire/fields";
import type { HostModel } from "./position-sync";

export interface ReplyReaders {
  /** Reads the reply to asks of a kind; the kinds that are not here are answered by a scene. */
  readonly replies: Readonly<Partial<Record<AskKind, (message: Fields) => void>>>;
  /** Something that was asked for is not done. */
  refused(refusal: Refused): void;
}

export class AskDoor {
  // Several pages may ask one kernel, and all of them hear what it replies.
  #serial = Math.floor(Math.random() * 2 ** 40);
  /** The number of the newest reply of each kind that was read. */
  readonly #read = new Map<string, unknown>();

  constructor(
    private readonly model: HostModel,
    private readonly readers: ReplyReaders,
  ) {
    // What was replied before this view was there is not for it.
    for (const [kind, message] of this.#replies()) this.#read.set(kind, message["number"]);
  }

  /** Asks for something; whoever waits for the reply knows it by its serial, which it may give itself. */
  send<Kind extends AskKind>(kind: Kind, fields: AskFields<Kind>, serial = ++this.#serial): void {
    this.model.set("_ask", { ...this.#asks, [kind]: { serial, ...fields } });
    try {
      this.model.save_changes?.();
    } catch {
      // No kernel behind this page: what is here can still be drawn another way.
    }
  }

  /** What any view of the widget has asked for last. */
  newest<Kind extends AskKind>(kind: Kind): Ask<Kind> | undefined {
    return this.#asks[kind];
  }

  /** Reads the replies that have come. */
  read(): void {
    for (const [kind, message] of this.#replies()) {
      if (this.#read.get(kind) === message["number"]) continue;
      this.#read.set(kind, message["number"]);
      if (message["refused"] !== undefined) this.readers.refused(decodeRefused(kind, message));
      else this.readers.replies[kind as AskKind]?.(message);
    }
  }

  get #asks(): Asks {
    return (this.model.get("_ask") ?? {}) as Asks;
  }

  #replies(): [string, Fields][] {
    const replies = this.model.get("_reply");
    return isFields(replies) ? Object.entries(replies).filter((one) => isReply(one)) : [];
  }
}

function isReply(one: [string, unknown]): one is [string, Fields] {
  return isFields(one[1]);
}
