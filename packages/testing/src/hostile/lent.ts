import type { Message } from '@linkspan/core'
import { Opcode } from '../frame.js'
import type { Supports } from '../host.js'
import type { HostileCase, HostileChapter, Outcome, Setup, Step } from './case.js'
import { byNetwork, byPeer, byServer } from './outcomes.js'
import type { Scene } from './scene.js'
import {
  advance,
  arrives,
  closeFrame,
  fin,
  frames,
  KEY,
  open,
  openGate,
  reset,
  SECRET,
  server,
  text,
  upgrade,
} from './steps.js'

const URL_ASKED = `/raw/%C3%BC?token=${SECRET}&a=1&a=2`

/** Reads the request long after it came: a native one may be gone by then. */
const READS_LATE: Setup = {
  middleware:
    ({ gate, notes }) =>
    async (conn, next) => {
      await gate.opened
      notes.push(...asked(conn.request))
      return next()
    },
}

/** What a native server only lends, and what it forbids to touch: none of it is reachable through an adapter. */
export const lentCases: HostileChapter = {
  title: 'lent by the server',
  cases: [
    {
      row: 38,
      rfc: 'RFC 6455 §4.2.1',
      name: 'the request that middleware reads after it has waited is the one that came',
      app: READS_LATE,
      send: [
        upgrade({ url: URL_ASKED, headers: { 'X-Asked': 'yes' } }),
        arrives,
        // Another request may take the place of the first one in the server's memory.
        async ({ served }) =>
          void (await served.connect({ path: '/well-behaved', headers: { 'x-asked': 'no' } })).close(1000),
        advance(100),
        openGate,
        ({ reaches }) => reaches('active'),
        text('hello'),
      ],
      expect: {
        status: 101,
        echoes: ['hello'],
        notes: [URL_ASKED, '/raw/%C3%BC', '1,2', 'yes', KEY, '127.0.0.1'],
      },
    },
    {
      row: 38,
      rfc: 'RFC 6455 §4.2.1',
      name: 'the request of a connection that has closed is still the one that came',
      send: [
        upgrade({ url: URL_ASKED, headers: { 'X-Asked': 'yes' } }),
        ({ reaches }) => reaches('active'),
        reset,
        ({ reaches }) => reaches('closed'),
        ({ conn, notes }) => void notes.push(...asked(conn.request)),
      ],
      expect: { info: byNetwork, notes: [URL_ASKED, '/raw/%C3%BC', '1,2', 'yes', KEY, '127.0.0.1'] },
    },
    ...Object.entries({ text: Opcode.text, binary: Opcode.binary }).flatMap(([kind, opcode]) => [
      kept(
        `a ${kind} message that is kept is what it was, whatever came after it`,
        opcode,
        ({ notes }, messages) => {
          notes.push(messages.map((message) => Buffer.from(message.bytes()).toString().slice(0, 3)).join())
        },
      ),
      kept(
        `a ${kind} message that is kept is what it was, after its connection has closed`,
        opcode,
        async (scene, messages) => {
          scene.conn.terminate()
          await scene.reaches('closed')
          scene.notes.push(messages.map((message) => message.text().slice(0, 3)).join())
        },
        { ...byNetwork, by: 'server' },
      ),
    ]),
    {
      row: 38,
      rfc: 'RFC 6455 §5.6',
      name: 'messages that are sent on after the handler has waited arrive as they were',
      app: {
        handler:
          ({ gate }) =>
          async (conn, message) => {
            await gate.opened
            conn.send(message)
          },
      },
      send: [
        open,
        frames(...['one', 'two', 'three'].map((payload) => ({ opcode: Opcode.text, payload }))),
        ({ handled, until }) => until(() => handled.length === 1, 'the first'),
        openGate,
      ],
      expect: { echoes: ['one', 'two', 'three'] },
    },
    ...Object.entries<readonly [step: Step, expect: (supports: Supports) => Outcome]>({
      'a reset': [reset, () => ({ info: byNetwork })],
      'a FIN': [fin, () => ({ wire: 'cut', info: byNetwork })],
      'a close frame': [closeFrame(4001), byPeer(4001)],
      'terminate()': [
        server((conn) => conn.terminate()),
        () => ({ wire: 'cut', info: { ...byNetwork, by: 'server' } }),
      ],
      'close()': [
        server((conn) => conn.close(4000)),
        (supports) => ({ wire: 4000, info: byServer(4000, '', true)(supports) }),
      ],
    }).map(
      ([what, [step, expect]]): HostileCase => ({
        row: 38,
        rfc: 'RFC 6455 §7.1.4',
        name: `a connection that has gone by ${what} can be sent to, through all that knew it, and nothing comes of it`,
        send: [
          open,
          server((conn) => conn.join('lobby')),
          step,
          ({ reaches }) => reaches('closed'),
          ({ app, conn, notes }) => {
            app.to('lobby').send('late')
            app.broadcast('late')
            conn.to('lobby').send('late')
            conn.close()
            conn.terminate()
            notes.push(conn.send('late'), String(conn.bufferedAmount), String(app.stats().gauges.topics))
          },
        ],
        expect: (supports) => ({ ...expect(supports), notes: ['closed', '0', '0'], handled: [] }),
      }),
    ),
    {
      row: 38,
      rfc: 'RFC 6455 §5.5.2',
      name: 'an hour without a word is no end where no heartbeat was asked for',
      app: { options: { heartbeat: false } },
      send: [open, advance(3_600_000), text('still here')],
      expect: { echoes: ['still here'] },
    },
    {
      row: 38,
      rfc: 'RFC 6455 §5.5.2',
      name: 'a heartbeat of a day, longer than a native timer takes, is kept',
      app: { options: { heartbeat: { interval: 86_400_000, misses: 1 } } },
      send: [open, advance(3_600_000), text('still here')],
      expect: { echoes: ['still here'] },
    },
    {
      row: 38,
      rfc: 'RFC 6455 §5.5.2',
      name: 'a heartbeat of ten milliseconds, shorter than a native timer takes, is kept',
      app: { options: { heartbeat: { interval: 10, misses: 100 } } },
      send: [open, advance(500), text('still here')],
      expect: { echoes: ['still here'] },
    },
    {
      row: 38,
      rfc: 'RFC 6455 §5.4',
      name: 'what a transport does not take is not lost: a hundred messages of 60 KB all arrive, in order',
      app: { options: { outbox: { bytes: 8_000_000 } } },
      send: [
        open,
        ({ client }) => client.pause(),
        server((conn) => {
          for (let i = 0; i < 100; i += 1) conn.send(`${i}:`.padEnd(60_000, '.'))
        }),
        ({ client }) => client.resume(),
      ],
      expect: { echoes: Array.from({ length: 100 }, (_, i) => `${i}:`.padEnd(60_000, '.')) },
    },
  ],
}

