/** Whether a hook's result is the documented `{success: false, error}`. */
export function isFailure(result: unknown): boolean {
  return typeof result === 'object' && result !== null && 'success' in result && result.success === false;
}
