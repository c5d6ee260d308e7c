import assert from 'node:assert/strict'
import type { LinkspanOptions } from '@linkspan/core'
import { pair } from '../conformance/pair.js'
import { assertAlive } from '../conformance/support.js'
import { encodeFrame, type FrameInit, Opcode } from '../frame.js'
import type { HostileCase, HostileChapter, Outcome, Setup, Step } from './case.js'
import { byNetwork, byServer } from './outcomes.js'
import { type Scene, WELL_BEHAVED } from './scene.js'
import { advance, closeFrame, impolite, open, server, text } from './steps.js'

/** Two pings may stay unanswered: who is silent is cut after 3 s. */
const BEATING: LinkspanOptions = { heartbeat: { interval: 1_000, misses: 2 } }
const NO_HEARTBEAT: Outcome = {
  wire: 'cut',
  info: { code: 4102, by: 'server', clean: false, wireCode: undefined },
}
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

/** Peers that live, die, flood and dawdle. */
export const lifeCases: HostileChapter = {
  title: 'life',
  cases: [
    ...Object.entries<FrameInit>({
      'a text': { opcode: Opcode.text, payload: 'a text that never ends' },
      'a binary of 60 KB': { opcode: Opcode.binary, payload: new Uint8Array(60_000) },
      'a fragment': { opcode: Opcode.text, payload: 'a fragment that never ends', fin: false },
      'a ping': { opcode: Opcode.ping, payload: 'a ping that never ends' },
      'a pong': { opcode: Opcode.pong, payload: 'a pong that never ends' },
      'a close frame': { opcode: Opcode.close, payload: Uint8Array.of(3, 232, 98, 121, 101, 33) },
    }).map(
      ([what, init]): HostileCase => ({
        row: 14,
        rfc: 'RFC 6455 §5.5.2',
        name: `${what} that comes a byte every half second is no life: cut after the misses`,
        app: { options: BEATING },
        send: [open, trickled(encodeFrame(init).subarray(0, 6)), advance(0)],
        expect: { ...NO_HEARTBEAT, handled: [] },
      }),
    ),
    {
      row: 23,
      rfc: 'RFC 6455 §5.5.2',
      name: 'a peer that says nothing more is cut after the misses, and no close handshake is waited for',
      app: { options: BEATING },
      send: [open, advance(2_999), ({ notes, conn }) => void notes.push(conn.state), advance(1)],
      expect: { ...NO_HEARTBEAT, notes: ['active'] },
    },
    {
      row: 23,
      rfc: 'RFC 6455 §5.5.2',
      name: 'a peer that neither reads nor speaks is cut after the misses',
      app: { options: BEATING },
      send: [open, ({ client }) => client.pause(), advance(3_000), ({ client }) => client.resume()],
      expect: NO_HEARTBEAT,
    },
    {
      row: 23,
      rfc: 'RFC 6455 §5.5.2',
      name: 'a peer that has a full socket before it, and is gone, is cut after the misses',
      app: { options: BEATING },
      send: [
        open,
        ({ client }) => client.pause(),
        server((conn) => {
          for (let i = 0; i < 8 && conn.bufferedAmount === 0; i += 1) conn.send(new Uint8Array(MEGABYTE))
        }),
        advance(3_000),
        ({ client }) => client.resume(),
      ],
      expect: { info: { code: 4102, by: 'server', clean: false, wireCode: undefined } },
    },
    {
      row: 23,
      rfc: 'RFC 6455 §5.5.2',
      name: 'by default a silent peer is pinged after 30 s, and cut after three misses of 30 s each',
      send: [
        open,
        advance(119_000),
        ({ notes, conn, client, until }) =>
          until(() => client.count(Opcode.ping) === 3, 'three pings').then(() => void notes.push(conn.state)),
        advance(2_000),
      ],
      expect: { ...NO_HEARTBEAT, notes: ['active'] },
    },
    ...Object.entries<Step>({
      'is silent': () => {},
      'goes on talking': ({ client }) =>
        client.write(Buffer.concat(Array.from({ length: 100 }, () => text('on')))),
      'goes on pinging': ({ client }) =>
        client.write(Buffer.concat(Array.from({ length: 100 }, () => encodeFrame({ opcode: Opcode.ping })))),
      'sends half a close frame': ({ client }) => client.write(closeFrame(4000).subarray(0, 4)),
    }).map(
      ([what, act]): HostileCase => ({
        row: 24,
        rfc: 'RFC 6455 §7.1.1',
        name: `a peer that ${what} and never answers our close is gone at 5 s, and not before where an answer is waited for`,
        send: [
          open,
          impolite,
          server((conn) => conn.close(4000, 'go')),
          act,
          advance(4_999),
          async ({ stage, conn, notes }) => {
            await new Promise(setImmediate)
            if (stage.supports.closeAnswer) notes.push(conn.state)
          },
          advance(1),
          ({ client, until }) => until(() => client.close !== undefined, 'our close frame'),
        ],
        expect: (supports) => ({
          info: byServer(4000, 'go', false)(supports),
          notes: supports.closeAnswer ? ['closing'] : [],
          handled: [],
        }),
      }),
    ),
    {
      row: 24,
      rfc: 'RFC 6455 §7.1.1',
      name: 'a peer that answers our close and keeps its socket is no connection any more',
      send: [
        open,
        impolite,
        server((conn) => conn.close(4000, 'go')),
        ({ client, until }) => until(() => client.close !== undefined, 'our close frame'),
        closeFrame(4000, 'go'),
        ({ reaches }) => reaches('closed'),
      ],
      expect: { info: { code: 4000, reason: 'go', by: 'server', clean: true, wireCode: 4000 } },
    },
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
      expect: { info: { code: 4100, by: 'server', clean: false, wireCode: undefined } },
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
        expect: { info: { code: 1000, by: 'peer' }, notes: ['in order', '1500 of 1500'] },
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
        expect: ({ pause }) =>
          pause
            ? { info: { code: 4001, by: 'peer', clean: true, wireCode: 4001 }, notes: [`${count} handled`] }
            : { info: { code: 4101, by: 'server', wireCode: 4101 }, notes: ['1 handled'] },
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

function trickled(bytes: Uint8Array): Step {
  return async ({ client, stage }) => {
    for (const byte of bytes) {
      client.write(Uint8Array.of(byte))
      await new Promise(setImmediate)
      await stage.clock.advance(500)
    }
  }
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
