import type { CloseInfo, ErrorCode } from '@linkspan/core'
import { Opcode } from '../frame.js'
import { FULL_SUPPORT, type Supports } from '../host.js'
import type { Setup, Step } from './case.js'
import { byNetwork, violation } from './outcomes.js'
import { arrives, closeFrame, fin, frames, letIn, open, reaches, reset, text, upgrade } from './steps.js'

/** Where in its life a connection is raced. */
export type Place = 'connecting' | 'authenticated' | 'accepted' | 'active' | 'handling'
type Info = Partial<Omit<CloseInfo, 'duration'>>

/** When the credentials of everybody here end, in milliseconds after the beginning. */
export const LEASE = 25_000

/** How a connection gets to where it is raced. */
export const WAYS: {
  readonly [S in Place]: { readonly told: string; readonly app: Setup; readonly send: readonly Step[] }
} = {
  connecting: { told: 'connecting', app: { middleware: middleware() }, send: [upgrade(), arrives] },
  authenticated: {
    told: 'authenticated',
    app: { middleware: middleware('authenticate') },
    send: [upgrade(), reaches('authenticated')],
  },
  accepted: {
    told: 'let in and still connecting',
    app: { middleware: middleware('accept') },
    send: [upgrade(), arrives, letIn],
  },
  active: { told: 'active', app: { middleware: middleware('authenticate', 'go on') }, send: [open] },
  handling: {
    told: 'active and handling',
    app: {
      middleware: middleware('authenticate', 'go on'),
      handler: (scene) => async () => {
        await scene.gate.opened
        if (scene.notes.includes('fail')) throw new Error('inner workings')
      },
    },
    send: [
      open,
      text('work'),
      ({ until, handled }) => until(() => handled.length === 1, 'the handler works'),
    ],
  },
}

/** Something that ends a connection, if it comes first. */
export interface Racer {
  readonly told: string
  readonly act: Step
  /** What it means to the application; `undefined` where it does not matter in that state. */
  readonly means: (place: Place, supports: Supports) => Info | undefined
  /** The status of who was not let in yet. Default: none, the socket ends. */
  readonly status?: number
  /** The `error` that it is, where it matters. Default: none. */
  readonly error?: ErrorCode
  /** Whether it is done when its call returns; otherwise the server has to notice first. */
  readonly atOnce?: true
  /** Whether it comes from the client. */
  readonly sent?: true
}

export const onTheWire = (place: Place): boolean => place !== 'connecting' && place !== 'authenticated'
const ours = (code: number, reason: string, place: Place): Info => ({
  code,
  reason,
  by: 'server',
  wireCode: onTheWire(place) ? code : undefined,
})

export const RACERS: readonly Racer[] = [
  {
    told: 'close()',
    status: 401,
    act: ({ conn }) => conn.close(4001, 'ours'),
    means: (place) => ours(4001, 'ours', place),
    atOnce: true,
  },
  {
    told: 'terminate()',
    status: 503,
    act: ({ conn }) => conn.terminate(),
    means: () => ({ code: 1006, reason: '', by: 'server', clean: false, wireCode: undefined }),
    atOnce: true,
  },
  {
    told: 'disconnect()',
    status: 403,
    act: ({ app, conn }) => void app.disconnect(conn as never, { code: 4000, reason: 'away' }),
    means: (place) => ours(4000, 'away', place),
    atOnce: true,
  },
  {
    told: 'drain()',
    status: 503,
    act: ({ app }) => void app.drain(),
    means: (place) => ours(1012, 'restarting', place),
    atOnce: true,
  },
  {
    told: 'the deadline of the handshake',
    status: 503,
    act: ({ stage }) => stage.clock.advance(3_000),
    means: (place) =>
      place === 'active' || place === 'handling'
        ? undefined
        : ours(1013, 'the handshake took too long', place),
  },
  {
    told: 'a middleware that refuses',
    status: 402,
    act: ({ gate, notes }) => {
      notes.push('refuse')
      gate.open()
    },
    means: (place) => (place === 'active' || place === 'handling' ? undefined : ours(1008, 'no', place)),
  },
  {
    told: 'a handler that throws',
    error: 'LINKSPAN_HANDLER',
    act: ({ gate, notes }) => {
      notes.push('fail')
      gate.open()
    },
    means: (place) => (place === 'handling' ? ours(1011, '', place) : undefined),
  },
  {
    told: 'the end of its credentials',
    act: ({ stage }) => stage.clock.advance(LEASE),
    // Of those who wait, the handshake's deadline comes long before.
    means: (place) =>
      place === 'active' || place === 'handling' ? ours(4200, 'credentials expired', place) : undefined,
  },
  {
    told: 'a close frame',
    act: ({ client }) => client.write(closeFrame(4002, 'theirs')),
    means: (place) =>
      onTheWire(place) ? { code: 4002, reason: 'theirs', by: 'peer', wireCode: 4002 } : undefined,
    sent: true,
  },
  {
    told: 'a violation',
    error: 'LINKSPAN_VIOLATION',
    act: ({ client }) => client.write(frames({ opcode: 3, payload: 'x' })),
    means: (place, supports) => (onTheWire(place) ? violation(1002)(supports).info : undefined),
    sent: true,
  },
  { told: 'a FIN', act: fin, means: () => byNetwork, sent: true },
  { told: 'a reset', act: reset, means: () => byNetwork, sent: true },
]

/** What only disturbs: it ends nothing of itself. */
export const DISTURBERS: Readonly<Record<string, Step>> = {
  'a message': ({ client }) => client.write(text('late')),
  'a ping': ({ client }) => client.write(frames({ opcode: Opcode.ping })),
  'half a frame': ({ client }) => client.write(text('half a frame').subarray(0, 7)),
  'send()': ({ conn }) => conn.send('late'),
  'join()': ({ conn }) => conn.join('lobby'),
  'authenticate()': ({ conn }) => conn.authenticate({ subject: 'ada' }),
  'renew()': ({ conn }) => conn.renew({ subject: 'ada' }),
  'accept()': ({ conn }) => conn.accept(),
  'the end of the pipeline': ({ gate }) => gate.open(),
  'every deadline': ({ stage }) => stage.clock.advance(20_000),
}

/** Those that matter in a place. */
export function racersIn(place: Place): Racer[] {
  return RACERS.filter(({ means }) => means(place, FULL_SUPPORT) !== undefined)
}

/** Waits for the gate, unless it goes on; refuses where that was asked for. */
export function middleware(
  ...does: readonly ('authenticate' | 'accept' | 'go on')[]
): NonNullable<Setup['middleware']> {
  return ({ gate, notes, stage }) =>
    async (conn, next) => {
      conn.defer(() => {})
      if (does.includes('accept')) await conn.accept()
      if (does.includes('authenticate')) {
        conn.authenticate({ subject: 'ada', expiresAt: stage.clock.now() + LEASE })
      }
      if (does.includes('go on')) return next()
      await gate.opened
      if (notes.includes('refuse')) return conn.reject({ status: 402, reason: 'no' })
      return next()
    }
}
