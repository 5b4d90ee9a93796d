import { AppError } from '../lib/errors.js';

/** Meta's limit for a button's address, the variable filled in. */
const MAX_ADDRESS_LENGTH = 2_000;

export interface Utm {
  readonly source: string;
  readonly medium: string;
}

export interface MessageLink {
  /** The whole address, for a text. */
  readonly address: string;
  /** What a button's address `{home}/{{1}}` is completed with; never empty. */
  readonly suffix: string;
}

/**
 * The link of a message to a product, or without one to the shop's home, marked with utm_source, utm_medium and utm_campaign.
 * A button can only lead to where the shop's home stands: for a product elsewhere, or an address too long, it leads to the home page.
 */
export function messageLink(permalink: string | null, home: string, utm: Utm, campaign: string): MessageLink {
  const homeAddress = `${home.replace(/\/+$/, '')}/`;
  if (!URL.canParse(homeAddress)) throw new AppError('INTERNAL', `The shop's home "${home}" is no address.`);
  const homeUrl = new URL(homeAddress);
  const marks = { utm_source: utm.source, utm_medium: utm.medium, utm_campaign: campaign };
  const target =
    permalink !== null && /^https?:/i.test(permalink) && URL.canParse(permalink) ? new URL(permalink) : homeUrl;
  const path = pathBelow(homeUrl, target);
  const suffix = path === null ? null : `${path}${marked(target, marks)}`;
  return {
    address: `${target.origin}${target.pathname}${marked(target, marks)}`,
    suffix:
      suffix === null || homeAddress.length + suffix.length > MAX_ADDRESS_LENGTH ? marked(homeUrl, marks) : suffix,
  };
}

/** The path without the home's; null when the address is not below it. `www.` and http are the same shop. */
function pathBelow(home: URL, target: URL): string | null {
  const host = (url: URL) => url.host.replace(/^www\./, '');
  if (host(home) !== host(target) || !target.pathname.startsWith(home.pathname)) return null;
  return target.pathname.slice(home.pathname.length);
}

/** The query, as it was and with the marks behind it, and the fragment. Marks that stood there are replaced. */
function marked(url: URL, marks: Readonly<Record<string, string>>): string {
  const kept = url.search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '' && !Object.hasOwn(marks, pair.split('=', 1)[0] ?? ''));
  const added = Object.entries(marks).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `?${[...kept, ...added].join('&')}${url.hash}`;
}
