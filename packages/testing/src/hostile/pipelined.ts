import { encodeFrame, Opcode } from '../frame.js'
import type { HostileCase, HostileChapter, Outcome, Setup } from './case.js'
import { byPeer, refused, violation } from './outcomes.js'
import { arrives, closeFrame, frames, openGate, text, upgrade } from './steps.js'

/** Middleware that waits until it is told to go on. */
const WAITS: Setup = {
  middleware:
    ({ gate }) =>
    async (_conn, next) => {
      await gate.opened
      return next()
    },
}

/** A server that knows no early bytes takes them for a further request, and may answer that one. */
const REFUSED_OR_MISREAD: Outcome = {
  answered: [402, 505],
  info: { code: 1008, by: 'server', clean: false, wireCode: undefined },
  handled: [],
}

/** Bytes that come with the request, before anybody has said yes (RFC 6455 §4.1: a client must not send them). */
export const pipelinedCases: HostileChapter = {
  title: 'pipelined',
  cases: [
    ...([undefined, WAITS] as const).flatMap((app) => {
      const when = app === undefined ? 'in the packet of the request' : 'while middleware waits'
      return [
        early(`a message ${when} is handled once active`, app, [text('early')], { echoes: ['early'] }),
        early(
          `messages ${when} are handled in order, once active`,
          app,
          [text('one'), text(''), text('three')],
          {
            echoes: ['one', '', 'three'],
            handled: ['one', '', 'three'],
          },
        ),
        early(
          `half a frame ${when}, and the rest later, is one message`,
          app,
          [text('a frame in halves').subarray(0, 11)],
          { echoes: ['a frame in halves'] },
          [text('a frame in halves').subarray(11)],
        ),
        early(
          `the first byte of a frame ${when}, and the rest later, is one message`,
          app,
          [text('bit by bit').subarray(0, 1)],
          { echoes: ['bit by bit'] },
          [text('bit by bit').subarray(1)],
        ),
        early(
          `a fragment ${when}, and the rest later, is one message`,
          app,
          [encodeFrame({ opcode: Opcode.text, payload: 'in ', fin: false })],
          { echoes: ['in fragments'] },
          [encodeFrame({ opcode: Opcode.continuation, payload: 'fragments' })],
        ),
        early(
          `a ping ${when} is answered once the 101 is out`,
          app,
          [frames({ opcode: Opcode.ping }), text('and on')],
          {
            echoes: ['and on'],
          },
        ),
        early(
          `a close frame ${when} is a close by the peer`,
          app,
          [closeFrame(4001, 'bye')],
          byPeer(4001, 'bye'),
        ),
        early(
          `a message and a close frame ${when}: the message was said, and is handled`,
          app,
          [text('one'), closeFrame(4001)],
          (supports) => ({ ...byPeer(4001)(supports), handled: ['one'] }),
        ),
        early(`a violation ${when} is closed with 1002`, app, [frames({ opcode: 3 })], violation(1002)),
        early(
          `a text ${when} that is no UTF-8 is closed with 1007`,
          app,
          [text(Uint8Array.of(0xff))],
          violation(1007),
        ),
        early(
          `a frame ${when} that claims a gigabyte is closed with 1009`,
          app,
          [frames({ opcode: Opcode.binary, claim: 2n ** 30n })],
          violation(1009),
        ),
        early(
          `a second request ${when} is no frame, and closed with 1002`,
          app,
          [Buffer.from(upgrade())],
          violation(1002),
        ),
        early(
          `two hundred messages of a kilobyte ${when} are all handled, in order`,
          app,
          numbered(200, 1_024),
          { echoes: numbers(200, 1_024) },
        ),
      ]
    }),
    {
      row: 9,
      rfc: 'RFC 6455 §4.1',
      name: 'early messages far past the bound wait in the socket while middleware does, and are all handled then',
      needs: ['earlyBytes', 'pause'],
      app: { ...WAITS, options: { inbox: { messages: 64 } } },
      send: [
        upgrade(),
        Buffer.concat(numbered(1_000, 4_096)),
        arrives,
        ({ stage }) => stage.clock.advance(2_000),
        openGate,
        ({ until, handled }) => until(() => handled.length === 1_000, 'all of them handled'),
      ],
      expect: { echoes: numbers(1_000, 4_096) },
    },
    {
      row: 9,
      rfc: 'RFC 6455 §4.1',
      name: "early messages of who is refused are nobody's",
      app: {
        middleware: () => async (conn) => conn.reject({ status: 402, reason: 'pay first' }),
      },
      send: [Buffer.concat([Buffer.from(upgrade()), text('early'), text('earlier')])],
      expect: ({ earlyBytes }) =>
        earlyBytes ? { ...refused(402, 1008, 'pay first'), handled: [] } : REFUSED_OR_MISREAD,
    },
    {
      row: 9,
      rfc: 'RFC 6455 §4.1',
      name: "early messages of a request that is malformed are nobody's",
      send: [
        Buffer.concat([Buffer.from(upgrade({ headers: { 'sec-websocket-version': '8' } })), text('early')]),
      ],
      expect: ({ earlyBytes }) =>
        earlyBytes
          ? { status: 426, headers: { 'sec-websocket-version': '13' }, handled: [] }
          : { answered: [426, 505], handled: [] },
    },
    {
      row: 9,
      rfc: 'RFC 9112 §9.3.2',
      name: 'a request behind a request that is refused is not answered',
      app: { middleware: () => async (conn) => conn.reject({ status: 402 }) },
      send: [Buffer.concat([Buffer.from(upgrade()), Buffer.from(upgrade())])],
      expect: ({ earlyBytes }) => (earlyBytes ? { ...refused(402, 1008), handled: [] } : REFUSED_OR_MISREAD),
    },
  ],
}

function early(
  name: string,
  app: Setup | undefined,
  bytes: readonly Uint8Array[],
  expect: HostileCase['expect'],
  later: HostileCase['send'] = [],
): HostileCase {
  return {
    row: 9,
    rfc: 'RFC 6455 §4.1',
    name,
    needs: ['earlyBytes'],
    ...(app === undefined ? {} : { app }),
    send: [
      Buffer.concat([Buffer.from(upgrade()), ...bytes]),
      arrives,
      openGate,
      ({ client }) => client.answer,
      ...later,
    ],
    expect,
  }
}

function numbers(count: number, length: number): string[] {
  return Array.from({ length: count }, (_, i) => `${i}:`.padEnd(length, '.'))
}

function numbered(count: number, length: number): Uint8Array[] {
  return numbers(count, length).map(text)
}
