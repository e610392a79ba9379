/**
 * What the page's modules use of the first bundle. In a module, an import from one of these files leads here (`bundle.mjs`),
 * so that nothing is in the page twice; a name that is missing here fails the build.
 */
import { css, legendStops, makePalette, STEPS } from "../core/color";
import {
  consume,
  label,
  listen,
  make,
  makeButton,
  mark,
  onAbort,
  onHoverOrFocus,
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
import { COMPUTING, heatSteps, makeHeat } from "../state/heat";
import { NO_ANSWER } from "../views/notices";
import { RadioGroup } from "../views/radio-group";
import { isFields, WireError } from "../wire/fields";
import {
  decodeFoundMatches,
  decodeOutputChecks,
  decodeRandomisedMessage,
  decodeShownCheckpoint,
  decodeStateMaps,
  decodeStatesWindow,
  decodeSwaps,
} from "../wire/generated";
import { answered } from "../wire/rows";

export const sharedCode = {
  COMPUTING,
  NO_ANSWER,
  RadioGroup,
  STEPS,
  WireError,
  amount,
  answered,
  consume,
  css,
  decodeFoundMatches,
  decodeOutputChecks,
  decodeRandomisedMessage,
  decodeStateMaps,
  decodeShownCheckpoint,
  decodeStatesWindow,
  decodeSwaps,
  fill,
  glyph,
  grouped,
  heatSteps,
  isFields,
  isWhiteSpace,
  label,
  legendStops,
  listen,
  loneSurrogates,
  make,
  makeButton,
  makeHeat,
  makePalette,
  mark,
  onAbort,
  onHoverOrFocus,
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
