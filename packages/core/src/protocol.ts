const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Whether these can be subprotocols: distinct tokens (RFC 6455 §4.1, RFC 9110 §5.6.2). */
export function isProtocolList(items: readonly string[]): boolean {
  return items.every(isToken) && new Set(items).size === items.length
}

/** Whether a text is a token (RFC 9110 §5.6.2): the name of a header or of a subprotocol. */
export function isToken(text: string): boolean {
  return TOKEN.test(text)
}

/**
 * Chooses the subprotocol: the first of ours that the client offers, `''` where there is none (RFC 6455 §4.2.2).
 *
 * @example
 * chooseProtocol(['v2', 'v1'], ['v1', 'v2']) // 'v2'
 */
export function chooseProtocol(ours: readonly string[], offered: readonly string[]): string {
  return ours.find((protocol) => offered.includes(protocol)) ?? ''
}
