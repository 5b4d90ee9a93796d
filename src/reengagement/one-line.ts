/** Marks that change the direction of what follows them, or that nobody sees. Joiners stay: emoji and several scripts need them. */
const INVISIBLE = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]|\p{Cs}|(?!\s)\p{Cc}/gu;
const NO_BREAK_SPACE = '\u00a0';

const graphemes = new Intl.Segmenter();

/** Text as a template parameter may hold it: one line, single spaces, nothing invisible, at most `limit` UTF-16 units; null when nothing is left. */
export function oneLine(text: string, limit: number): string | null {
  const line = text
    .replaceAll(INVISIBLE, '')
    .replaceAll(/\s+/g, (space) => (space === NO_BREAK_SPACE ? space : ' '))
    .trim();
  return /[^\s\p{Cf}]/u.test(line) ? cut(line, limit) : null;
}

/** At most `limit` UTF-16 units, an ellipsis in place of what is missing. What a reader sees as one character is never halved. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  let kept = '';
  for (const { segment } of graphemes.segment(text)) {
    if (kept.length + segment.length >= limit) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}
