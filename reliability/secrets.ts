import type { ConnectOptions } from '@linkspan/testing'

/** What every planted secret begins with. In two parts, so that no listing of this source is taken for a leak. */
export const PREFIX: string = ['planted', 'secret'].join('-')

/** What a client knows that no output may show: credentials in every place where clients put them. */
export const SECRETS = {
  query: `${PREFIX}-query-4f1d`,
  authorization: `${PREFIX}-authorization-9b3a`,
  cookie: `${PREFIX}-cookie-07ce`,
  protocol: `${PREFIX}-protocol-51e8`,
  payload: `${PREFIX}-payload-c26b`,
  reason: `${PREFIX}-reason-8d90`,
} as const

/** A request that carries a secret wherever one can stand. */
export function secretive(query: Readonly<Record<string, string>> = {}): ConnectOptions {
  const search = new URLSearchParams({ ...query, token: SECRETS.query })
  return {
    path: `/chat?${search}`,
    headers: {
      authorization: `Bearer ${SECRETS.authorization}`,
      cookie: `session=${SECRETS.cookie}`,
      'x-api-key': SECRETS.authorization,
    },
    protocols: ['chat', SECRETS.protocol],
  }
}

/** How often a planted secret stands in a text. */
export function countSecrets(text: string): number {
  return text.split(PREFIX).length - 1
}

/** Counts the planted secrets in a text that comes in pieces, also those that stand across two. */
export class SecretCounter {
  count = 0
  #tail = ''

  push(piece: string): void {
    const text = this.#tail + piece
    this.count += countSecrets(text)
    this.#tail = text.slice(-(PREFIX.length - 1))
  }
}
