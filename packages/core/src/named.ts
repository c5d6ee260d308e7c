/**
 * Gives a function a name that bundlers and minifiers leave as it is: traces and metrics call a middleware by it.
 *
 * @example
 * export const gate = named('gate', (conn: Connection<unknown>, next: Next) => next())
 */
export function named<Named extends (...args: never[]) => unknown>(name: string, call: Named): Named {
  return Object.defineProperty(call, 'name', { value: name })
}
