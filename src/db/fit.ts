/** As much of a text as a column of `limit` characters holds; a character made of two halves is never cut between them. */
export function fit(text: string, limit: number): string {
  return text.slice(0, limit).replace(/[\ud800-\udbff]$/, '');
}
