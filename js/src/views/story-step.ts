/** One step of a story: its prose, in which numbers that no longer hold are marked, and what is claimed. */
import { make, mark, toggle } from "../core/dom";
import type { ClaimInWords, ProseRun, StoryStep } from "../wire/generated";

const TAGS = { plain: "span", emphasis: "em", strong: "strong", code: "code" } as const;

export function makeStoryStep({ paragraphs, claims }: StoryStep): HTMLElement {
  const el = make("li", "story-step");
  for (const { runs } of paragraphs) el.append(make("p", "story-prose", ...drawn(runs, claims)));
  if (claims.length > 0) el.append(makeClaims(claims));
  return el;
}

/** How many claims of a step do not hold. */
export function brokenClaims({ claims }: StoryStep): number {
  return claims.filter(({ holds }) => !holds).length;
}

function drawn(runs: readonly ProseRun[], claims: readonly ClaimInWords[]): Node[] {
  return runs.map(({ text, style, claim }) => {
    const found = claim === null ? undefined : claims[claim];
    if (found !== undefined) return makeNumber(text, found);
    return style === "plain" || style === "claim"
      ? document.createTextNode(text)
      : make(TAGS[style], "story-words", text);
  });
}

function makeNumber(text: string, { holds, now }: ClaimInWords): HTMLElement {
  const el = make("span", "story-number", text);
  toggle(el, "story-broken", !holds);
  if (!holds) el.append(" ", make("span", "story-now", `(${now})`));
  return el;
}

/** All numbers of the step with their tolerances, which a reader can open; open where one does not hold. */
function makeClaims(claims: readonly ClaimInWords[]): HTMLElement {
  const broken = claims.filter(({ holds }) => !holds).length;
  const many = claims.length === 1 ? "1 number" : `${claims.length} numbers`;
  const said = broken === 0 ? `${many} checked` : `${broken} of ${many} no longer true`;
  const items = claims.map((claim) => {
    const { name, stated, within, now, holds } = claim;
    const allowed = within === "" ? "" : `, ± ${within}`;
    const item = make("li", "story-claim", ...drawn(name, []), `: ${stated}${allowed}; ${now}`);
    toggle(item, "story-broken", !holds);
    return item;
  });
  const el = make(
    "details",
    "story-claims",
    make("summary", "story-summary", said),
    make("ul", "story-list", ...items),
  );
  mark(el, "open", broken > 0 ? "" : null);
  return el;
}
