import { type ErrorCode, LinkspanError } from '@linkspan/core'
import type { Supports } from '../host.js'
import type { HostileCase, HostileChapter, Outcome, Step } from './case.js'
import { byServer } from './outcomes.js'
import {
  DISTURBERS,
  LEASE,
  middleware,
  onTheWire,
  type Place,
  RACERS,
  type Racer,
  racersIn,
  WAYS,
} from './racers.js'
import type { Scene } from './scene.js'
import { advance, impolite, open, text } from './steps.js'

const PLACES = Object.keys(WAYS) as Place[]
/** Who cuts the socket. */
const CUTS = ['terminate()', 'a reset']
/** What lets more time pass than a release may take. */
const OUTLAST = ['every deadline', 'the end of its credentials']
/** What ends a socket that has only been told to close. */
const QUICK = [...OUTLAST, 'a close frame', 'a violation', 'a FIN']
/** Of those that disturb, what comes first without making another race of it. */
const DISTURBS_FIRST = ['a message', 'a ping', 'send()', 'join()', 'authenticate()']

/** Every pair of events that race for the end of a connection, in every state that the wire can reach. */
export const raceCases: HostileChapter = {
  title: 'races',
  cases: [
    ...PLACES.flatMap((place) =>
      racersIn(place).flatMap((first) => [
        ...racersIn(place).map((second) => race(place, first, second.told, second.act)),
        ...Object.entries(DISTURBERS).map(([told, act]) => race(place, first, told, act)),
      ]),
    ),
    ...PLACES.flatMap((place) =>
      disturbersIn(place).flatMap((told) => racersIn(place).map((racer) => disturbed(place, told, racer))),
    ),
    ...PLACES.flatMap((place) =>
      racersIn(place)
        .filter(({ sent }) => sent)
        .flatMap((wire) =>
          racersIn(place)
            .filter(({ atOnce }) => atOnce)
            .map((server) => crossing(place, wire, server)),
        ),
    ),
    ...[...RACERS.map(({ told, act }) => [told, act] as const), ...Object.entries(DISTURBERS)].map(
      ([told, act]): HostileCase => ({
        row: 30,
        rfc: 'RFC 6455 §7.1.4',
        name: `closing, and waiting for an answer: ${told} changes nothing about why it ended`,
        needs: ['closeAnswer'],
        app: { middleware: middleware('authenticate', 'go on') },
        send: [
          open,
          impolite,
          ({ conn }) => conn.close(4321, 'first'),
          ({ client, until }) => until(() => client.close !== undefined, 'our close frame'),
          attempted(act),
          settles,
          ({ client, notes }) => void notes.push(JSON.stringify(client.close)),
        ],
        expect: {
          info: { code: 4321, reason: 'first', by: 'server', wireCode: 4321 },
          errorsAmong: errorsOf(told),
          notes: [...notedBy(told), '{"code":4321,"reason":"first"}'],
        },
        ...refusedAfter(told),
      }),
    ),
    {
      row: 30,
      rfc: 'RFC 6455 §7.4.2',
      name: 'active: renew() in the last millisecond, then the end of what were its credentials: it lives',
      app: { middleware: middleware('authenticate', 'go on') },
      send: [open, advance(LEASE - 1), renewed, advance(1), text('still here')],
      expect: { echoes: ['still here'] },
    },
    {
      row: 30,
      rfc: 'RFC 6455 §7.4.2',
      name: 'active: renew() in the last millisecond, then the end of its new credentials: closed with 4200',
      app: { middleware: middleware('authenticate', 'go on') },
      send: [open, advance(LEASE - 1), renewed, advance(LEASE)],
      expect: (supports) => ({ wire: 4200, info: byServer(4200, 'credentials expired', true)(supports) }),
    },
  ],
}

function disturbersIn(place: Place): string[] {
  return DISTURBS_FIRST.filter((told) => onTheWire(place) || told.endsWith(')'))
}

