/**
 * Chooses the subprotocol: the first of ours that the client offers, `''` where there is none (RFC 6455 §4.2.2).
 *
 * @example
 * chooseProtocol(['v2', 'v1'], ['v1', 'v2']) // 'v2'
 */
export function chooseProtocol(ours: readonly string[], offered: readonly string[]): string {
  if (ours.length === 0) return ''
  return ours.find((protocol) => offered.includes(protocol)) ?? ''
}
