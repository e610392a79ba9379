/** A sentence of `rnnviz_widget/picture/wording.json` with its values, each in the place of its name in braces. */
export function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}
