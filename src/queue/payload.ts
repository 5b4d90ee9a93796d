/** The payload forms of the job documentation: legacy (the arguments themselves) and v2 (`{_wch_version: 2, args, _wch_meta}`). */

export interface PayloadMeta {
  /** `YYYY-MM-DD HH:mm:ss`, UTC. */
  readonly queued_at?: string;
  readonly source?: string;
  readonly priority?: string;
}

const VERSION = 2;
/** The plugin wraps a wrapped payload again at each dispatch; nobody wraps this often in good faith. */
const MAX_DEPTH = 32;

type Payload = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isWrapped(payload: unknown): payload is Payload {
  return isRecord(payload) && '_wch_version' in payload && 'args' in payload;
}

/** All wrappings, outermost first, and what is inside. Action Scheduler hands its arguments over as a list: [payload]. */
function layers(payload: unknown): { readonly wrappings: readonly Payload[]; readonly inner: unknown } {
  const wrappings: Payload[] = [];
  let inner = payload;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    if (isWrapped(inner)) {
      wrappings.push(inner);
      inner = inner['args'];
    } else if (Array.isArray(inner) && inner.length === 1) inner = inner[0];
    else break;
  }
  return { wrappings, inner };
}

/** The arguments inside, however often they were wrapped. What is no object has no arguments: PHP's empty array arrives as `[]`. */
export function unwrapPayload(payload: unknown): Payload {
  const { inner } = layers(payload);
  return isRecord(inner) ? inner : {};
}

/** The metadata; of several wrappings the outermost that says a thing holds. */
export function payloadMeta(payload: unknown): PayloadMeta {
  return layers(payload).wrappings.reduceRight<PayloadMeta>((meta, wrapping) => ({ ...meta, ...metaOf(wrapping) }), {});
}

function metaOf(wrapping: Payload): PayloadMeta {
  const meta = wrapping['_wch_meta'];
  if (!isRecord(meta)) return {};
  const text = (key: string) => (typeof meta[key] === 'string' ? { [key]: meta[key] } : {});
  return { ...text('queued_at'), ...text('source'), ...text('priority') };
}

/** The v2 form; a payload that has it already stays as it is. */
export function wrapPayload(args: unknown, meta: PayloadMeta): unknown {
  return isWrapped(args) ? args : { _wch_version: VERSION, args, _wch_meta: meta };
}