/** One after the other: the first says why it ended. */
function race(place: Place, first: Racer, told: string, second: Step): HostileCase {
  const { app, send, told: where } = WAYS[place]
  return {
    row: 30,
    rfc: 'RFC 6455 §7.1.4',
    name: `${where}: ${first.told}, then ${told}: the first says why it ended`,
    app,
    send: [...send, first.act, ...noticed(first), attempted(second), settles],
    expect: (supports) => outcome(first, place, supports, told),
    ...refusedAfter(first.told, told),
  }
}

/** One that ends nothing comes first. */
function disturbed(place: Place, told: string, racer: Racer): HostileCase {
  const { app, send, told: where } = WAYS[place]
  return {
    row: 30,
    rfc: 'RFC 6455 §7.1.4',
    name: `${where}: ${told}, then ${racer.told}: the latter says why it ended`,
    app,
    send: [...send, attempted(DISTURBERS[told] as Step), racer.act, ...noticed(racer), settles],
    expect: (supports) => outcome(racer, place, supports, told),
    ...refusedAfter(racer.told),
  }
}

/** Both at once: what is still on its way comes second. */
function crossing(place: Place, wire: Racer, server: Racer): HostileCase {
  const { app, send, told: where } = WAYS[place]
  return {
    row: 30,
    rfc: 'RFC 6455 §7.1.4',
    name: `${where}: ${wire.told} that is on its way when ${server.told} comes: the server says why it ended`,
    app,
    send: [...send, wire.act, server.act, settles],
    expect: (supports) => outcome(server, place, supports, wire.told),
    ...refusedAfter(server.told),
  }
}

function noticed({ atOnce }: Racer): Step[] {
  return atOnce ? [] : [({ reaches }) => reaches('closing')]
}

/** An application that drains lets nobody in afterwards. */
function refusedAfter(...told: readonly string[]): Pick<HostileCase, 'afterwards'> {
  return told.includes('drain()') ? { afterwards: 503 } : {}
}

/** What the racers write down. */
function notedBy(told: string): string[] {
  return told === 'a middleware that refuses' ? ['refuse'] : told === 'a handler that throws' ? ['fail'] : []
}

/** What the loser of a race reports is its own affair: a violation is one, even when all is over. */
function outcome(racer: Racer, place: Place, supports: Supports, loser?: string): Outcome {
  const info = racer.means(place, supports) ?? {}
  const errorsAmong = errorsOf(racer.told, loser)
  return { ...seen(racer, place, info, supports, loser), info, errorsAmong }
}

/** What the client sees of who was first; a socket that is cut takes with it what had not arrived. */
function seen(
  { told, status }: Racer,
  place: Place,
  { by, wireCode }: NonNullable<Outcome['info']>,
  { closeAnswer }: Supports,
  loser = '',
): Pick<Outcome, 'answered' | 'wire'> {
  if (!onTheWire(place)) {
    if (status === undefined) return { answered: 'cut' }
    return { answered: loser === 'a reset' ? [status, 'cut'] : status }
  }
  if (wireCode === undefined) return { wire: 'cut' }
  const cut = CUTS.includes(loser) || CUTS.includes(told)
  if (cut) return { wire: [wireCode, 'cut'] }
  // Nor is it known whether our close frame has left: what comes in the same turn may be quicker.
  if (closeAnswer || by !== 'server' || !QUICK.includes(loser)) return { wire: wireCode }
  return { wire: [wireCode, loser === 'a close frame' ? 4002 : 'cut'] }
}

/** What these may be told of as. */
function errorsOf(...told: readonly (string | undefined)[]): ErrorCode[] {
  return [
    ...RACERS.flatMap((racer) =>
      racer.error !== undefined && told.includes(racer.told) ? [racer.error] : [],
    ),
    // Whoever waits for the gate has waited for too long.
    ...(OUTLAST.some((each) => told.includes(each)) ? (['LINKSPAN_RELEASE_TIMEOUT'] as const) : []),
  ]
}

function renewed({ conn, stage }: Scene): void {
  conn.renew({ subject: 'ada', expiresAt: stage.clock.now() + LEASE })
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