function asked({ url, path, query, headers, address }: Scene['conn']['request']): string[] {
  return [
    url,
    path,
    query.getAll('a').join(),
    headers['x-asked'] ?? '',
    headers['sec-websocket-key'] ?? '',
    address,
  ]
}

/** Three messages are kept; then others come, and it is asked what they are. */
function kept(
  name: string,
  opcode: number,
  ask: (scene: Scene, messages: readonly Message[]) => void | Promise<void>,
  last?: NonNullable<Outcome['info']>,
): HostileCase {
  const messages: Message[] = []
  const first = ['aaa', 'bbb', 'ccc'].map((payload) => ({ opcode, payload: payload.padEnd(5_000, '.') }))
  const later = Array.from({ length: 200 }, () => ({ opcode, payload: 'zzz'.padEnd(5_000, '.') }))
  return {
    row: 38,
    rfc: 'RFC 6455 §5.6',
    name,
    app: {
      handler: ({ handled }) => {
        messages.length = 0
        return (_conn, message) => {
          if (handled.length <= 3) messages.push(message)
        }
      },
    },
    send: [
      open,
      frames(...first),
      frames(...later),
      ({ handled, until }) => until(() => handled.length === 203, 'all of them'),
      (scene) => ask(scene, messages),
      ...(last === undefined ? [closeFrame(1000)] : []),
    ],
    expect: (supports) => ({
      ...(last === undefined ? byPeer(1000)(supports) : { info: last }),
      notes: ['aaa,bbb,ccc'],
    }),
  }
}
