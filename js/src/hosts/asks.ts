/**
 * Sends all asks of a view and receives all replies. Asks are sent in `_ask`, replies come in `_reply`, the newest of each
 * kind: some hosts transmit only the last of several values, and no kind may replace another.
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
import { type HostModel, saved } from "./position-sync";

export interface ReplyReaders {
  /** Reads the reply to asks of a kind; kinds without one are answered by a scene, or asked by an instrument. */
  readonly replies: Readonly<Partial<Record<AskKind, (message: Fields) => void>>>;
  /** Reads a reply of another kind. */
  other(kind: AskKind, message: Fields): void;
  /** An ask was refused. */
  refused(refusal: Refused): void;
}

export class AskDoor {
  // Several pages may ask one kernel, and all of them get its replies.
  #serial = Math.floor(Math.random() * 2 ** 40);
  /** The number of the newest reply read, of each kind. */
  readonly #read = new Map<string, unknown>();

  constructor(
    private readonly model: HostModel,
    private readonly readers: ReplyReaders,
  ) {
    // Replies from before this view existed are not for it.
    for (const [kind, message] of this.#replies()) this.#read.set(kind, message["number"]);
  }

  /** Sends an ask, and returns its serial, which the caller may choose: it identifies the reply. */
  send<Kind extends AskKind>(kind: Kind, fields: AskFields<Kind>, serial = ++this.#serial): number {
    this.model.set("_ask", { ...this.#asks, [kind]: { serial, ...fields } });
    saved(this.model);
    return serial;
  }

  /** The latest ask of each kind, by any view of the widget. */
  newest<Kind extends AskKind>(kind: Kind): Ask<Kind> | undefined {
    return this.#asks[kind];
  }

  /** The newest reply of a kind that is no refusal, also from before this view existed. */
  reply(kind: AskKind): Fields | undefined {
    const found = this.#replies().find(([name]) => name === kind)?.[1];
    return found?.["refused"] === undefined ? found : undefined;
  }

  /** Reads new replies. */
  read(): void {
    for (const [kind, message] of this.#replies()) {
      if (this.#read.get(kind) === message["number"]) continue;
      this.#read.set(kind, message["number"]);
      if (message["refused"] !== undefined) this.readers.refused(decodeRefused(kind, message));
      else {
        const known = this.readers.replies[kind as AskKind];
        if (known === undefined) this.readers.other(kind as AskKind, message);
        else known(message);
      }
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
