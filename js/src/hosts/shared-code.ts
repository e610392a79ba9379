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
import { amount, grouped, percent, visible } from "../core/format";
import { loneSurrogates, wellFormed } from "../core/surrogates";
import { isWhiteSpace } from "../core/white-space";
import { NO_ANSWER } from "../views/notices";
import { decodeOutputChecks } from "../wire/generated";

export const sharedCode = {
  NO_ANSWER,
  amount,
  css,
  decodeOutputChecks,
  fill,
  grouped,
  isWhiteSpace,
  label,
  listen,
  loneSurrogates,
  make,
  makeButton,
  makePalette,
  mark,
  onAbort,
  percent,
  setVariable,
  suppressShortcuts,
  visible,
  wellFormed,
  write,
};
