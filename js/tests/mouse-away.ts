/** Before each file the mouse goes to the corner: where the last test left it, it may be over what is shown now. */
import { beforeAll } from "vitest";
import { userEvent } from "vitest/browser";

const CORNER = { position: { x: 0, y: 0 }, force: true };

beforeAll(() => userEvent.hover(document.documentElement, CORNER));
