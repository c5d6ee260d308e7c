import type { Connection } from '@linkspan/core'
import type { HostileCase, HostileChapter, Setup } from './case.js'
import { byNetwork, parsed } from './outcomes.js'
import type { Scene } from './scene.js'
import { arrives, fin, letIn, open, openGate, reaches, reset, text, upgrade } from './steps.js'

const WHOLE = upgrade()
/** Where a request may break off before the application has heard of it. */
const CUTS: Readonly<Record<string, string>> = {
  'before its first byte': '',
  'within the method': 'GE',
  'within the path': 'GET /ra',
  'within the version': 'GET /raw HTTP/1',
  'within the first line end': 'GET /raw HTTP/1.1\r',
  'after the request line': 'GET /raw HTTP/1.1\r\n',
  'within the name of a header': WHOLE.slice(0, WHOLE.indexOf('Upgr') + 4),
  'within the value of a header': WHOLE.slice(0, WHOLE.indexOf('chat.ex') + 7),
  'between two headers': WHOLE.slice(0, WHOLE.indexOf('Upgrade: ')),
  'before the last line feed': WHOLE.slice(0, -1),
  'before the empty line': WHOLE.slice(0, -2),
}

/** Clients that go away, at every moment from the first byte to the first message. */
export const abortCases: HostileChapter = {
  title: 'aborts',
  cases: [
    ...Object.entries(CUTS).flatMap(([where, bytes]) => [
      unheard(`a reset ${where} is the end of it`, bytes, reset, { answered: 'cut' }),
      // A parser may say that something is missing (RFC 9112 §8), or see the line as it stands.
      unheard(
        `a FIN ${where} is the end of it`,
        bytes,
        fin,
        bytes === '' ? { answered: 'cut' } : parsed(400, 'cut', 505),
      ),
    ]),
    ...(['reset', 'fin'] as const).flatMap((way) => {
      const go = way === 'reset' ? reset : fin
      const what = way === 'reset' ? 'a reset' : 'a FIN'
      return [
        while_(
          `${what} while middleware waits aborts it, and what it took is given back`,
          connecting,
          [arrives],
          go,
        ),
        while_(
          `${what} while middleware waits after authenticate() aborts it, and what it took is given back`,
          authenticated,
          [reaches('authenticated')],
          go,
        ),
        while_(
          `${what} after accept() aborts the middleware, and what it took is given back`,
          accepted,
          [arrives, letIn],
          go,
        ),
        {
          row: 1,
          rfc: 'RFC 6455 §7.1.5',
          name: `${what} in the packet after the request is one end at most, before the 101 or after`,
          send: [WHOLE, go, ({ client }) => client.over],
          // Whether the 101 has left by then is a matter of microseconds.
          expect: {
            answered: way === 'reset' ? 'cut' : [101, 'cut'],
            mayBeUnheard: true,
            info: byNetwork,
            handled: [],
          },
        } satisfies HostileCase,
        {
          row: 1,
          rfc: 'RFC 6455 §7.1.5',
          name: `${what} right after the 101 was sent is the end of the network`,
          send: [WHOLE, letIn, go],
          expect: { info: byNetwork, handled: [] },
        } satisfies HostileCase,
        {
          row: 1,
          rfc: 'RFC 6455 §7.1.5',
          name: `${what} within the first frame is the end of the network`,
          send: [open, text('half a frame').subarray(0, 9), go],
          expect: { info: byNetwork, handled: [] },
        } satisfies HostileCase,
        {
          row: 1,
          rfc: 'RFC 6455 §7.1.5',
          name: `${what} after early bytes, while middleware waits, aborts it, and nothing is handled`,
          app: { middleware: connecting },
          send: [
            Buffer.concat([Buffer.from(WHOLE), text('early')]),
            arrives,
            go,
            reaches('closing'),
            openGate,
          ],
          expect: { info: byNetwork, handled: [] },
        } satisfies HostileCase,
      ]
    }),
    {
      row: 9,
      rfc: 'RFC 6455 §7.1.5',
      name: 'a FIN after a message: the message was said, and is handled',
      send: [open, Buffer.concat([text('one'), text('two')]), fin],
      expect: { wire: 'cut', info: byNetwork, handled: ['one', 'two'] },
    },
    {
      row: 1,
      rfc: 'RFC 6455 §7.1.5',
      name: 'fifty resets at once, each while middleware waits, are fifty ends and leave nothing',
      app: { middleware: connecting },
      send: [
        async (scene) => {
          const others = Array.from({ length: 49 }, () => scene.dial())
          await Promise.all(others.map((other) => other.connected))
          for (const client of [...others, scene.client]) client.write(WHOLE)
          await scene.until(() => scene.app.connections.size === 50, 'all have arrived')
          for (const client of [...others, scene.client]) client.reset()
          await scene.until(() => scene.app.stats().gauges.connections.closing === 50, 'all are aborted')
          scene.gate.open()
          await scene.until(() => scene.app.connections.size === 0, 'all have closed')
          scene.notes.splice(
            0,
            Infinity,
            `${scene.record.of('close').length} ends`,
            `${scene.record.of('open').length} opened`,
          )
        },
      ],
      expect: { info: byNetwork, notes: ['50 ends', '0 opened'] },
    },
  ],
}

function unheard(
  name: string,
  bytes: string,
  go: HostileCase['send'][number],
  expect: HostileCase['expect'],
): HostileCase {
  return {
    row: 1,
    rfc: 'RFC 9112 §9.5',
    name,
    send: [bytes, ({ stage }) => stage.until(() => true, 'sent'), go],
    expect,
  }
}

function while_(
  name: string,
  middleware: NonNullable<Setup['middleware']>,
  before: HostileCase['send'],
  go: HostileCase['send'][number],
): HostileCase {
  return {
    row: 1,
    rfc: 'RFC 9112 §9.5',
    name,
    app: { middleware },
    send: [WHOLE, ...before, go, reaches('closing'), openGate],
    expect: {
      info: byNetwork,
      notes: ['aborted', 'a late result', 'unwound', 'released'],
      handled: [],
    },
  }
}

function connecting(scene: Scene): ReturnType<NonNullable<Setup['middleware']>> {
  return async (conn, next) => {
    take(conn, scene)
    try {
      await scene.gate.opened
      scene.notes.push('a late result')
      return await next()
    } finally {
      scene.notes.push('unwound')
    }
  }
}

function authenticated(scene: Scene): ReturnType<NonNullable<Setup['middleware']>> {
  const waits = connecting(scene)
  return (conn, next) => {
    conn.authenticate({ subject: 'ada' })
    return waits(conn, next)
  }
}

function accepted(scene: Scene): ReturnType<NonNullable<Setup['middleware']>> {
  const waits = connecting(scene)
  return async (conn, next) => {
    await conn.accept()
    return waits(conn, next)
  }
}

function take(conn: Connection<unknown>, { notes }: Scene): void {
  conn.defer(() => void notes.push('released'))
  conn.signal.addEventListener('abort', () => void notes.push('aborted'))
}
