import { isAxiosError, isCancel } from 'axios';

/**
 * Why there was no answer, in words for a log: the error's code and the host. The error's own message is left out (it may hold
 * addresses), and so is the error (its `config` holds the access token).
 */
export function failureDetail(
  error: unknown,
  options: { readonly baseUrl: string; readonly timeoutMs: number },
): string {
  const host = URL.canParse(options.baseUrl) ? new URL(options.baseUrl).host : 'the configured address';
  if (isCancel(error) || (isAxiosError(error) && error.message.startsWith('timeout'))) {
    return `No answer from ${host} within ${options.timeoutMs / 1_000} s`;
  }
  return `No answer from ${host} (${errorCode(error)})`;
}

/** The system error inside axios's: safe to keep as a cause, it knows no header. */
export function innerCause(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : undefined;
}

function errorCode(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : typeof error;
}
