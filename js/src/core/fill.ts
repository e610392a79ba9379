/** Fills values into a sentence of `rnnviz_widget/picture/wording.json`, in place of their names in braces. */
export function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}
