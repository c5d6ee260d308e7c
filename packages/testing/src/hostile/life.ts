import type { LinkspanOptions } from '@linkspan/core'
import { encodeFrame, type FrameInit, Opcode } from '../frame.js'
import type { HostileCase, HostileChapter, Outcome, Step } from './case.js'
import { byServer } from './outcomes.js'
import { advance, closeFrame, impolite, open, server, text } from './steps.js'

/** Two pings may stay unanswered: who is silent is cut after 3 s. */
const BEATING: LinkspanOptions = { heartbeat: { interval: 1_000, misses: 2 } }
const NO_HEARTBEAT: Outcome = {
  wire: 'cut',
  info: { code: 4102, by: 'server', clean: false, wireCode: undefined },
}

/** Peers that are alive, and those that only seem so. */
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
          for (let i = 0; i < 8 && conn.bufferedAmount === 0; i += 1) conn.send(new Uint8Array(2 ** 20))
        }),
        advance(3_000),
        ({ client }) => client.resume(),
      ],
      expect: NO_HEARTBEAT,
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
          ({ client, notes }) => void notes.push(JSON.stringify(client.close)),
        ],
        expect: (supports) => ({
          info: byServer(4000, 'go', false)(supports),
          notes: [...(supports.closeAnswer ? ['closing'] : []), '{"code":4000,"reason":"go"}'],
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
        ({ client, notes }) => void notes.push(JSON.stringify(client.close)),
      ],
      expect: {
        info: { code: 4000, reason: 'go', by: 'server', clean: true, wireCode: 4000 },
        notes: ['{"code":4000,"reason":"go"}'],
      },
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
