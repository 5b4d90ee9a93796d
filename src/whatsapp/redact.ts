const LONGEST = 300;
/** Seven digits or more, with the separators that people and vendors write between them. */
const PHONE = /\+?\d(?:[\s().\-/\u00a0]{0,2}\d){6,}/g;
/** System user tokens of the Graph API begin so. */
const TOKEN = /\bEAA[A-Za-z0-9]{16,}/g;

/** A vendor's text for a log or an error: one line, without the access token, without a phone number (or another long number). */
export function redact(text: string, accessToken: string): string {
  const masked = text.replaceAll(accessToken, '[token]').replace(TOKEN, '[token]').replace(PHONE, '[number]');
  return masked.replace(/\s+/g, ' ').trim().slice(0, LONGEST);
}
