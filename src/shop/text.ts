/** What WordPress and WooCommerce write as named entities; anything else comes as a number or stays as it was typed. */
const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  ensp: '\u2002',
  emsp: '\u2003',
  thinsp: '\u2009',
  shy: '',
  ndash: '–',
  mdash: '—',
  lsquo: '‘',
  rsquo: '’',
  sbquo: '‚',
  ldquo: '“',
  rdquo: '”',
  bdquo: '„',
  laquo: '«',
  raquo: '»',
  hellip: '…',
  bull: '•',
  middot: '·',
  prime: '′',
  Prime: '″',
  times: '×',
  deg: '°',
  frac12: '½',
  frac14: '¼',
  frac34: '¾',
  sup2: '²',
  sup3: '³',
  copy: '©',
  reg: '®',
  trade: '™',
  cent: '¢',
  pound: '£',
  yen: '¥',
  euro: '€',
  curren: '¤',
};

const BLOCK = /<\/?(?:br|p|div|li|ul|ol|tr|td|th|table|h[1-6]|hr)\b[^<>]*>/gi;

/**
 * A name or a text of the shop as a person reads it: tags removed, entities decoded once, white space collapsed, control characters,
 * half characters and bidi overrides dropped (those could turn the rest of a message around).
 */
export function plainText(html: string): string {
  const untagged = html
    .replaceAll(/<(script|style)\b[^<>]*>[\s\S]*?<\/\1\s*>/gi, '')
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .replaceAll(BLOCK, ' ')
    // A letter or a slash has to follow: "3 < 5" is no tag.
    .replaceAll(/<[/a-z!][^<>]*>/gi, '');
  return dropInvisible(decodeEntities(untagged).replaceAll(/\s+/g, ' ')).trim();
}

/** Entities decoded once, nothing else changed: a thousand separator may be a lone space. */
export function decodeEntities(text: string): string {
  return text.replaceAll(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]\w{1,7}));/gi, (entity, decimal, hex, name) => {
    if (typeof decimal === 'string') return character(Number(decimal));
    if (typeof hex === 'string') return character(parseInt(hex, 16));
    return NAMED[String(name)] ?? entity;
  });
}

/** 128 to 159 as browsers read them, in windows-1252; a space where that has none. (TextDecoder of Node 20 reads them as controls.) */
const WINDOWS_1252 = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';

function character(code: number): string {
  if (code >= 0x80 && code <= 0x9f) return WINDOWS_1252.charAt(code - 0x80);
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '';
  return String.fromCodePoint(code);
}

function dropInvisible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu, '');
}
