/** A loaded machine is slow: what is waited for may take long, and only what never comes fails. */
import { vi } from "vitest";

const PATIENCE = 15_000;

const waitFor = vi.waitFor.bind(vi);
vi.waitFor = (check, options = {}) =>
  waitFor(check, {
    timeout: PATIENCE,
    ...(typeof options === "number" ? { timeout: options } : options),
  });
