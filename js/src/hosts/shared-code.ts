/**
 * What the page's modules use of the first bundle. In a module, an import from one of these files leads here (`bundle.mjs`),
 * so that nothing is in the page twice; a name that is missing here fails the build.
 */
import { css, makePalette } from "../core/color";
import {
  consume,
  label,
  listen,
  make,
  makeButton,
  mark,
  onAbort,
  setVariable,
  suppressShortcuts,
  toggle,
  write,
} from "../core/dom";
import { fill } from "../core/fill";
import { amount, glyph, grouped, percent, quantity, visible } from "../core/format";
import { loneSurrogates, wellFormed } from "../core/surrogates";
import { isWhiteSpace } from "../core/white-space";
import { wordsOf } from "../core/words";
import { heatSteps, makeHeat } from "../state/heat";
import { NO_ANSWER } from "../views/notices";
import { decodeOutputChecks, decodeRandomisedMessage, decodeSwaps } from "../wire/generated";
import { answered } from "../wire/rows";

export const sharedCode = {
  NO_ANSWER,
  amount,
  answered,
  consume,
  css,
  decodeOutputChecks,
  decodeRandomisedMessage,
  decodeSwaps,
  fill,
  glyph,
  grouped,
  heatSteps,
  isWhiteSpace,
  label,
  listen,
  loneSurrogates,
  make,
  makeButton,
  makeHeat,
  makePalette,
  mark,
  onAbort,
  percent,
  quantity,
  setVariable,
  suppressShortcuts,
  toggle,
  visible,
  wellFormed,
  wordsOf,
  write,
};
