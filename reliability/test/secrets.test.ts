import { encodeFrame, Opcode } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'
import { quiet } from '../runs/quiet.js'
import { PREFIX, SECRETS, SecretCounter, secretive } from '../secrets.js'
import { transportNames } from '../server/transports.js'
import { FAULTS } from './faults.js'
import { type Started, start } from './started.js'

describe.each(transportNames)('%s, with the default logger', (transport) => {
  it('prints errors, and never a token, a query string, a cookie, a payload or a reason', async (context) => {
    const server = await start(transport, 'unobserved', context)
    for (const fault of Object.keys(FAULTS)) await converse(server, fault)
    for (const broken of BROKEN) await misbehave(server, broken)
    for (const headers of MALFORMED) await refused(server, headers)
    await quiet(server.child)
    server.child.signal('SIGTERM')
    expect(await server.child.exited).toEqual({ code: 0, signal: null })

    const { output } = server.child
    // Each of these has been printed, or nothing was proved.
    for (const code of ['MIDDLEWARE', 'HANDLER', 'LISTENER', 'RELEASE', 'VIOLATION', 'NEXT_MISSING'])
      expect(output).toContain(`LINKSPAN_${code}`)
    expect(output).not.toContain(PREFIX)
    expect(output).not.toContain('token=')
  })
})

it('a secret is found, also where it comes in pieces', () => {
  const counter = new SecretCounter()
  counter.push(`a line, ${PREFIX.slice(0, 5)}`)
  expect(counter.count).toBe(0)
  counter.push(`${PREFIX.slice(5)}-query, and ${PREFIX}`)
  counter.push('-cookie')
  expect(counter.count).toBe(2)
})

/** One client that asks for a fault, says a secret as text, as JSON that is none and as bytes, and leaves with one. */
async function converse({ host }: Started, fault: string): Promise<void> {
  const answer = await host.connect(secretive({ fault })).answer
  if (!answer.upgraded) return
  const { peer } = answer
  peer.send(`{"password":"${SECRETS.payload}"`)
  peer.send(new TextEncoder().encode(SECRETS.payload))
  await peer.next().catch(() => undefined)
  peer.close(4999, SECRETS.reason)
  await peer.closed
}

const BROKEN = [
  encodeFrame({ opcode: Opcode.text, payload: SECRETS.payload, rsv: 4 }),
  encodeFrame({ opcode: Opcode.text, payload: new Uint8Array([...Buffer.from(SECRETS.payload), 0xff]) }),
  encodeFrame({ opcode: Opcode.text, payload: SECRETS.payload.repeat(5_000) }),
  encodeFrame({ opcode: Opcode.close, payload: new Uint8Array([3, 237, ...Buffer.from(SECRETS.reason)]) }),
]

async function misbehave({ host }: Started, broken: Uint8Array): Promise<void> {
  const answer = await host.connect(secretive()).answer
  if (!answer.upgraded) throw new Error('the client was refused')
  answer.peer.raw?.(broken)
  await answer.peer.closed
}

const MALFORMED: readonly Readonly<Record<string, string | undefined>>[] = [
  { 'sec-websocket-key': SECRETS.authorization },
  { 'sec-websocket-version': SECRETS.authorization },
  { 'sec-websocket-protocol': `${SECRETS.protocol}, ${SECRETS.protocol}` },
  { host: SECRETS.cookie, Host: SECRETS.cookie },
  { upgrade: SECRETS.query },
]

async function refused({ host }: Started, headers: (typeof MALFORMED)[number]): Promise<void> {
  const request = secretive()
  const answer = await host.connect({ ...request, headers: { ...request.headers, ...headers } }).answer
  expect(answer.upgraded).toBe(false)
}
