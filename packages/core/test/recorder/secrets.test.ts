import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { Linkspan } from '../../src/app.js'
import type { Connection } from '../../src/connection.js'
import type { LinkspanOptions } from '../../src/options.js'
import { ProtocolViolation } from '../../src/ports/transport.js'
import type { FakeHandshake } from '../fake.js'
import { recorded } from './recorded.js'

/** What must be in no recording, wherever a client, or what it made fail, has put it. */
const PREFIX = 'hunter2'
const PLANTED = {
  path: `${PREFIX}-path`,
  query: `${PREFIX}-query`,
  cookie: `${PREFIX}-cookie`,
  header: `${PREFIX}-header`,
  protocol: `${PREFIX}-protocol`,
  param: `${PREFIX}-param`,
  address: `${PREFIX}-address`,
  subject: `${PREFIX}-subject`,
  payload: `${PREFIX}-payload`,
  topic: `${PREFIX}-topic`,
  error: `${PREFIX}-error`,
  reason: `${PREFIX}-reason`,
} as const

const REQUEST = {
  url: `/chat/${PLANTED.path}?token=${PLANTED.query}`,
  headers: {
    host: 'here',
    origin: `https://${PLANTED.header}.example`,
    cookie: `session=${PLANTED.cookie}`,
    authorization: `Bearer ${PLANTED.header}`,
    'sec-websocket-protocol': `chat, ${PLANTED.protocol}`,
  },
  params: { room: PLANTED.param },
  address: PLANTED.address,
}

/** What the application has seen of it, so that nothing is looked for that was never there. */
class Witness {
  readonly #seen = new Set<string>()

  /** Writes down what is planted in something. */
  saw(what: unknown): void {
    const text = inspect(what, { depth: 9 })
    for (const [place, secret] of Object.entries(PLANTED)) if (text.includes(secret)) this.#seen.add(place)
  }

  get all(): readonly string[] {
    return [...this.#seen]
  }
}

function build(app: Linkspan<unknown>, witness: Witness): void {
  app
    .topics(`${PLANTED.topic}*`, { join: () => false })
    .use(async function profile(conn, next) {
      const { request } = conn
      witness.saw([request.path, [...request.query], request.headers, request.params, request.address])
      conn.authenticate({
        subject: PLANTED.subject,
        tenant: PLANTED.subject,
        claims: { token: PLANTED.header },
      })
      if (request.query.has('fail')) throw new Error(PLANTED.error)
      return next({ token: request.query.get('token') })
    })
    .message((conn, message) => {
      const text = message.text()
      witness.saw(text)
      conn.send(`you said ${text}`)
      conn.send(message)
      if (text.startsWith('join')) conn.join(`${PLANTED.topic}-${text}`)
      else if (text.startsWith('throw')) throw new Error(PLANTED.error)
      else if (text.startsWith('JSON')) message.json()
    })
  app.on('error', (error) => witness.saw(error))
  app.on('close', (_conn, info) => witness.saw(info))
  app.on('access', (_conn, access) => witness.saw(access))
}

interface Life {
  readonly url?: string
  readonly options?: LinkspanOptions
  readonly says?: readonly (string | Uint8Array)[]
  readonly act?: (handshake: FakeHandshake, conn: Connection<unknown>) => unknown
  /** What it is that this one plants beside the others. */
  readonly plants?: keyof typeof PLANTED
}

const LIVES: Readonly<Record<string, Life>> = {
  'a connection that lives': {},
  'a peer that closes': {
    act: ({ transport }) => transport.closed(4321, PLANTED.reason),
    plants: 'reason',
  },
  'a peer that closes with a code of ours': {
    act: ({ transport }) => transport.closed(1011, PLANTED.reason),
    plants: 'reason',
  },
  'a peer that answers our close frame in its own words': {
    act: ({ transport }, conn) => {
      conn.close(4001, 'revoked')
      transport.closed(4001, PLANTED.reason)
    },
  },
  'a violation': {
    act: ({ transport }) => transport.closed(1006, PLANTED.reason, new ProtocolViolation(1007, true)),
  },
  'a network that breaks': {
    act: ({ transport }) => transport.closed(1006, '', new Error(PLANTED.error)),
  },
  'an origin that may not connect': { options: { origin: ['https://app.example'] } },
  'a middleware that throws': { url: `${REQUEST.url}&fail=1`, plants: 'error' },
  'a handler that throws': { says: [`throw ${PLANTED.payload}`], plants: 'error' },
  'a handler that parses': { says: [`JSON ${PLANTED.payload}`] },
  'a topic that is not allowed': { says: [`join ${PLANTED.payload}`], plants: 'topic' },
  'a slow consumer': {
    options: { outbox: { bytes: 10 } },
    act: ({ transport }, conn) => {
      transport.answer = 'queued'
      transport.bufferedAmount = 10
      for (let left = 3; left > 0; left -= 1) conn.send(PLANTED.payload)
    },
  },
}

describe('nothing that is a secret is in a recording, or in what is made of it', () => {
  it.each(Object.entries(LIVES))('%s', async (_name, { url, options, says = [], act, plants }) => {
    const witness = new Witness()
    const bench = recorded({ protocols: ['chat'], ...options })
    build(bench.app as unknown as Linkspan<unknown>, witness)
    let arrived: Connection<never> | undefined
    bench.app.observe({
      watch: (conn) => {
        arrived = conn
        return undefined
      },
    })
    const handshake = bench.arrive({ ...REQUEST, ...(url === undefined ? {} : { url }) })
    await bench.clock.advance(1)
    const conn = arrived as unknown as Connection<unknown>
    const active = conn.state === 'active'
    if (active) {
      for (const text of [PLANTED.payload, new TextEncoder().encode(PLANTED.payload), ...says]) {
        handshake.transport.receive(text)
        await bench.clock.advance(1)
      }
      await act?.(handshake, conn)
    }
    await bench.clock.advance(1)

    const shown = (): string => {
      const explanation = bench.app.explain(conn.id)
      const recording = bench.app.recording(conn.id)
      expect(recording?.entries.length).toBeGreaterThan(0)
      return JSON.stringify([explanation, recording]) + inspect(recording, { depth: 9 }) + String(explanation)
    }
    expect(shown()).not.toContain(PREFIX)
    await bench.clock.advance(60_000)
    expect(shown()).not.toContain(PREFIX)
    if (options?.origin === undefined) {
      expect(witness.all).toEqual(
        expect.arrayContaining(['path', 'query', 'cookie', 'header', 'protocol', 'param']),
      )
      expect(witness.all).toContain('address')
    }
    if (active) expect(witness.all).toContain('payload')
    if (plants !== undefined) expect(witness.all).toContain(plants)
  })

  it('nor where a connection is not recorded', async () => {
    const bench = recorded({}, { sample: 0 })
    build(bench.app as unknown as Linkspan<unknown>, new Witness())
    const { conn, transport } = await bench.connect(REQUEST)
    transport.receive(PLANTED.payload)
    await bench.clock.advance(1)
    const explanation = bench.app.explain(conn.id)
    expect(explanation.sentence).toContain('it is not recorded')
    expect(JSON.stringify(explanation) + String(explanation)).not.toContain(PREFIX)
  })
})
