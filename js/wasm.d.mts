/** The TypeScript file with the assembled module in it. */
export function assembled(): Promise<string>;
