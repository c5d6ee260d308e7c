import { type CloseInfo, LinkspanError } from '@linkspan/core'
import { Opcode } from '../frame.js'
import { FULL_SUPPORT, type Supports } from '../host.js'
import type { HostileCase, HostileChapter, Outcome, Setup, Step } from './case.js'
import { byNetwork, violation } from './outcomes.js'
import type { Scene } from './scene.js'
import {
  arrives,
  closeFrame,
  fin,
  frames,
  impolite,
  letIn,
  open,
  reaches,
  reset,
  text,
  upgrade,
} from './steps.js'

type Stage = 'connecting' | 'authenticated' | 'accepted' | 'active' | 'handling'
type Info = Partial<Omit<CloseInfo, 'duration'>>

/** When the credentials of everybody here end, in milliseconds after the beginning. */
const LEASE = 120_000

/** How a connection gets to where it is raced. */
const WAYS: {
  readonly [S in Stage]: { readonly told: string; readonly app: Setup; readonly send: readonly Step[] }
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
interface Racer {
  readonly told: string
  readonly act: Step
  /** What it means to the application; `undefined` where it does not matter in that state. */
  readonly means: (stage: Stage, supports: Supports) => Info | undefined
  /** Whether it is done when its call returns; otherwise the server has to notice first. */
  readonly atOnce?: true
  /** Whether it comes from the client. */
  readonly sent?: true
}

const onTheWire = (stage: Stage): boolean => stage !== 'connecting' && stage !== 'authenticated'
const ours = (code: number, reason: string, stage: Stage): Info => ({
  code,
  reason,
  by: 'server',
  wireCode: onTheWire(stage) ? code : undefined,
})

const RACERS: readonly Racer[] = [
  {
    told: 'close()',
    act: ({ conn }) => conn.close(4001, 'ours'),
    means: (stage) => ours(4001, 'ours', stage),
    atOnce: true,
  },
  {
    told: 'terminate()',
    act: ({ conn }) => conn.terminate(),
    means: () => ({ code: 1006, reason: '', by: 'server', clean: false, wireCode: undefined }),
    atOnce: true,
  },
  {
    told: 'disconnect()',
    act: ({ app, conn }) => void app.disconnect(conn as never, { code: 4000, reason: 'away' }),
    means: (stage) => ours(4000, 'away', stage),
    atOnce: true,
  },
  {
    told: 'drain()',
    act: ({ app }) => void app.drain(),
    means: (stage) => ours(1012, 'restarting', stage),
    atOnce: true,
  },
  {
    told: 'the deadline of the handshake',
    act: ({ stage }) => stage.clock.advance(3_000),
    means: (stage) =>
      stage === 'active' || stage === 'handling'
        ? undefined
        : ours(1013, 'the handshake took too long', stage),
  },
  {
    told: 'a middleware that refuses',
    act: ({ gate, notes }) => {
      notes.push('refuse')
      gate.open()
    },
    means: (stage) => (stage === 'active' || stage === 'handling' ? undefined : ours(1008, 'no', stage)),
  },
  {
    told: 'a handler that throws',
    act: ({ gate, notes }) => {
      notes.push('fail')
      gate.open()
    },
    means: (stage) => (stage === 'handling' ? ours(1011, '', stage) : undefined),
  },
  {
    told: 'the end of its credentials',
    act: ({ stage }) => stage.clock.advance(LEASE),
    // Of those who wait, the handshake's deadline comes long before.
    means: (stage) =>
      stage === 'active' || stage === 'handling' ? ours(4200, 'credentials expired', stage) : undefined,
  },
  {
    told: 'a close frame',
    act: ({ client }) => client.write(closeFrame(4002, 'theirs')),
    means: (stage) =>
      onTheWire(stage) ? { code: 4002, reason: 'theirs', by: 'peer', wireCode: 4002 } : undefined,
    sent: true,
  },
  {
    told: 'a violation',
    act: ({ client }) => client.write(frames({ opcode: 3, payload: 'x' })),
    means: (stage, supports) => (onTheWire(stage) ? violation(1002)(supports).info : undefined),
    sent: true,
  },
  { told: 'a FIN', act: fin, means: () => byNetwork, sent: true },
  { told: 'a reset', act: reset, means: () => byNetwork, sent: true },
]

/** What only disturbs: it ends nothing, whether it comes first or last. */
const DISTURBERS: Readonly<Record<string, Step>> = {
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

/** Every pair of events that race for the end of a connection, in every state that the wire can reach. */
export const raceCases: HostileChapter = {
  title: 'races',
  cases: [
    ...(Object.keys(WAYS) as Stage[]).flatMap((stage) =>
      racersIn(stage).flatMap((first) => [
        ...racersIn(stage).map((second) => race(stage, first, second.told, second.act)),
        ...Object.entries(DISTURBERS).map(([told, act]) => race(stage, first, told, act)),
      ]),
    ),
    ...(Object.keys(WAYS) as Stage[]).flatMap((stage) =>
      racersIn(stage)
        .filter(({ sent }) => sent)
        .flatMap((wire) =>
          racersIn(stage)
            .filter(({ atOnce }) => atOnce)
            .map((server) => crossing(stage, wire, server)),
        ),
    ),
    ...[...RACERS.map(({ told, act }) => [told, act] as const), ...Object.entries(DISTURBERS)].map(
      ([told, act]): HostileCase => ({
        row: 30,
        rfc: 'RFC 6455 §7.1.4',
        name: `closing, and waiting for an answer: ${told} changes nothing about why it ended`,
        needs: ['closeAnswer'],
        app: { middleware: middleware('authenticate', 'go on') },
        send: [open, impolite, ({ conn }) => conn.close(4321, 'first'), attempted(act), settles],
        expect: { info: { code: 4321, reason: 'first', by: 'server', wireCode: 4321 }, errors: 'any' },
        ...(told === 'drain()' ? { afterwards: 503 } : {}),
      }),
    ),
  ],
}

function racersIn(stage: Stage): Racer[] {
  return RACERS.filter(({ means }) => means(stage, FULL_SUPPORT) !== undefined)
}

/** One after the other: the first says why it ended. */
function race(stage: Stage, first: Racer, told: string, second: Step): HostileCase {
  const { app, send, told: where } = WAYS[stage]
  return {
    row: 30,
    rfc: 'RFC 6455 §7.1.4',
    name: `${where}: ${first.told}, then ${told}: the first says why it ended`,
    app,
    send: [...send, first.act, ...(first.atOnce ? [] : [reaches('closing')]), attempted(second), settles],
    expect: (supports) => outcome(first, stage, supports),
    ...(first.told === 'drain()' || told === 'drain()' ? { afterwards: 503 } : {}),
  }
}

/** Both at once: what is still on its way comes second. */
function crossing(stage: Stage, wire: Racer, server: Racer): HostileCase {
  const { app, send, told: where } = WAYS[stage]
  return {
    row: 30,
    rfc: 'RFC 6455 §7.1.4',
    name: `${where}: ${wire.told} that is on its way when ${server.told} comes: the server says why it ended`,
    app,
    send: [...send, wire.act, server.act, settles],
    expect: (supports) => outcome(server, stage, supports),
    ...(server.told === 'drain()' ? { afterwards: 503 } : {}),
  }
}

function outcome(racer: Racer, stage: Stage, supports: Supports): Outcome {
  return { info: racer.means(stage, supports) ?? {}, errors: 'any' }
}

/** Does it; what it says no to is documented. */
function attempted(step: Step): Step {
  return async (scene) => {
    try {
      if (typeof step === 'function') await step(scene)
    } catch (thrown) {
      if (!(thrown instanceof LinkspanError)) throw thrown
    }
  }
}

/** Lets go of everything that waits, and lets every deadline pass. */
async function settles({ gate, stage, reaches }: Scene): Promise<void> {
  await new Promise(setImmediate)
  gate.open()
  await new Promise(setImmediate)
  await stage.clock.advance(20_000)
  await reaches('closed')
}

/** Waits for the gate, unless it goes on; refuses where that was asked for. */
function middleware(
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
