import type { Message } from '@linkspan/core'
import { encodeFrame, Opcode } from '../frame.js'
import type { HostileCase, HostileChapter, Setup } from './case.js'
import { byServer } from './outcomes.js'
import { frames, open, SECRET, text } from './steps.js'

/** What an application is asked for, by name. Of a Map nothing is inherited. */
const EVENTS: ReadonlyMap<string, 'string' | 'number'> = new Map([
  ['say', 'string'],
  ['move', 'number'],
])

/** Dispatches envelopes such as `{"event":"say","data":"hello"}`; what is none is refused before anything is called. */
const DISPATCHES: Setup = {
  handler:
    ({ notes }) =>
    (conn, message) => {
      const envelope = envelopeIn(message)
      if (envelope === undefined) return conn.close(1008, 'no such message')
      notes.push(`${envelope.event}: ${envelope.data}`)
      conn.send('done')
    },
}

function envelopeIn(message: Message): { readonly event: string; readonly data: unknown } | undefined {
  if (message.kind !== 'text') return undefined
  const value = message.json<unknown>()
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { event, data, ...more } = value as Readonly<Record<string, unknown>>
  if (Object.keys(more).length > 0 || Object.hasOwn(value, '__proto__')) return undefined
  if (typeof event !== 'string' || typeof data !== EVENTS.get(event)) return undefined
  return { event, data }
}

/** Envelopes that want to reach what they must not. */
const HOSTILE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'prototype', ''],
      ...[
        'open',
        'close',
        'error',
        'message',
        'transition',
        'connect',
        'disconnect',
        'newListener',
        'Say',
        'say ',
      ],
    ].map((event) => [`the event '${event}'`, JSON.stringify({ event, data: 'x' })]),
  ),
  'an event that is a list': '{"event":["say"],"data":"x"}',
  'an event that is an object with a toString': '{"event":{"toString":"say"},"data":"x"}',
  'no event': '{"data":"x"}',
  'no data': '{"event":"say"}',
  'data of another kind': '{"event":"say","data":{"toJSON":1}}',
  'a claim of a thousand million attachments': `{"event":"say","data":"x","attachments":1000000000}`,
  'a placeholder of an attachment': '{"event":"say","data":{"_placeholder":true,"num":1000000000}}',
  'a prototype of its own': '{"event":"say","data":"x","__proto__":{"admin":true}}',
  'nothing but null': 'null',
  'nothing but a number': '1e308',
  'nothing but a text': `"${SECRET}"`,
  'a list of envelopes': '[{"event":"say","data":"x"}]',
  'ten thousand lists around it': `${'['.repeat(10_000)}{"event":"say","data":"x"}${']'.repeat(10_000)}`,
  'an event given twice, the last one none of ours': '{"event":"say","event":"constructor","data":"x"}',
}

/** JSON envelopes (RFC 8259), and what is read of them. */
export const envelopeCases: HostileChapter = {
  title: 'envelopes',
  cases: [
    ...Object.entries(HOSTILE).map(([what, json]) => refused(what, text(json))),
    refused(
      'a right envelope in a binary message',
      encodeFrame({ opcode: Opcode.binary, payload: '{"event":"say","data":"x"}' }),
    ),
    {
      row: 20,
      rfc: 'RFC 8259 §4',
      name: 'envelopes that are right are dispatched, in order, and change nothing else',
      app: DISPATCHES,
      send: [
        open,
        frames(
          { opcode: Opcode.text, payload: '{"event":"say","data":"__proto__"}' },
          { opcode: Opcode.text, payload: '{"data":1e3,"event":"move"}' },
        ),
        ({ until, notes }) => until(() => notes.length === 2, 'both'),
        ({ notes }) => void notes.push(String('admin' in {})),
      ],
      expect: { echoes: ['done', 'done'], notes: ['say: __proto__', 'move: 1000', 'false'] },
    },
    ...Object.entries({
      'a prototype': [
        '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
        'object',
      ],
      'ten thousand arrays within each other': [`${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'object'],
      'a number beyond all numbers': ['1e999', 'number'],
      'a key of 10 KB': [`{"${'k'.repeat(10_000)}":1}`, 'object'],
      'ten thousand times the same key': [`{${'"k":1,'.repeat(9_000)}"k":2}`, 'object'],
      'an attachment that claims to be huge': ['{"attachments":1000000000,"event":"connect"}', 'object'],
      'lone surrogates': ['"\\ud800\\udfff\\udc00"', 'string'],
    } as const).map(
      ([what, [json, kind]]): HostileCase => ({
        row: 20,
        rfc: 'RFC 8259 §9',
        name: `JSON with ${what} is read as what it says, and changes nothing else`,
        app: {
          handler:
            ({ notes }) =>
            (conn, message) => {
              notes.push(typeof message.json(), String('polluted' in {}))
              conn.send('read')
            },
        },
        send: [open, text(json)],
        expect: { echoes: ['read'], notes: [kind, 'false'] },
      }),
    ),
    ...[
      '{',
      '',
      '{"a":1}x',
      "{'a':1}",
      'NaN',
      '[1,]',
      '\ufeff1',
      '{"__proto__":',
      `{"token":"${SECRET}"`,
    ].map(
      (json): HostileCase => ({
        row: 20,
        rfc: 'RFC 8259 §2',
        name: `${JSON.stringify(json.replace(SECRET, '…'))}, no JSON, is an error of the handler that asks for it, and closed with 1011`,
        app: { handler: () => (_conn, message) => void message.json() },
        send: [open, text(json)],
        expect: (supports) => ({
          wire: 1011,
          info: byServer(1011, '', true)(supports),
          errors: ['LINKSPAN_HANDLER'],
        }),
      }),
    ),
  ],
}

function refused(what: string, sent: Uint8Array): HostileCase {
  return {
    row: 20,
    rfc: 'RFC 6455 §7.4.1',
    name: `an envelope with ${what} is closed with 1008 before anything is called, and so is what follows`,
    app: DISPATCHES,
    send: [open, sent, text('{"event":"say","data":"after"}')],
    expect: (supports) => ({
      wire: 1008,
      info: byServer(1008, 'no such message', true)(supports),
      notes: [],
    }),
  }
}
