/**
 * What the page's modules use of the first bundle. In a module, an import from one of these files leads here (`bundle.mjs`),
 * so that nothing is in the page twice; a name that is missing here fails the build.
 */
import { css, makePalette } from "../core/color";
import {
  label,
  listen,
  make,
  makeButton,
  mark,
  onAbort,
  setVariable,
  suppressShortcuts,
  write,
} from "../core/dom";
import { fill } from "../core/fill";
import { amount, glyph, grouped, percent, visible } from "../core/format";
import { loneSurrogates, wellFormed } from "../core/surrogates";
import { isWhiteSpace } from "../core/white-space";
import { wordsOf } from "../core/words";
import { heatSteps, makeHeat } from "../state/heat";
import { NO_ANSWER } from "../views/notices";
import { decodeRandomisedMessage } from "../wire/generated";
import { answered } from "../wire/rows";

export const sharedCode = {
  NO_ANSWER,
  amount,
  answered,
  css,
  decodeRandomisedMessage,
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
  setVariable,
  suppressShortcuts,
  visible,
  wellFormed,
  wordsOf,
  write,
};
