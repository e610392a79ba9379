/** The kernel's side of the door: what a page has asked for, and replies to it. */
import type { AskKind } from "../src/wire";
import type { FakeModel } from "./fake-model";

// biome-ignore lint/suspicious/noExplicitAny: tests know what they ask for
type Message = any;

let number = 0;

/** What the page has asked for last, of a kind. */
export function lastAsk(model: FakeModel, kind: AskKind): Message {
  return (model.get("_ask") as Message)?.[kind];
}

/** What the page has asked for in one call of save_changes, of a kind, if that was new. */
export function newAsks(model: FakeModel, kind: AskKind): Message[] {
  const all = model.saved.map((sent) => (sent["_ask"] as Message)?.[kind]);
  return all.filter((ask, n) => ask !== undefined && !all.slice(0, n).includes(ask));
}

/** The trait with a reply, beside the newest of each other kind. */
export function replyTo(model: FakeModel, kind: AskKind, message: Message): { _reply: Message } {
  number += 1;
  return { _reply: { ...(model.get("_reply") as object), [kind]: { ...message, number } } };
}

/** The kernel replies. */
export function reply(model: FakeModel, kind: AskKind, message: Message): void {
  model.receive(replyTo(model, kind, message));
}

/** The kernel does not do what was asked. */
export function refuse(model: FakeModel, kind: AskKind, refused: string, more: Message = {}): void {
  reply(model, kind, { serial: lastAsk(model, kind)?.serial, refused, ...more });
}
