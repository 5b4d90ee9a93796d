/**
 * What to do about each of Meta's error codes. Meta says to decide on the code and never on the HTTP status; the same codes come in a
 * refused POST and in `statuses[].errors[]` of a webhook.
 */

/**
 * `retry`: repairable, the same message again. `slow_down`: too many calls, the same message again at a lower rate. `pair`: too many to
 * this recipient, again after 4^attempt seconds (1, 4, 16, 64, 256) while others go on. `not_again`: this message never, and nothing to
 * this recipient for `retryAfterSeconds`. `suppress`: the recipient's choice, consent is revoked. `undeliverable`: this message is over, and
 * after the second in a row nothing goes to this number any more. `fail`: this message is over.
 * `halt`: nothing can be sent in the `scope` until somebody repairs it.
 */
export type ErrorClass = 'retry' | 'slow_down' | 'pair' | 'not_again' | 'suppress' | 'undeliverable' | 'fail' | 'halt';
export type ErrorScope = 'template' | 'number' | 'account' | 'recipient';

export interface ErrorRule {
  readonly class: ErrorClass;
  /** How far the rule reaches; without one it concerns this message only. */
  readonly scope?: ErrorScope;
  /** The code's own delay; without one the queue's delays hold. */
  readonly retryAfterSeconds?: number;
  /** One sentence for the shop owner. */
  readonly advice: string;
}

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 60 * MINUTE_SECONDS;
const DAY_SECONDS = 24 * HOUR_SECONDS;

const again = (advice: string): ErrorRule => ({ class: 'retry', advice });
const slowDown = (scope: ErrorScope, advice: string): ErrorRule => ({ class: 'slow_down', scope, advice });
const fail = (advice: string): ErrorRule => ({ class: 'fail', advice });
const unreachableRecipient = (advice: string): ErrorRule => ({ class: 'fail', scope: 'recipient', advice });
const suppress = (advice: string): ErrorRule => ({ class: 'suppress', scope: 'recipient', advice });
const halt = (scope: ErrorScope, advice: string): ErrorRule => ({ class: 'halt', scope, advice });

const TROUBLE_AT_META = again('Meta has a passing trouble; the message is tried again.');
const TOO_MANY_CALLS = slowDown('account', 'Meta limits the calls of this account; sending goes on more slowly.');
const NEW_TOKEN = halt(
  'account',
  'The access token is expired or wrong: put a valid system user token in whatsapp.access_token.',
);
const PERMISSIONS = halt(
  'account',
  'The access token lacks a permission: give its system user whatsapp_business_messaging and the WhatsApp account.',
);
const OUR_FAULT = fail('Meta did not understand the request; please report this with the log line.');

