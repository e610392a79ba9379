/** Builds the page's modules into a folder; `first` are the sources of the first bundle. */
export function buildModules(first: readonly string[], outdir: string): Promise<void>;
