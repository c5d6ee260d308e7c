import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JWK } from 'jose'
import { onTestFinished } from 'vitest'

/** An issuer's endpoint for its public keys, on 127.0.0.1 until the test has ended. */
export interface KeyServer {
  readonly url: string
  /** What it publishes. */
  keys: readonly JWK[]
  /** Answers instead of it. */
  answer: ((res: ServerResponse, req: IncomingMessage) => void) | undefined
  /** Requests so far. */
  readonly requests: number
  /** Resolves when there has been one more request than when it was asked. */
  asked(): Promise<void>
  /** Stops listening. */
  stop(): Promise<void>
}

export async function keyServer(...keys: JWK[]): Promise<KeyServer> {
  let requests = 0
  let wake = [] as (() => void)[]
  const server = createServer((req, res) => {
    requests += 1
    if (issuer.answer !== undefined) issuer.answer(res, req)
    else {
      res.setHeader('content-type', 'application/jwk-set+json')
      res.end(JSON.stringify({ keys: issuer.keys }))
    }
    for (const resolve of wake) resolve()
    wake = []
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  onTestFinished(stop)
  const issuer: KeyServer = {
    url: `http://127.0.0.1:${port}/.well-known/jwks.json`,
    keys,
    answer: undefined,
    get requests() {
      return requests
    },
    asked: () => new Promise((resolve) => wake.push(resolve)),
    stop,
  }
  return issuer
}