export const ERROR_TABLE: Readonly<Record<number, ErrorRule>> = {
  1: again('Meta could not handle the request; it is tried a few times more.'),
  2: TROUBLE_AT_META,
  131000: TROUBLE_AT_META,
  131016: TROUBLE_AT_META,
  133004: TROUBLE_AT_META,
  131057: {
    class: 'retry',
    scope: 'account',
    retryAfterSeconds: MINUTE_SECONDS,
    advice: 'Meta maintains the account for about a minute; the message is tried again.',
  },
  134101: {
    class: 'retry',
    scope: 'template',
    retryAfterSeconds: 10 * MINUTE_SECONDS,
    advice: 'Meta is still preparing a new template; the message is tried again in ten minutes.',
  },

  130429: slowDown('number', 'The number sends faster than Meta allows; lower whatsapp.messages_per_second.'),
  4: TOO_MANY_CALLS,
  17: TOO_MANY_CALLS,
  613: TOO_MANY_CALLS,
  80007: TOO_MANY_CALLS,

  131056: {
    class: 'pair',
    scope: 'recipient',
    advice: 'Too many messages to this recipient in a short time; this one waits.',
  },

  131049: {
    class: 'not_again',
    scope: 'recipient',
    retryAfterSeconds: DAY_SECONDS,
    advice: 'Meta holds marketing messages to this recipient back; nothing is sent to them for 24 hours.',
  },
  130472: {
    class: 'not_again',
    scope: 'recipient',
    advice: 'Meta does not deliver marketing to this recipient, who is part of an experiment.',
  },

  131050: suppress('The recipient stopped marketing messages in WhatsApp; their consent is revoked.'),
  130403: suppress('The recipient is blocked on WhatsApp; their consent is revoked.'),

  131026: {
    class: 'undeliverable',
    scope: 'recipient',
    advice:
      'WhatsApp cannot deliver to this number: it may not use WhatsApp, or not accept its terms; after a second time it is left alone.',
  },
  130497: unreachableRecipient("The account may not write to recipients in this number's country."),
  131021: unreachableRecipient('Sender and recipient are the same number.'),
  131030: unreachableRecipient("The recipient is not on the test number's list: add them there, or use a real number."),
  131047: fail('More than 24 hours since the customer wrote: only a template can be sent.'),
  131062: fail('This kind of recipient id is not supported: a phone number is needed.'),
  33: fail('The phone number id does not exist or the token may not see it: check whatsapp.phone_number_id.'),
  100: fail('A parameter is wrong: check whatsapp.phone_number_id, and report this if it stays.'),
  131008: fail("A parameter is missing, mostly that of a button: set the template's url_button or coupon_button."),
  131009: fail('A value is not allowed: check the coupon code, the phone number and the lengths.'),
  131051: OUR_FAULT,
  131053: OUR_FAULT,
  131055: OUR_FAULT,
  135000: OUR_FAULT,

  132000: halt('template', "The number of parameters differs: make whatsapp.templates agree with Meta's template."),
  132001: halt('template', 'No approved template of this name and language: check whatsapp.templates.'),
  132005: halt('template', 'The text is too long once filled in: shorten the template.'),
  132007: halt('template', "The template breaks WhatsApp's policy: replace it by another one."),
  132012: halt(
    'template',
    "A parameter has the wrong name or form: make whatsapp.templates agree with Meta's template.",
  ),
  132015: halt(
    'template',
    'Meta paused the template because of bad feedback: wait for its approval, or use another one.',
  ),
  132016: halt('template', 'Meta disabled the template for good: replace it by another one.'),
  132018: halt('template', 'A parameter holds a line break, a tab or more than four spaces in a row.'),
  134100: halt('template', 'The template is not a marketing template: use one of the category MARKETING.'),

  131037: halt('number', "The number's display name is not approved: have it approved in WhatsApp Manager."),
  131045: halt('number', 'The number is not registered for the Cloud API: register it.'),
  131048: {
    class: 'halt',
    scope: 'number',
    // Meta names no time; people who run senders stop "for hours".
    retryAfterSeconds: 4 * HOUR_SECONDS,
    advice: 'Too many recipients reported the number as spam; look at its quality in WhatsApp Manager.',
  },
  133010: halt('number', 'The number is not registered for the Cloud API: register it.'),

  0: NEW_TOKEN,
  190: NEW_TOKEN,
  3: PERMISSIONS,
  10: PERMISSIONS,
  131005: PERMISSIONS,
  368: halt('account', 'Meta restricts the account for breaking its policy: see WhatsApp Manager.'),
  131031: halt('account', 'Meta locked the account: see WhatsApp Manager.'),
  131042: halt('account', 'A payment is missing: set up or repair the payment method in WhatsApp Manager.'),
  131063: halt('account', 'The account has marketing on this endpoint switched off: allow it in WhatsApp Manager.'),
  131064: halt('account', "Meta finds the account's templates in the wrong category: appeal or correct them."),
  134102: halt('account', 'The account is not eligible for marketing messages: see WhatsApp Manager.'),
};

const UNKNOWN_CODE = fail('Meta refused the message with a code that this version does not know.');

/** The rule of a code: 200 to 299 are missing permissions, and a code outside the table fails its message only. */
export function ruleFor(code: number): ErrorRule {
  return ERROR_TABLE[code] ?? (code >= 200 && code <= 299 ? PERMISSIONS : UNKNOWN_CODE);
}
