import {
  isSupportedCountry,
  parsePhoneNumberFromString,
  type CountryCode,
  type PhoneNumber,
} from 'libphonenumber-js/max';

/**
 * A number as somebody typed it, in E.164 with plus, or null when it is no valid number. `defaultCountry` (ISO 3166 alpha-2) is
 * for numbers written without a country code; null, or a country without numbers of its own, refuses those. An extension is dropped.
 */
export function normalisePhone(typed: string, defaultCountry: string | null): string | null {
  // NFKC: Japanese keyboards type full-width digits.
  const text = typed.normalize('NFKC').trim();
  const country = countryCode(defaultCountry);
  return normalised(text, country) ?? (text.includes('(0)') ? normalised(text.replace('(0)', ''), country) : null);
}

/**
 * The first number of a field in which a customer may have typed two, or a word or an address beside it. Not for lists of consent, where
 * a second number in a row is a mistake that has to be told.
 */
export function firstPhoneIn(typed: string, defaultCountry: string | null): string | null {
  // The whole goes first: a slash stands inside a German number, and between two Spanish ones.
  const whole = normalisePhone(typed, defaultCountry);
  if (whole !== null) return whole;
  // A house number or a postcode is too short for a number of its own.
  for (const piece of typed.split(SEPARATOR)) {
    const phone = piece.replaceAll(/\D/g, '').length < 8 ? null : normalisePhone(piece, defaultCountry);
    if (phone !== null) return phone;
  }
  return null;
}

const SEPARATOR = /[/,;|]|\s\(?\p{L}+\)?\s/u;

function normalised(text: string, country: CountryCode | undefined): string | null {
  const withPlus = text.replace(/^(?:[+(]*00\)?|\+{2,})/, '+');
  const number = (withPlus === text ? undefined : valid(withPlus)) ?? valid(text, country);
  return (meantWithPlus(text, number, country) ?? number)?.number ?? null;
}

function valid(text: string, defaultCountry?: CountryCode): PhoneNumber | undefined {
  const number = parsePhoneNumberFromString(text, defaultCountry);
  if (number?.isValid() === true) return number;
  const today = asDialledToday(text, defaultCountry);
  return today === text ? undefined : valid(today);
}

/** Mexico and Brazil: looked at first, since a planner asks for every phone several times. */
const RENUMBERED = /^\+5[25]/;

/**
 * WhatsApp still names mobiles as they once were, and so do old orders: Mexican ones with a 1 that was dropped (044, 045 and 01 inside the
 * country), Brazilian ones without a 9 that was added. A STOP must find its customer.
 */
function asDialledToday(text: string, country?: CountryCode): string {
  const digits = text.replaceAll(/[\s().-]/g, '');
  const atHome = country && DIALLED_AT_HOME[country];
  return (atHome === undefined ? digits : digits.replace(...atHome))
    .replace(/^\+521(\d{10})$/, '+52$1')
    .replace(/^\+55(\d\d)([6-9]\d{7})$/, '+55$19$2');
}

const DIALLED_AT_HOME: Partial<Record<CountryCode, [RegExp, string]>> = {
  MX: [/^(?:52)?(?:1|01|04[45])?(\d{10})$/, '+52$1'],
  BR: [/^0?([1-9]\d[6-9]\d{7})$/, '+55$1'],
};

/** The reverse: what WhatsApp may call this number. */
function asDialledOnce(phone: string): string {
  return phone.replace(/^\+52(\d{10})$/, '+521$1').replace(/^\+55(\d\d)9([6-9]\d{7})$/, '+55$1$2');
}

/** `491701234567`, typed in Germany, could be a landline in Leer; whoever starts with their own country's code has left out the plus of a mobile. */
function meantWithPlus(
  text: string,
  number: PhoneNumber | undefined,
  country: CountryCode | undefined,
): PhoneNumber | undefined {
  if (!/^[1-9]/.test(text) || number?.getType() === 'MOBILE') return undefined;
  const plus = valid(`+${text}`);
  return plus !== undefined && plus.country === country && plus.getType() === 'MOBILE' ? plus : undefined;
}

function countryCode(country: string | null): CountryCode | undefined {
  const upper = country?.toUpperCase() ?? '';
  return isSupportedCountry(upper) ? upper : undefined;
}

/** Whether a phone of a payload looks like E.164: a plus and 2 to 15 digits, no zero in front. The contract's own example is no possible number. */
export function isE164(value: string): boolean {
  return /^\+[1-9]\d{1,14}$/.test(value);
}

/**
 * The one key of a phone that was stored by the plugin or came in a payload: with plus, which the plugin may leave out, and as it is dialled
 * today, which WhatsApp's ids are not always. Any other number stays as it is, even one that nobody can have.
 */
export function canonicalPhone(stored: string): string {
  const plus = stored.startsWith('+') ? stored : `+${stored}`;
  if (!RENUMBERED.test(plus) || !isE164(plus)) return plus;
  const today = asDialledToday(plus);
  return today !== plus && valid(plus)?.number === today ? today : plus;
}

/** Every spelling under which the plugin's tables may hold one phone, whichever is given: each with the plus, and without. */
export function phoneSpellings(phone: string): readonly string[] {
  const canonical = canonicalPhone(phone);
  if (!RENUMBERED.test(canonical)) return [canonical, canonical.slice(1)];
  const once = asDialledOnce(canonical);
  const all = canonicalPhone(once) === canonical ? [...new Set([canonical, once])] : [canonical];
  return all.flatMap((spelling) => [spelling, spelling.slice(1)]);
}

/** What of a phone may stand in a log or an error: three stars and the last three digits. */
export function maskPhone(phone: string): string {
  return `***${phone.replaceAll(/\D/g, '').slice(-3)}`;
}

/** A text in which what may be a phone is masked, with its plus or without: 9 to 15 digits in a row. */
export function maskPhonesIn(text: string): string {
  return text.replaceAll(/(?<!\d)\+?\d{9,15}(?!\d)/g, maskPhone);
}

/** ISO 3166 alpha-2 of a number in E.164, or null where the number does not tell (+1 with an unknown area code). */
export function phoneCountry(phone: string): string | null {
  return parsePhoneNumberFromString(phone)?.country ?? null;
}
