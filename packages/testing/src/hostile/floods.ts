import assert from 'node:assert/strict'
import { pair } from '../conformance/pair.js'
import { assertAlive } from '../conformance/support.js'
import { encodeFrame, Opcode } from '../frame.js'
import type { HostileCase, HostileChapter, Outcome, Setup, Step } from './case.js'
import { byNetwork, byPeer } from './outcomes.js'
import { type Scene, WELL_BEHAVED } from './scene.js'
import { closeFrame, open, text } from './steps.js'

const SLOW_CONSUMER: Outcome = {
  wire: 'cut',
  info: { code: 4100, by: 'server', clean: false, wireCode: undefined },
}
const MEGABYTE = 2 ** 20

/** A handler that works on its first message until it is told to go on. */
const HOLDS: Setup = {
  options: { inbox: { messages: 100, bytes: 500_000 } },
  handler: (scene) => async () => {
    if (scene.handled.length === 1) await scene.gate.opened
  },
}

/** Peers that say more than anybody can hear, and peers that hear less than they are told. */
export const floodCases: HostileChapter = {
  title: 'floods',
  cases: [
    {
      row: 16,
      rfc: 'RFC 6455 §5.5.3',
      name: 'a flood of pings from a peer that does not read is bounded, and cut with 4100',
      app: { options: { outbox: { bytes: 65_536 } } },
      send: [
        open,
        ({ client }) => client.pause(),
        flooded(encodeFrame({ opcode: Opcode.ping, payload: 'x'.repeat(125) })),
        ({ client }) => client.resume(),
      ],
      expect: { ...SLOW_CONSUMER, handled: [] },
    },
    {
      row: 16,
      rfc: 'RFC 6455 §5.5.3',
      name: 'a flood of pings from a peer that reads is answered, each',
      send: [
        open,
        Buffer.concat(
          Array.from({ length: 5_000 }, () => encodeFrame({ opcode: Opcode.ping, payload: 'x' })),
        ),
        text('and on'),
        ({ client, until }) => until(() => client.count(Opcode.pong) === 5_000, 'all pongs'),
      ],
      expect: { echoes: ['and on'] },
    },
    {
      row: 25,
      rfc: 'RFC 6455 §7.4',
      name: 'a peer that does not read what it is sent is bounded, and cut with 4100; its neighbour is served',
      app: { options: { outbox: { bytes: MEGABYTE } } },
      send: [
        open,
        ({ client }) => client.pause(),
        async (scene) => {
          const neighbour = await pair(scene.app as never, scene.served, { path: WELL_BEHAVED })
          for (let i = 0; i < 400 && scene.conn.state === 'active'; i += 1) {
            const result = scene.conn.send(new Uint8Array(65_536))
            const { outbox } = scene.app.stats().gauges
            assert.ok(outbox.bytes <= MEGABYTE + 65_536, 'more waits than may')
            if (i % 50 === 0) await assertAlive(neighbour.peer)
            if (result === 'closed') break
          }
          assert.notEqual(scene.conn.state, 'active', '25 MB were taken for a peer that does not read')
          await assertAlive(neighbour.peer)
          neighbour.peer.close(1000)
          await neighbour.peer.closed
        },
        ({ client }) => client.resume(),
      ],
      expect: SLOW_CONSUMER,
    },
    ...(['drop-newest', 'drop-oldest'] as const).map(
      (overflow): HostileCase => ({
        row: 25,
        rfc: 'RFC 6455 §7.4',
        name: `with '${overflow}' a peer that does not read loses messages, each of them told, and gets the others in order`,
        app: { options: { outbox: { bytes: 200_000, overflow } } },
        send: [
          open,
          ({ client }) => client.pause(),
          dropped,
          ({ client }) => client.resume(),
          ({ client, until }) => until(() => client.messages.at(-1) === 'end', 'the last one'),
          ({ client, notes, record }) => {
            const numbers = client.messages
              .slice(0, -1)
              .map((message) => Number.parseInt(String(message), 10))
            const ordered = numbers.every((number, i) => i === 0 || number > (numbers[i - 1] ?? -1))
            const told = record.of('drop').length
            notes.push(ordered ? 'in order' : 'out of order', `${numbers.length + told} of 1500`)
          },
          closeFrame(1000),
        ],
        expect: (supports) => ({ ...byPeer(1000)(supports), notes: ['in order', '1500 of 1500'] }),
      }),
    ),
    ...Object.entries<readonly [payload: string, count: number]>({
      'empty messages': ['', 20_000],
      'messages of a byte': ['x', 20_000],
      'messages of 60 KB': ['x'.repeat(60_000), 100],
    }).map(
      ([what, [payload, count]]): HostileCase => ({
        row: 17,
        rfc: 'RFC 6455 §7.4',
        name: `a flood of ${what} while the handler works is not read, or closed with 4101; its neighbour is served`,
        app: HOLDS,
        send: [
          open,
          Buffer.concat(Array.from({ length: count }, () => text(payload))),
          async (scene) => {
            const { app, stage } = scene
            const neighbour = await pair(app as never, scene.served, { path: WELL_BEHAVED })
            const full = (): boolean =>
              app.stats().gauges.inbox.messages >= 100 || app.stats().gauges.inbox.bytes >= 500_000
            await scene.until(
              () => (stage.supports.pause ? full() : scene.conn.state !== 'active'),
              'the bound',
            )
            for (let i = 0; i < 20; i += 1) await assertAlive(neighbour.peer)
            const { bytes, messages } = app.stats().gauges.inbox
            // What was read in one chunk before the pause took hold is there as well.
            assert.ok(bytes < 1_000_000 && messages < 20_000, `${messages} messages of ${bytes} bytes wait`)
            scene.gate.open()
            neighbour.peer.close(1000)
            await neighbour.peer.closed
            if (stage.supports.pause) await scene.until(() => scene.handled.length === count, 'all handled')
          },
          ({ client, stage }) => stage.supports.pause && client.write(closeFrame(4001)),
          ({ handled, notes }) => void notes.push(`${handled.length} handled`),
        ],
        expect: (supports) =>
          supports.pause
            ? { ...byPeer(4001)(supports), notes: [`${count} handled`] }
            : { wire: 4101, info: { code: 4101, by: 'server', wireCode: 4101 }, notes: ['1 handled'] },
      }),
    ),
    {
      row: 17,
      rfc: 'RFC 6455 §7.4',
      name: 'a flood, and a reset in the middle of it, is one end',
      app: HOLDS,
      send: [
        open,
        Buffer.concat(Array.from({ length: 5_000 }, () => text('flood'))),
        ({ handled, until }) => until(() => handled.length > 0, 'the first'),
        ({ client }) => client.reset(),
        ({ gate }) => gate.open(),
      ],
      expect: (supports) => (supports.pause ? { info: byNetwork } : { info: { code: 4101, by: 'server' } }),
    },
  ],
}

/** Writes the same frame again and again, until the connection is closed; 64 MB at most. */
function flooded(frame: Uint8Array): Step {
  const chunk = Buffer.concat(Array.from({ length: 4_096 }, () => frame))
  return async (scene) => {
    for (let bytes = 0; bytes < 64 * MEGABYTE && scene.conn.state === 'active'; bytes += chunk.length) {
      scene.client.write(chunk)
      await new Promise(setImmediate)
    }
    await scene.reaches('closing')
  }
}

async function dropped({ conn, record, until }: Scene): Promise<void> {
  for (let i = 0; i < 1_500; i += 1) {
    conn.send(`${i}:`.padEnd(16_384, '.'))
    if (i % 100 === 0) await new Promise(setImmediate)
  }
  await until(() => record.of('drop').length > 0, 'a drop')
  void conn.drained().then(() => conn.send('end'))
}
